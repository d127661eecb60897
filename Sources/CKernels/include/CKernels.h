// Codecs for tensors with many zeros, and the probe that counts them.
//
// Who owns: the caller owns every buffer; nothing is allocated. Which thread: any, there is no state.
// What may abort: nothing. Elements have 2 or 4 bytes (the probe: 1, 2, 4 or 8); an element is zero
// where all its bits are, so that -0.0 and NaN count as non-zero and come back as they were. All numbers
// in encoded bytes are little-endian.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "encoded numbers are little-endian");

// How the kernels run.
enum { KERNELS_PORTABLE = 0, KERNELS_AVX2 = 1 };

// Why encoded bytes are refused.
enum {
  KERNELS_OK = 0,
  KERNELS_TOO_SHORT = 1,
  KERNELS_TOO_LONG = 2,
  KERNELS_BAD_MASK = 3,
  KERNELS_BAD_COUNT = 4,
  KERNELS_BAD_INDEX = 5,
  KERNELS_BAD_RUN = 6,
  KERNELS_BAD_USE = 7
};

// The elements of a block that indices or runs count from its start.
enum { KERNELS_CSR_BLOCK = 65536, KERNELS_RUN_BLOCK = 32768, KERNELS_SELECT_BLOCK = 65536 };

// What one pass over a tensor finds.
typedef struct {
  uint64_t nonzeros;
  // Neighbours of which one is zero and the other isn't.
  uint64_t transitions;
  // Blocks of KERNELS_RUN_BLOCK, and zeros that follow a non-zero of the same block.
  uint64_t tokens;
} kernels_counts;

// The fastest level of this machine.
int kernels_best_level(void);

// Counts. KERNELS_BAD_USE for another width or a level that this machine hasn't.
int kernels_probe(int level, int width, const void *source, size_t elements, kernels_counts *counts);

// The most bytes that encoding writes to, while it runs or at its end; SIZE_MAX for a size that is
// no object's or a width that there isn't.
size_t kernels_zvc_worst(int width, size_t elements);
size_t kernels_csr_worst(int width, size_t elements);
size_t kernels_rle_worst(int width, size_t elements);

// Encoders write to `target`, which holds at least the worst size, and return the bytes used; 0 with
// elements to encode says that the target is too small or the level or width wrong.
//
// zvc: a bit for each element, lowest first, then the non-zero elements.
// csr: for each block the number of non-zeros (4 bytes), their positions (2 bytes each), and they.
// rle: for each block its runs (2 bytes of zeros, 2 bytes of non-zeros after them), and the non-zeros.
size_t kernels_zvc_encode(
    int level, int width, const void *source, size_t elements, void *target, size_t capacity);
size_t kernels_csr_encode(
    int level, int width, const void *source, size_t elements, void *target, size_t capacity);
size_t kernels_rle_encode(
    int level, int width, const void *source, size_t elements, void *target, size_t capacity);

// Decoders take any bytes: they read no more than `bytes`, write no more than `elements`, and return
// KERNELS_OK only where all of it makes sense. After another answer the target holds anything.
int kernels_zvc_decode(
    int level, int width, const void *source, size_t bytes, void *target, size_t elements);
int kernels_csr_decode(
    int level, int width, const void *source, size_t bytes, void *target, size_t elements);
int kernels_rle_decode(
    int level, int width, const void *source, size_t bytes, void *target, size_t elements);

// Writes the elements of 4 bytes that have the largest magnitudes in each block, exactly counts[i] of
// block i: their positions in the block (2 bytes each, ascending) and their values, block after block.
// Blocks have `block` elements, KERNELS_SELECT_BLOCK at most, the last one what is left. Of equal
// magnitudes the first are taken; NaN counts as larger than infinity. There is room for `capacity`
// elements, and as many counts as blocks. KERNELS_BAD_COUNT where a block has fewer elements than
// its count, or there is no room for them; what was written until then is anything.
int kernels_select(
    int level, const void *source, size_t elements, size_t block, const uint32_t *counts,
    void *positions, void *values, size_t capacity);

// Finds a magnitude (a number of 4 bytes without its sign) that `count` elements or more reach, 1 at
// least, and how many more than `count` do, all of which have exactly this magnitude.
int kernels_threshold(
    int level, const void *source, size_t elements, size_t count, uint32_t *least,
    size_t *surplus);

// Copies as the C library does, where no optimizer sees that nobody reads the copy: to compare with.
void kernels_copy(const void *source, size_t bytes, void *target);

#endif
