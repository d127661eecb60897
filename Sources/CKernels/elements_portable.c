#include "elements.h"

static size_t positions(const uint8_t *mask, size_t elements, uint8_t *positions) {
  size_t count = 0;
  for (size_t i = 0; i < elements; i++) {
    uint16_t position = (uint16_t)i;
    memcpy(positions + 2 * count, &position, 2);
    count += mask[i / 8] >> i % 8 & 1;
  }
  return count;
}

#define ELEMENT uint8_t
#define NAME(loop) loop##_1
#include "elements_portable.h"
#undef ELEMENT
#undef NAME
#define ELEMENT uint16_t
#define NAME(loop) loop##_2
#include "elements_portable.h"
#undef ELEMENT
#undef NAME
#define ELEMENT uint32_t
#define NAME(loop) loop##_4
#include "elements_portable.h"
#undef ELEMENT
#undef NAME
#define ELEMENT uint64_t
#define NAME(loop) loop##_8
#include "elements_portable.h"

#define KERNELS(width) \
  {find_##width, compact_##width, expand_##width, positions, count_##width}
const element_kernels kernels_portable_1 = KERNELS(1);
const element_kernels kernels_portable_2 = KERNELS(2);
const element_kernels kernels_portable_4 = KERNELS(4);
const element_kernels kernels_portable_8 = KERNELS(8);
