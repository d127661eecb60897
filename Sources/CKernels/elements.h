// The loops over elements of one width that all codecs are made of, in a portable and a fast form.
#ifndef CKERNELS_ELEMENTS_H
#define CKERNELS_ELEMENTS_H

#include <stdbool.h>
#include <string.h>

#include "CKernels.h"

typedef struct {
  // Writes a bit for each element: (elements + 7) / 8 bytes.
  void (*find)(const uint8_t *source, size_t elements, uint8_t *mask);
  // Does the same and writes the non-zero elements to `values`, where any byte of `elements` elements
  // may be touched; returns their number.
  size_t (*compact)(const uint8_t *source, size_t elements, uint8_t *mask, uint8_t *values);
  // Spreads `count` values to where bits are set. There are as many bits as values, and none beyond
  // the last element.
  void (*expand)(
      const uint8_t *mask, size_t elements, const uint8_t *values, size_t count, uint8_t *target);
  // Writes the positions of the bits set, 16 bits each, where any byte of `elements` positions may be
  // touched; returns their number. At most KERNELS_CSR_BLOCK elements.
  size_t (*positions)(const uint8_t *mask, size_t elements, uint8_t *positions);
  // Counts non-zero elements, and zeros after a non-zero.
  void (*count)(const uint8_t *source, size_t elements, uint64_t *nonzeros, uint64_t *falls);
} element_kernels;

// The kernels of a level and width; NULL where there are none. Widths 1 and 8 can only count.
const element_kernels *kernels_of(int level, int width);

extern const element_kernels kernels_portable_1, kernels_portable_2;
extern const element_kernels kernels_portable_4, kernels_portable_8;
#if defined(__x86_64__)
extern const element_kernels kernels_avx2_2, kernels_avx2_4;
#endif

// Whether a codec has elements of this width.
static inline bool is_codec_width(int width) { return width == 2 || width == 4; }

// The bytes of a mask.
static inline size_t mask_bytes(size_t elements) { return elements / 8 + (elements % 8 != 0); }

// How many bits are set.
static inline uint64_t bits_set(const uint8_t *mask, size_t bytes) {
  uint64_t sum = 0, word;
  size_t at = 0;
  for (; at + 8 <= bytes; at += 8) {
    memcpy(&word, mask + at, 8);
    sum += (uint64_t)__builtin_popcountll(word);
  }
  for (; at < bytes; at++) sum += (uint64_t)__builtin_popcount(mask[at]);
  return sum;
}

#endif
