#include "elements.h"

int kernels_best_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
      __builtin_cpu_supports("bmi")) {
    return KERNELS_AVX2;
  }
#endif
  return KERNELS_PORTABLE;
}

const element_kernels *kernels_of(int level, int width) {
  if (level < KERNELS_PORTABLE || level > kernels_best_level()) return NULL;
#if defined(__x86_64__)
  if (level == KERNELS_AVX2 && width == 2) return &kernels_avx2_2;
  if (level == KERNELS_AVX2 && width == 4) return &kernels_avx2_4;
#endif
  switch (width) {
    case 1: return &kernels_portable_1;
    case 2: return &kernels_portable_2;
    case 4: return &kernels_portable_4;
    case 8: return &kernels_portable_8;
    default: return NULL;
  }
}

static bool is_set(const uint8_t *source, int width, size_t element) {
  uint64_t value = 0;
  memcpy(&value, source + element * (size_t)width, (size_t)width);
  return value != 0;
}

int kernels_probe(
    int level, int width, const void *source, size_t elements, kernels_counts *counts) {
  memset(counts, 0, sizeof *counts);
  const element_kernels *kernels = kernels_of(level, width);
  if (kernels == NULL || elements > SIZE_MAX / (size_t)width) return KERNELS_BAD_USE;
  if (elements == 0) return KERNELS_OK;
  const uint8_t *bytes = source;
  uint64_t falls;
  kernels->count(bytes, elements, &counts->nonzeros, &falls);
  // Zeros begin and end in turn: whether the ends are set tells how often they end.
  bool first = is_set(bytes, width, 0), last = is_set(bytes, width, elements - 1);
  counts->transitions = 2 * falls + last - first;
  counts->tokens = falls + elements / KERNELS_RUN_BLOCK + (elements % KERNELS_RUN_BLOCK != 0);
  for (size_t at = KERNELS_RUN_BLOCK; at < elements; at += KERNELS_RUN_BLOCK) {
    counts->tokens -= is_set(bytes, width, at - 1) && !is_set(bytes, width, at);
  }
  return KERNELS_OK;
}

void kernels_copy(const void *source, size_t bytes, void *target) { memcpy(target, source, bytes); }
