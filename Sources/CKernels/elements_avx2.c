// The same loops with AVX2: a table indexed by eight bits of the mask says how a vector's elements
// move. What is left over at the end runs through the portable loops.
#include "elements.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "tables.h"

#define FAST __attribute__((target("avx2,popcnt,bmi")))

// The bytes that any step may read past the values it needs.
enum { VECTOR = 32 };

// The elements that are copied at once after as many without a zero. The C library's copy avoids what
// slows down equal distances of loads and stores (see `block_4`), which a zero in some stretch ends
// anyway. Memory is slower than that, so it is for tensors that a cache may hold.
enum { STRETCH = 256, CACHED_BYTES = 1 << 24 };

FAST static inline __m256i load(const uint8_t *from) {
  return _mm256_loadu_si256((const __m256i *)from);
}

FAST static inline __m128i load_half(const uint8_t *from) {
  return _mm_loadu_si128((const __m128i *)from);
}

FAST static inline __m128i row(const uint64_t *table, unsigned bits) {
  return _mm_loadl_epi64((const __m128i *)(table + bits));
}

// MARK: Masks

// 64 elements, loaded before anything is stored: where the target follows the source at a distance of
// nearly whole pages, a load after a store that has the same last 12 bits of its address waits for it.
typedef struct {
  __m256i vectors[8];
} block_4;
typedef struct {
  __m128i vectors[8];
} block_2;

FAST static inline block_4 block_of_4(const uint8_t *source) {
  block_4 block;
  for (int group = 0; group < 8; group++) block.vectors[group] = load(source + 32 * group);
  return block;
}

FAST static inline block_2 block_of_2(const uint8_t *source) {
  block_2 block;
  for (int group = 0; group < 8; group++) block.vectors[group] = load_half(source + 16 * group);
  return block;
}

// A bit for each of 64 elements of 4 bytes.
FAST static inline uint64_t mask_4(const block_4 *block) {
  const __m256i zero = _mm256_setzero_si256();
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  uint64_t mask = 0;
  for (int half = 0; half < 2; half++) {
    const __m256i *from = block->vectors + 4 * half;
    __m256i first = _mm256_packs_epi32(
        _mm256_cmpeq_epi32(from[0], zero), _mm256_cmpeq_epi32(from[1], zero));
    __m256i second = _mm256_packs_epi32(
        _mm256_cmpeq_epi32(from[2], zero), _mm256_cmpeq_epi32(from[3], zero));
    // Packing works on the halves of a vector by themselves, so that fours of elements are mixed.
    __m256i all = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(first, second), order);
    mask |= (uint64_t)(uint32_t)~_mm256_movemask_epi8(all) << (32 * half);
  }
  return mask;
}

// A bit for each of 64 elements of 2 bytes.
FAST static inline uint64_t mask_2(const block_2 *block) {
  const __m128i zero = _mm_setzero_si128();
  uint64_t mask = 0;
  for (int pair = 0; pair < 4; pair++) {
    const __m128i *from = block->vectors + 2 * pair;
    __m128i all = _mm_packs_epi16(_mm_cmpeq_epi16(from[0], zero), _mm_cmpeq_epi16(from[1], zero));
    mask |= (uint64_t)(uint16_t)~_mm_movemask_epi8(all) << (16 * pair);
  }
  return mask;
}

// MARK: Eight elements

FAST static inline void compact_4(__m256i elements, unsigned bits, uint8_t *values) {
  __m256i from = _mm256_cvtepu8_epi32(row(packed, bits));
  _mm256_storeu_si256((__m256i *)values, _mm256_permutevar8x32_epi32(elements, from));
}

FAST static inline __m128i pairs(__m128i numbers) {
  // Element j of 2 bytes is at the bytes 2j and 2j + 1; 128 and more stay so.
  __m128i low = _mm_adds_epu8(numbers, numbers);
  return _mm_unpacklo_epi8(low, _mm_adds_epu8(low, _mm_set1_epi8(1)));
}

FAST static inline void compact_2(__m128i elements, unsigned bits, uint8_t *values) {
  _mm_storeu_si128((__m128i *)values, _mm_shuffle_epi8(elements, pairs(row(packed, bits))));
}

FAST static inline void expand_4(const uint8_t *values, unsigned bits, uint8_t *target) {
  __m256i from = _mm256_cvtepi8_epi32(row(spread, bits));
  __m256i moved = _mm256_permutevar8x32_epi32(load(values), from);
  // The sign of `from` is that of 128: no element goes there.
  _mm256_storeu_si256(
      (__m256i *)target, _mm256_andnot_si256(_mm256_srai_epi32(from, 31), moved));
}

FAST static inline void expand_2(const uint8_t *values, unsigned bits, uint8_t *target) {
  _mm_storeu_si128(
      (__m128i *)target, _mm_shuffle_epi8(load_half(values), pairs(row(spread, bits))));
}

// MARK: Loops

