#include "selection.h"

// A level's loops; NULL where this machine hasn't that level.
static const selection_kernels *selection_of(int level) {
  if (level < KERNELS_PORTABLE || level > kernels_best_level()) return NULL;
#if defined(__x86_64__)
  if (level == KERNELS_AVX2) return &selection_avx2;
#endif
  return &selection_portable;
}

// Finds a magnitude that at least `count` elements reach, 1 <= count <= elements; returns how many more
// do. If any, they and others have exactly this magnitude. What `least` holds before, unless it is 0, is where
// the search begins: blocks are like the ones before them.
//
// Narrows the range of all magnitudes until as many elements as wanted are above its lower end: by steps
// that double while only one end is found, then by halves. There is no histogram that a few equal exponents
// would fill, and no copy of the elements.
static size_t find_least(
    const selection_kernels *kernels, const uint8_t *source, size_t elements, size_t count,
    uint32_t *least) {
  const uint32_t end = (uint32_t)MAGNITUDE + 1;
  uint32_t low = 0, high = end, guess = *least;
  // An eighth of a power of two, as the last bits of the exponent are above the 23 of the fraction.
  uint32_t step = (uint32_t)1 << 20;
  size_t reached = elements;
  while (reached != count && high - low > 1) {
    uint32_t half = (high - low) / 2, middle = low + half;
    if (guess > 0 && low == 0 && high == end) {
      middle = guess;
    } else if (guess > 0 && (low == 0 || high == end)) {
      uint32_t stride = step < half ? step : half;
      middle = high == end ? low + stride : high - stride;
      if (step < end / 2) step *= 2;
    }
    size_t found = kernels->count(source, elements, middle);
    if (found >= count) {
      low = middle;
      reached = found;
    } else {
      high = middle;
    }
  }
  *least = low;
  return reached - count;
}

int kernels_threshold(
    int level, const void *source, size_t elements, size_t count, uint32_t *least,
    size_t *surplus) {
  const selection_kernels *kernels = selection_of(level);
  if (kernels == NULL || elements > SIZE_MAX / 4) return KERNELS_BAD_USE;
  if (count == 0 || count > elements) return KERNELS_BAD_COUNT;
  *least = 0;
  *surplus = find_least(kernels, source, elements, count, least);
  return KERNELS_OK;
}

// Writes the elements of one block whose bits are set, lowest position first.
static void gather(
    const uint8_t *mask, size_t bytes, const uint8_t *source, uint8_t *positions, uint8_t *values) {
  for (size_t at = 0; at < bytes; at += 8) {
    uint64_t bits = 0;
    memcpy(&bits, mask + at, bytes - at < 8 ? bytes - at : 8);
    for (; bits != 0; bits &= bits - 1) {
      size_t element = 8 * at + (size_t)__builtin_ctzll(bits);
      uint16_t position = (uint16_t)element;
      memcpy(positions, &position, 2);
      memcpy(values, source + 4 * element, 4);
      positions += 2;
      values += 4;
    }
  }
}

int kernels_select(
    int level, const void *source, size_t elements, size_t block, const uint32_t *counts,
    void *positions, void *values, size_t capacity) {
  const selection_kernels *kernels = selection_of(level);
  if (kernels == NULL || block == 0 || block > KERNELS_SELECT_BLOCK || elements > SIZE_MAX / 4) {
    return KERNELS_BAD_USE;
  }
  uint8_t mask[KERNELS_SELECT_BLOCK / 8];
  const uint8_t *from = source;
  uint8_t *to_positions = positions, *to_values = values;
  uint32_t least = 0;
  for (size_t done = 0; done < elements; done += block, counts++) {
    size_t length = elements - done < block ? elements - done : block;
    size_t count = *counts;
    if (count > length || count > capacity) return KERNELS_BAD_COUNT;
    capacity -= count;
    if (count > 0) {
      size_t surplus = find_least(kernels, from, length, count, &least);
      kernels->mark(from, length, least, mask);
      // Of equal magnitudes the first are taken.
      for (size_t i = length; surplus > 0; i--) {
        if (magnitude(from, i - 1) == least) {
          mask[(i - 1) / 8] &= (uint8_t)~(1u << (i - 1) % 8);
          surplus--;
        }
      }
      gather(mask, mask_bytes(length), from, to_positions, to_values);
    }
    from += 4 * length;
    to_positions += 2 * count;
    to_values += 4 * count;
  }
  return KERNELS_OK;
}
