#include "selection.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define FAST __attribute__((target("avx2,popcnt")))

// All bits of each element whose magnitude is above `below`.
FAST static inline __m256i above(const uint8_t *from, __m256i below) {
  const __m256i sign_less = _mm256_set1_epi32(MAGNITUDE);
  __m256i bits = _mm256_loadu_si256((const __m256i *)from);
  return _mm256_cmpgt_epi32(_mm256_and_si256(bits, sign_less), below);
}

FAST static size_t count(const uint8_t *source, size_t elements, uint32_t least) {
  // Magnitudes are positive as signed numbers, and `least - 1` is -1 at least.
  const __m256i below = _mm256_set1_epi32((int32_t)least - 1);
  size_t total = 0, i = 0;
  while (i + 32 <= elements) {
    // Sums of 32 bits; a stretch is short enough for them.
    size_t end = elements - i < ((size_t)1 << 30) ? elements : i + ((size_t)1 << 30);
    __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                       _mm256_setzero_si256()};
    for (; i + 32 <= end; i += 32) {
      for (int part = 0; part < 4; part++) {
        sums[part] = _mm256_sub_epi32(sums[part], above(source + 4 * i + 32 * part, below));
      }
    }
    __m256i sum = _mm256_add_epi32(
        _mm256_add_epi32(sums[0], sums[1]), _mm256_add_epi32(sums[2], sums[3]));
    uint32_t lanes[8];
    _mm256_storeu_si256((__m256i *)lanes, sum);
    for (int lane = 0; lane < 8; lane++) total += lanes[lane];
  }
  return total + selection_portable.count(source + 4 * i, elements - i, least);
}

FAST static void mark(const uint8_t *source, size_t elements, uint32_t least, uint8_t *mask) {
  const __m256i below = _mm256_set1_epi32((int32_t)least - 1);
  size_t i = 0;
  for (; i + 8 <= elements; i += 8) {
    __m256i bits = above(source + 4 * i, below);
    *mask++ = (uint8_t)_mm256_movemask_ps(_mm256_castsi256_ps(bits));
  }
  selection_portable.mark(source + 4 * i, elements - i, least, mask);
}

const selection_kernels selection_avx2 = {count, mark};
#endif
