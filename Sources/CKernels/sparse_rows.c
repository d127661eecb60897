#include "elements.h"

// Compressed sparse rows whose rows are blocks of 64 Ki elements, so that a position has 16 bits.

static size_t blocks(size_t elements) {
  return elements / KERNELS_CSR_BLOCK + (elements % KERNELS_CSR_BLOCK != 0);
}

size_t kernels_csr_worst(int width, size_t elements) {
  if (!is_codec_width(width) || elements > SIZE_MAX / 16) return SIZE_MAX;
  return 4 * blocks(elements) + elements * (size_t)(2 + width);
}

size_t kernels_csr_encode(
    int level, int width, const void *source, size_t elements, void *target, size_t capacity) {
  const element_kernels *kernels = kernels_of(level, width);
  size_t worst = kernels_csr_worst(width, elements);
  if (kernels == NULL || worst == SIZE_MAX || capacity < worst || elements == 0) return 0;
  uint8_t mask[KERNELS_CSR_BLOCK / 8];
  const uint8_t *from = source;
  uint8_t *to = target;
  for (size_t done = 0; done < elements; done += KERNELS_CSR_BLOCK) {
    size_t block = elements - done < KERNELS_CSR_BLOCK ? elements - done : KERNELS_CSR_BLOCK;
    kernels->find(from, block, mask);
    uint32_t count = (uint32_t)kernels->positions(mask, block, to + 4);
    memcpy(to, &count, 4);
    to += 4 + 2 * (size_t)count;
    to += kernels->compact(from, block, mask, to) * (size_t)width;
    from += block * (size_t)width;
  }
  return (size_t)(to - (uint8_t *)target);
}

// Writes the elements of one block; the positions have to ascend and stay in it.
#define SCATTER(width, type)                                                                 \
  static int scatter_##width(                                                                \
      const uint8_t *positions, size_t count, uint8_t *target, size_t elements) {            \
    const uint8_t *values = positions + 2 * count;                                           \
    memset(target, 0, elements * width);                                                     \
    int32_t before = -1;                                                                     \
    for (size_t i = 0; i < count; i++) {                                                     \
      uint16_t position;                                                                     \
      memcpy(&position, positions + 2 * i, 2);                                               \
      if (position <= before || position >= elements) return KERNELS_BAD_INDEX;              \
      before = position;                                                                     \
      type value;                                                                            \
      memcpy(&value, values + i * width, width);                                             \
      memcpy(target + (size_t)position * width, &value, width);                              \
    }                                                                                        \
    return KERNELS_OK;                                                                       \
  }

SCATTER(2, uint16_t)
SCATTER(4, uint32_t)

int kernels_csr_decode(
    int level, int width, const void *source, size_t bytes, void *target, size_t elements) {
  if (kernels_of(level, width) == NULL || kernels_csr_worst(width, elements) == SIZE_MAX) {
    return KERNELS_BAD_USE;
  }
  const uint8_t *from = source, *end = from + bytes;
  uint8_t *to = target;
  for (size_t done = 0; done < elements; done += KERNELS_CSR_BLOCK) {
    size_t block = elements - done < KERNELS_CSR_BLOCK ? elements - done : KERNELS_CSR_BLOCK;
    uint32_t count;
    if ((size_t)(end - from) < 4) return KERNELS_TOO_SHORT;
    memcpy(&count, from, 4);
    from += 4;
    if (count > block) return KERNELS_BAD_COUNT;
    if ((size_t)(end - from) < count * (size_t)(2 + width)) return KERNELS_TOO_SHORT;
    int fault = width == 4 ? scatter_4(from, count, to, block) : scatter_2(from, count, to, block);
    if (fault != KERNELS_OK) return fault;
    from += count * (size_t)(2 + width);
    to += block * (size_t)width;
  }
  return from == end ? KERNELS_OK : KERNELS_TOO_LONG;
}
