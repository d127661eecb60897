#include "elements.h"

size_t kernels_zvc_worst(int width, size_t elements) {
  if (!is_codec_width(width) || elements > SIZE_MAX / 16) return SIZE_MAX;
  return mask_bytes(elements) + elements * (size_t)width;
}

size_t kernels_zvc_encode(
    int level, int width, const void *source, size_t elements, void *target, size_t capacity) {
  const element_kernels *kernels = kernels_of(level, width);
  size_t worst = kernels_zvc_worst(width, elements);
  if (kernels == NULL || worst == SIZE_MAX || capacity < worst || elements == 0) return 0;
  size_t mask = mask_bytes(elements);
  uint8_t *bytes = target;
  return mask + kernels->compact(source, elements, bytes, bytes + mask) * (size_t)width;
}

int kernels_zvc_decode(
    int level, int width, const void *source, size_t bytes, void *target, size_t elements) {
  const element_kernels *kernels = kernels_of(level, width);
  if (kernels == NULL || kernels_zvc_worst(width, elements) == SIZE_MAX) return KERNELS_BAD_USE;
  size_t mask = mask_bytes(elements);
  if (bytes < mask) return KERNELS_TOO_SHORT;
  const uint8_t *from = source;
  if (elements % 8 != 0 && from[mask - 1] >> elements % 8 != 0) return KERNELS_BAD_MASK;
  size_t count = (size_t)bits_set(from, mask);
  if (bytes - mask != count * (size_t)width) {
    return bytes - mask < count * (size_t)width ? KERNELS_TOO_SHORT : KERNELS_TOO_LONG;
  }
  if (elements > 0) kernels->expand(from, elements, from + mask, count, target);
  return KERNELS_OK;
}
