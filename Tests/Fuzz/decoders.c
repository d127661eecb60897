// One decoder under libFuzzer; README.md beside it tells how to build and run it. DECODER chooses which.
//
// An input is a header of 8 bytes and a body. The header says how many elements are asked for, how far the
// buffers are from an aligned place, and whether the body is what an encoder is to encode first (then two
// of its bytes are damaged) or encoded bytes as they are. Buffers have exactly their size, so that the
// address sanitizer sees what is read or written outside of them; all levels have to answer alike.
#include <lz4.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "CKernels.h"

#define ZVC4 1
#define ZVC2 2
#define CSR 3
#define RLE 4
#define LZ4 5
#define ZSTD 6
#define SELECT 7

enum { HEADER = 8, MOST = 140000 };

static uint32_t number(const uint8_t *bytes, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; i++) value |= (uint32_t)bytes[i] << (8 * i);
  return value;
}

static void need(int holds) {
  if (!holds) abort();
}

#if DECODER == SELECT

// The body: two bytes of a count for each block, then the elements.
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length) {
  if (length < HEADER) return -1;
  const uint8_t *body = input + HEADER;
  size_t left = length - HEADER;
  size_t block = number(input, 3) % (KERNELS_SELECT_BLOCK + 2);
  size_t capacity = number(input + 3, 2), blocks = input[5] % 32;
  if (left < 2 * blocks) return -1;
  size_t elements = (left - 2 * blocks) / 4;
  if (block == 0 || (elements + block - 1) / block > blocks) return -1;
  uint32_t *counts = malloc(4 * (blocks ? blocks : 1));
  for (size_t i = 0; i < blocks; i++) {
    counts[i] = number(body + 2 * i, 2);
    if (counts[i] == 0xFFFF) counts[i] = UINT32_MAX;
  }
  uint8_t *source = malloc(4 * elements + 1);
  memcpy(source, body + 2 * blocks, 4 * elements);
  uint8_t *positions[2] = {0}, *values[2] = {0};
  int levels = kernels_best_level() + 1, first = 0;
  size_t total = 0;
  for (size_t i = 0; i * block < elements; i++) total += counts[i];
  for (int level = 0; level < levels; level++) {
    positions[level] = malloc(2 * capacity + 1);
    values[level] = malloc(4 * capacity + 1);
    int answer = kernels_select(
        level, source, elements, block, counts, positions[level], values[level], capacity);
    if (level == 0) first = answer;
    need(answer == first);
    if (answer == KERNELS_OK) {
      need(total <= capacity);
      need(memcmp(positions[0], positions[level], 2 * total) == 0);
      need(memcmp(values[0], values[level], 4 * total) == 0);
    }
  }
  uint32_t least = 0;
  size_t surplus = 0;
  for (int level = 0; level < levels; level++) {
    kernels_threshold(level, source, elements, number(input + 6, 2), &least, &surplus);
  }
  for (int level = 0; level < levels; level++) {
    free(positions[level]);
    free(values[level]);
  }
  free(counts);
  free(source);
  return 0;
}

#else

static const int width = DECODER == ZVC2 ? 2 : 4;

static int decode(
    int level, int wide, const uint8_t *from, size_t bytes, uint8_t *to, size_t elements) {
  switch (DECODER) {
    case ZVC4:
    case ZVC2: return kernels_zvc_decode(level, wide, from, bytes, to, elements);
    case CSR: return kernels_csr_decode(level, wide, from, bytes, to, elements);
    case RLE: return kernels_rle_decode(level, wide, from, bytes, to, elements);
    case LZ4: {
      int made = LZ4_decompress_safe(
          (const char *)from, (char *)to, (int)bytes, (int)(elements * (size_t)wide));
      return made != (int)(elements * (size_t)wide);
    }
    default: {
      size_t made = ZSTD_decompress(to, elements * (size_t)wide, from, bytes);
      return ZSTD_isError(made) || made != elements * (size_t)wide;
    }
  }
}

static size_t encode(
    int level, int wide, const uint8_t *from, size_t elements, uint8_t *to, size_t capacity) {
  size_t bytes = elements * (size_t)wide;
  switch (DECODER) {
    case ZVC4:
    case ZVC2: return kernels_zvc_encode(level, wide, from, elements, to, capacity);
    case CSR: return kernels_csr_encode(level, wide, from, elements, to, capacity);
    case RLE: return kernels_rle_encode(level, wide, from, elements, to, capacity);
    case LZ4:
      return (size_t)LZ4_compress_default(
          (const char *)from, (char *)to, (int)bytes, (int)capacity);
    default: return ZSTD_compress(to, capacity, from, bytes, 1);
  }
}

static size_t worst(int wide, size_t elements) {
  switch (DECODER) {
    case ZVC4:
    case ZVC2: return kernels_zvc_worst(wide, elements);
    case CSR: return kernels_csr_worst(wide, elements);
    case RLE: return kernels_rle_worst(wide, elements);
    case LZ4: return (size_t)LZ4_compressBound((int)(elements * (size_t)wide));
    default: return ZSTD_compressBound(elements * (size_t)wide);
  }
}

// Decodes at all levels, to buffers of exactly the size.
static void compare(
    int wide, const uint8_t *from, size_t bytes, size_t elements, size_t shift,
    const uint8_t *expected) {
  size_t made = elements * (size_t)wide;
  uint8_t *places[2] = {0};
  int levels = kernels_best_level() + 1, first = 0;
  uint8_t *source = malloc(bytes + shift + 1);
  memcpy(source + 1, from, bytes);
  for (int level = 0; level < levels; level++) {
    places[level] = malloc(made + shift + 1);
    // The last byte of both lies at the end of its allocation.
    int answer = decode(level, wide, source + 1, bytes, places[level] + shift + 1, elements);
    if (level == 0) first = answer;
    need(answer == first);
    if (answer == KERNELS_OK) {
      need(memcmp(places[0] + shift + 1, places[level] + shift + 1, made) == 0);
    }
    if (expected != NULL) {
      need(answer == KERNELS_OK && memcmp(places[level] + shift + 1, expected, made) == 0);
    }
  }
  for (int level = 0; level < levels; level++) free(places[level]);
  free(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length) {
  if (length < HEADER) return -1;
  const uint8_t *body = input + HEADER;
  size_t left = length - HEADER;
  int wide = DECODER == ZVC4 || DECODER == ZVC2 ? width : (input[3] & 2 ? 2 : 4);
  size_t shift = input[3] >> 4;
  if (input[3] & 1) {
    size_t elements = left / (size_t)wide;
    uint8_t *raw = malloc(elements * (size_t)wide + 1);
    memcpy(raw, body, elements * (size_t)wide);
    if (elements == 0) {
      free(raw);
      return 0;
    }
    size_t capacity = worst(wide, elements);
    uint8_t *encoded = malloc(capacity);
    size_t used = encode(
        (input[3] >> 2) % (kernels_best_level() + 1), wide, raw, elements, encoded, capacity);
    need(used > 0 && used <= capacity);
    compare(wide, encoded, used, elements, shift, raw);
    encoded[number(input, 2) % used] ^= input[6];
    encoded[number(input + 4, 2) % used % 16 % used] ^= input[7];
    compare(wide, encoded, used - (input[2] % 8 < used ? input[2] % 8 : 0), elements, shift, NULL);
    free(encoded);
    free(raw);
  } else {
    compare(wide, body, left, number(input, 3) % MOST, shift, NULL);
  }
  return 0;
}

#endif
