#include "selection.h"

static size_t count(const uint8_t *source, size_t elements, uint32_t least) {
  size_t sum = 0;
  for (size_t i = 0; i < elements; i++) sum += magnitude(source, i) >= least;
  return sum;
}

static void mark(const uint8_t *source, size_t elements, uint32_t least, uint8_t *mask) {
  for (size_t i = 0; i < elements; i += 8) {
    size_t end = elements - i < 8 ? elements - i : 8;
    unsigned bits = 0;
    for (size_t j = 0; j < end; j++) bits |= (unsigned)(magnitude(source, i + j) >= least) << j;
    *mask++ = (uint8_t)bits;
  }
}

const selection_kernels selection_portable = {count, mark};
