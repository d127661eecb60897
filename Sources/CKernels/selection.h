// The loops over magnitudes that selections are made of, in a portable and a fast form.
#ifndef CKERNELS_SELECTION_H
#define CKERNELS_SELECTION_H

#include "elements.h"

// The bits of a number of 4 bytes without its sign. They order numbers as their magnitudes do; NaN
// comes after infinity.
enum { MAGNITUDE = 0x7FFFFFFF };

typedef struct {
  // How many elements have a magnitude of at least `least`, which is at most MAGNITUDE.
  size_t (*count)(const uint8_t *source, size_t elements, uint32_t least);
  // Writes a bit for each element, whether it has.
  void (*mark)(const uint8_t *source, size_t elements, uint32_t least, uint8_t *mask);
} selection_kernels;

extern const selection_kernels selection_portable;
#if defined(__x86_64__)
extern const selection_kernels selection_avx2;
#endif

// The magnitude of an element.
static inline uint32_t magnitude(const uint8_t *source, size_t element) {
  uint32_t bits;
  memcpy(&bits, source + 4 * element, 4);
  return bits & MAGNITUDE;
}

#endif