#define LOOPS(width)                                                                           \
  FAST static void find_##width(const uint8_t *source, size_t elements, uint8_t *mask) {       \
    size_t i = 0;                                                                              \
    for (; i + 64 <= elements; i += 64, source += 64 * width) {                                \
      block_##width block = block_of_##width(source);                                          \
      uint64_t bits = mask_##width(&block);                                                    \
      memcpy(mask + i / 8, &bits, 8);                                                          \
    }                                                                                          \
    kernels_portable_##width.find(source, elements - i, mask + i / 8);                         \
  }                                                                                            \
                                                                                               \
  /* Whether no element of a stretch is zero. */                                               \
  FAST static bool is_dense_##width(const uint8_t *source) {                                   \
    uint64_t bits = ~(uint64_t)0;                                                              \
    for (int part = 0; part < STRETCH / 64; part++, source += 64 * width) {                    \
      block_##width block = block_of_##width(source);                                          \
      bits &= mask_##width(&block);                                                            \
    }                                                                                          \
    return bits == ~(uint64_t)0;                                                               \
  }                                                                                            \
                                                                                               \
  FAST static size_t compact_all_##width(                                                      \
      const uint8_t *source, size_t elements, uint8_t *mask, uint8_t *values) {                \
    const uint8_t *first = values;                                                             \
    size_t i = 0;                                                                              \
    const bool is_cached = elements <= CACHED_BYTES / width;                                   \
    int dense = 0;                                                                             \
    while (i + 64 <= elements) {                                                               \
      if (dense >= STRETCH / 64 && i + STRETCH <= elements && is_dense_##width(source)) {      \
        memset(mask + i / 8, 0xFF, STRETCH / 8);                                               \
        memcpy(values, source, STRETCH * width);                                               \
        i += STRETCH;                                                                          \
        source += STRETCH * width;                                                             \
        values += STRETCH * width;                                                             \
        continue;                                                                              \
      }                                                                                        \
      block_##width block = block_of_##width(source);                                          \
      uint64_t bits = mask_##width(&block);                                                    \
      dense = is_cached && bits == ~(uint64_t)0 ? dense + 1 : 0;                               \
      memcpy(mask + i / 8, &bits, 8);                                                          \
      for (int group = 0; group < 8; group++, bits >>= 8) {                                    \
        compact_##width(block.vectors[group], (unsigned)bits & 255, values);                   \
        values += (size_t)_mm_popcnt_u32((unsigned)bits & 255) * width;                        \
      }                                                                                        \
      i += 64;                                                                                 \
      source += 64 * width;                                                                    \
    }                                                                                          \
    size_t count = (size_t)(values - first) / width;                                           \
    return count + kernels_portable_##width.compact(source, elements - i, mask + i / 8, values);\
  }                                                                                            \
                                                                                               \
  FAST static void expand_all_##width(                                                         \
      const uint8_t *mask, size_t elements, const uint8_t *values, size_t count,               \
      uint8_t *target) {                                                                       \
    /* Near the end of the values a copy with zeros behind them is read instead. */            \
    uint8_t last[64 * width + 2 * VECTOR] = {0};                                               \
    const uint8_t *end = values + count * width;                                               \
    bool is_last = false;                                                                      \
    size_t i = 0;                                                                              \
    for (; i + 64 <= elements; i += 64) {                                                      \
      if (!is_last && (size_t)(end - values) < 64 * width + VECTOR) {                          \
        memcpy(last, values, (size_t)(end - values));                                          \
        end = last + (end - values);                                                           \
        values = last;                                                                         \
        is_last = true;                                                                        \
      }                                                                                        \
      uint64_t bits;                                                                           \
      memcpy(&bits, mask + i / 8, 8);                                                          \
      for (int group = 0; group < 8; group++, target += 8 * width, bits >>= 8) {               \
        expand_##width(values, (unsigned)bits & 255, target);                                  \
        values += (size_t)_mm_popcnt_u32((unsigned)bits & 255) * width;                        \
      }                                                                                        \
    }                                                                                          \
    kernels_portable_##width.expand(                                                           \
        mask + i / 8, elements - i, values, (size_t)(end - values) / width, target);           \
  }                                                                                            \
                                                                                               \
  FAST static void count_##width(                                                              \
      const uint8_t *source, size_t elements, uint64_t *nonzeros, uint64_t *falls) {           \
    uint64_t set = 0, fallen = 0, before = 0;                                                  \
    size_t i = 0;                                                                              \
    for (; i + 64 <= elements; i += 64, source += 64 * width) {                                \
      block_##width block = block_of_##width(source);                                          \
      uint64_t bits = mask_##width(&block);                                                    \
      set += (uint64_t)_mm_popcnt_u64(bits);                                                   \
      fallen += (uint64_t)_mm_popcnt_u64((bits << 1 | before) & ~bits);                        \
      before = bits >> 63;                                                                     \
    }                                                                                          \
    uint64_t set_last = 0, fallen_last = 0;                                                    \
    kernels_portable_##width.count(source, elements - i, &set_last, &fallen_last);             \
    if (i < elements && before) {                                                              \
      uint64_t next = 0;                                                                       \
      memcpy(&next, source, width);                                                            \
      fallen += next == 0;                                                                     \
    }                                                                                          \
    *nonzeros = set + set_last;                                                                \
    *falls = fallen + fallen_last;                                                             \
  }

LOOPS(2)
LOOPS(4)

FAST static size_t positions(const uint8_t *mask, size_t elements, uint8_t *positions) {
  const uint8_t *first = positions;
  __m128i base = _mm_setzero_si128();
  size_t i = 0;
  for (; i + 8 <= elements; i += 8) {
    unsigned bits = mask[i / 8];
    __m128i set = _mm_add_epi16(base, _mm_cvtepu8_epi16(row(packed, bits)));
    _mm_storeu_si128((__m128i *)positions, set);
    positions += (size_t)_mm_popcnt_u32(bits) * 2;
    base = _mm_add_epi16(base, _mm_set1_epi16(8));
  }
  size_t count = (size_t)(positions - first) / 2;
  for (; i < elements; i++) {
    uint16_t position = (uint16_t)i;
    memcpy(positions, &position, 2);
    unsigned is_set = mask[i / 8] >> i % 8 & 1;
    positions += 2 * is_set;
    count += is_set;
  }
  return count;
}

const element_kernels kernels_avx2_2 = {
    find_2, compact_all_2, expand_all_2, positions, count_2};
const element_kernels kernels_avx2_4 = {
    find_4, compact_all_4, expand_all_4, positions, count_4};
#endif
