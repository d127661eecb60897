// Damages encoded tensors and decodes them, and chooses the largest elements of blocks; README.md beside it
// tells how to build and run it.
//
// Source and target of every call are allocations of exactly their size, so that the address sanitizer
// sees any byte that is read or written outside of them.
#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

#include "CKernels.h"

static uint64_t state = 1;

// The next random number (SplitMix64).
static uint64_t next(void) {
  uint64_t mixed = state += 0x9E3779B97F4A7C15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

static size_t below(size_t limit) { return limit == 0 ? 0 : next() % limit; }

// Some bytes of their own, even where there are none.
static uint8_t *room(size_t bytes) {
  uint8_t *memory = malloc(bytes == 0 ? 1 : bytes);
  if (memory == NULL) abort();
  // So that the sanitizer guards the first byte as well.
  return bytes == 0 ? memory + 1 : memory;
}

static void release(uint8_t *memory, size_t bytes) { free(bytes == 0 ? memory - 1 : memory); }

enum { ZVC, CSR, RLE, LZ4, ZSTD, CODECS };
static const char *const names[CODECS] = {"zvc", "csr16", "rle", "lz4", "zstd"};

static size_t worst(int codec, int width, size_t elements) {
  switch (codec) {
    case ZVC: return kernels_zvc_worst(width, elements);
    case CSR: return kernels_csr_worst(width, elements);
    case RLE: return kernels_rle_worst(width, elements);
    case LZ4: return (size_t)LZ4_compressBound((int)(elements * (size_t)width));
    default: return ZSTD_compressBound(elements * (size_t)width);
  }
}

static size_t encode(
    int codec, int level, int width, const uint8_t *from, size_t elements, uint8_t *to,
    size_t capacity) {
  size_t bytes = elements * (size_t)width;
  switch (codec) {
    case ZVC: return kernels_zvc_encode(level, width, from, elements, to, capacity);
    case CSR: return kernels_csr_encode(level, width, from, elements, to, capacity);
    case RLE: return kernels_rle_encode(level, width, from, elements, to, capacity);
    case LZ4:
      return (size_t)LZ4_compress_default(
          (const char *)from, (char *)to, (int)bytes, (int)capacity);
    default: return ZSTD_compress(to, capacity, from, bytes, 1);
  }
}

// Whether the bytes are taken for that many elements.
static int decode(
    int codec, int level, int width, const uint8_t *from, size_t bytes, uint8_t *to,
    size_t elements) {
  size_t made = elements * (size_t)width;
  switch (codec) {
    case ZVC: return kernels_zvc_decode(level, width, from, bytes, to, elements) == KERNELS_OK;
    case CSR: return kernels_csr_decode(level, width, from, bytes, to, elements) == KERNELS_OK;
    case RLE: return kernels_rle_decode(level, width, from, bytes, to, elements) == KERNELS_OK;
    case LZ4:
      return LZ4_decompress_safe((const char *)from, (char *)to, (int)bytes, (int)made)
             == (int)made;
    default: return ZSTD_decompress(to, made, from, bytes) == made;
  }
}

// Elements in runs, some of them zero.
static void fill(uint8_t *bytes, size_t elements, int width) {
  size_t run = 1 + below(below(4) == 0 ? 3000 : 20), density = below(101);
  int set = 0;
  for (size_t i = 0; i < elements; i++) {
    if (i % run == 0) set = below(100) < density;
    uint64_t value = set ? next() | 1 : 0;
    memcpy(bytes + i * (size_t)width, &value, (size_t)width);
  }
}

static size_t size(void) {
  switch (below(8)) {
    case 0: return below(10);
    case 1: return 60 + below(10);
    case 2: return 32760 + below(16);
    case 3: return 65530 + below(12);
    case 4: return 70000 + below(70000);
    default: return below(3000);
  }
}

static size_t damage(uint8_t **bytes, size_t count) {
  size_t length = count;
  switch (below(6)) {
    case 0: length = below(count + 1); break;
    case 1: length = count + 1 + below(40); break;
    default: break;
  }
  uint8_t *changed = room(length);
  for (size_t i = 0; i < length; i++) changed[i] = i < count ? (*bytes)[i] : (uint8_t)next();
  for (size_t times = below(6); times > 0 && length > 0; times--) {
    // The beginning holds lengths, which do the most harm.
    size_t place = below(2) ? below(length) : below(length < 16 ? length : 16);
    static const uint8_t nasty[] = {0, 1, 0x7F, 0x80, 0xFE, 0xFF};
    changed[place] = below(2) ? nasty[below(sizeof nasty)] : (uint8_t)next();
  }
  release(*bytes, count);
  *bytes = changed;
  return length;
}

static void fail(const char *what, int codec, uint64_t seed) {
  fprintf(stderr, "%s: %s, case %llu\n", names[codec], what, (unsigned long long)seed);
  exit(1);
}

// A gradient whose magnitudes are many or few, some of them NaN or infinite.
static void fill_gradient(uint8_t *bytes, size_t elements) {
  uint64_t kinds = below(3) == 0 ? 4 : 0, exponents = 1 + below(60);
  for (size_t i = 0; i < elements; i++) {
    uint32_t bits = (uint32_t)next();
    if (kinds > 0) {
      static const uint32_t some[] = {0, 0x3F800000, 0x7F800000, 0x7FC00000, 0x7FFFFFFF, 1};
      bits = (bits & 0x80000000) | some[below(sizeof some / sizeof *some)];
    } else {
      bits = (bits & 0x807FFFFF) | (uint32_t)(127 - below(exponents)) << 23;
    }
    memcpy(bytes + 4 * i, &bits, 4);
  }
}

static uint32_t magnitude_at(const uint8_t *bytes, size_t element) {
  uint32_t bits;
  memcpy(&bits, bytes + 4 * element, 4);
  return bits & 0x7FFFFFFF;
}

static void fail_selection(const char *what, uint64_t seed) {
  fprintf(stderr, "selection: %s, case %llu\n", what, (unsigned long long)seed);
  exit(1);
}

// Chooses from blocks at every level, some of the counts or the room too large or too small; returns
// whether the choice was taken. Checked are the order and the count of what is chosen, that nothing larger
// is left out, and that of equals the first are taken.
static int choose(int levels, uint64_t seed) {
  size_t elements = size(), block = below(3) ? 1 + below(3000) : 1 + below(65536);
  uint8_t *source = room(4 * elements);
  fill_gradient(source, elements);
  size_t blocks = elements / block + (elements % block != 0), total = 0;
  uint32_t *counts = (uint32_t *)room(4 * blocks + 4);
  int fits = 1;
  for (size_t i = 0; i < blocks; i++) {
    size_t length = elements - i * block < block ? elements - i * block : block;
    counts[i] = (uint32_t)(below(4) ? below(length + 1) : below(2) * length);
    if (below(2000) == 0) counts[i] = (uint32_t)(length + 1 + below(3) * below(1 << 20));
    if (counts[i] > length) fits = 0;
    total += counts[i];
  }
  size_t space = fits ? total : below(total + 1) % 100000;
  if (below(50) == 0 && total > 0) {
    space = below(total);
    fits = 0;
  }
  uint8_t *positions = room(2 * space), *values = room(4 * space), *first = room(2 * space);
  for (int level = 0; level < levels; level++) {
    int answer = kernels_select(
        level, source, elements, block, counts, positions, values, space);
    if ((answer == KERNELS_OK) != fits) fail_selection("the answer is wrong", seed);
    if (!fits) continue;
    if (level == 0) memcpy(first, positions, 2 * space);
    if (memcmp(first, positions, 2 * space) != 0) fail_selection("the levels differ", seed);
  }
  size_t at = 0;
  for (size_t i = 0; fits && i < blocks; i++) {
    size_t length = elements - i * block < block ? elements - i * block : block;
    const uint8_t *from = source + 4 * i * block;
    uint8_t *chosen = room(length);
    memset(chosen, 0, length);
    uint32_t least = UINT32_MAX;
    size_t last = 0;
    for (uint32_t j = 0; j < counts[i]; j++, at++) {
      uint16_t position;
      memcpy(&position, positions + 2 * at, 2);
      if (position >= length || (j > 0 && position <= last)) fail_selection("positions", seed);
      last = position;
      if (memcmp(from + 4 * (size_t)position, values + 4 * at, 4) != 0) {
        fail_selection("values", seed);
      }
      chosen[position] = 1;
      uint32_t magnitude = magnitude_at(from, position);
      if (magnitude < least) least = magnitude;
    }
    int is_left = 0;
    for (size_t j = 0; counts[i] > 0 && j < length; j++) {
      uint32_t magnitude = magnitude_at(from, j);
      if (!chosen[j] && magnitude > least) fail_selection("a larger one is left out", seed);
      if (!chosen[j] && magnitude == least) is_left = 1;
      if (chosen[j] && magnitude == least && is_left) fail_selection("not the first", seed);
    }
    release(chosen, length);
  }
  size_t wanted = below(elements + 2);
  uint32_t least[2] = {0, 0};
  size_t surplus[2] = {0, 0};
  for (int level = 0; level < levels; level++) {
    int answer = kernels_threshold(level, source, elements, wanted, &least[level], &surplus[level]);
    if ((answer == KERNELS_OK) != (wanted > 0 && wanted <= elements)) {
      fail_selection("the threshold's answer is wrong", seed);
    }
    if (answer != KERNELS_OK) continue;
    size_t reached = 0, same = 0;
    for (size_t j = 0; j < elements; j++) {
      reached += magnitude_at(source, j) >= least[level];
      same += magnitude_at(source, j) == least[level];
    }
    if (reached != wanted + surplus[level] || (surplus[level] > 0 && same <= surplus[level])) {
      fail_selection("the threshold is wrong", seed);
    }
    if (least[level] != least[0]) fail_selection("the thresholds differ", seed);
  }
  release(source, 4 * elements);
  release((uint8_t *)counts, 4 * blocks + 4);
  release(positions, 2 * space);
  release(first, 2 * space);
  release(values, 4 * space);
  return fits;
}

int main(int count, char **arguments) {
  double minutes = count > 1 ? atof(arguments[1]) : 1;
  uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
  int levels = kernels_best_level() + 1;
  unsigned long long runs[CODECS] = {0}, taken[CODECS] = {0};
  unsigned long long choices = 0, fitting = 0;
  time_t end = time(NULL) + (time_t)(minutes * 60);
  for (; time(NULL) < end; seed++) {
    state = seed;
    if (seed % 4 == 0) {
      fitting += (unsigned long long)choose(levels, seed);
      choices++;
      continue;
    }
    int codec = (int)(seed % CODECS), width = below(2) ? 4 : 2;
    size_t elements = size(), raw = elements * (size_t)width;
    uint8_t *source = room(raw);
    fill(source, elements, width);
    size_t capacity = worst(codec, width, elements);
    uint8_t *target = room(capacity);
    size_t used = encode(codec, (int)below((size_t)levels), width, source, elements, target, capacity);
    if (used > capacity) fail("encoding fails", codec, seed);
    uint8_t *encoded = room(used), *decoded = room(raw);
    memcpy(encoded, target, used);
    for (int level = 0; level < levels; level++) {
      if (raw == 0) continue;
      memset(decoded, 0xA5, raw);
      if (!decode(codec, level, width, encoded, used, decoded, elements)
          || memcmp(source, decoded, raw) != 0) {
        fail("decoding gives something else", codec, seed);
      }
    }
    for (int times = 0; times < 8; times++) {
      used = damage(&encoded, used);
      size_t asked = below(4) ? elements : size();
      release(decoded, raw);
      raw = asked * (size_t)width;
      decoded = room(raw);
      int first = 0;
      for (int level = 0; level < levels; level++) {
        int answer = decode(codec, level, width, encoded, used, decoded, asked);
        if (level > 0 && answer != first) fail("the levels answer differently", codec, seed);
        first = answer;
      }
      runs[codec]++;
      taken[codec] += (unsigned long long)first;
    }
    release(source, elements * (size_t)width);
    release(target, capacity);
    release(encoded, used);
    release(decoded, raw);
  }
  for (int codec = 0; codec < CODECS; codec++) {
    printf("%s: %llu damaged inputs decoded, %llu taken\n", names[codec], runs[codec], taken[codec]);
  }
  printf("selection: %llu choices, %llu of counts that fit\n", choices, fitting);
  return 0;
}
