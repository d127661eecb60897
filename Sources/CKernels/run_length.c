#include "elements.h"

// Runs of zeros and of what is not, in blocks, so that a run's length has 16 bits. Each block begins
// with its runs: pairs of the zeros and the non-zeros after them, until the block is full. Only the
// first pair of a block may have no zeros, only the last no non-zeros.

enum { WORDS = KERNELS_RUN_BLOCK / 64 };

size_t kernels_rle_worst(int width, size_t elements) {
  if (!is_codec_width(width) || elements > SIZE_MAX / 16) return SIZE_MAX;
  size_t blocks = elements / KERNELS_RUN_BLOCK + (elements % KERNELS_RUN_BLOCK != 0);
  // A pair of zero and non-zero takes 4 bytes and a value: with 4 bytes an element never more than
  // the elements, with 2 up to half as much again. Vectors may be written past the end: 32 bytes.
  size_t values = width == 4 ? 4 * elements : 3 * elements;
  return 4 * blocks + values + (elements > 0 ? 32 : 0);
}

// The first place from `at` on where a bit differs from `is_set`, at most `elements`. Words hold no
// bits past the last element.
static size_t run_end(const uint64_t *words, size_t at, size_t elements, bool is_set) {
  uint64_t flip = is_set ? ~(uint64_t)0 : 0;
  size_t word = at / 64, last = (elements + 63) / 64;
  uint64_t bits = (words[word] ^ flip) >> at % 64 << at % 64;
  while (bits == 0) {
    if (++word == last) return elements;
    bits = words[word] ^ flip;
  }
  size_t end = 64 * word + (size_t)__builtin_ctzll(bits);
  return end < elements ? end : elements;
}

static uint8_t *write_runs(const uint64_t *words, size_t elements, uint8_t *to) {
  for (size_t at = 0; at < elements;) {
    size_t zeros_end = run_end(words, at, elements, false);
    size_t end = zeros_end < elements ? run_end(words, zeros_end, elements, true) : elements;
    uint16_t pair[2] = {(uint16_t)(zeros_end - at), (uint16_t)(end - zeros_end)};
    memcpy(to, pair, 4);
    to += 4;
    at = end;
  }
  return to;
}

size_t kernels_rle_encode(
    int level, int width, const void *source, size_t elements, void *target, size_t capacity) {
  const element_kernels *kernels = kernels_of(level, width);
  size_t worst = kernels_rle_worst(width, elements);
  if (kernels == NULL || worst == SIZE_MAX || capacity < worst || elements == 0) return 0;
  uint64_t words[WORDS];
  const uint8_t *from = source;
  uint8_t *to = target;
  for (size_t done = 0; done < elements; done += KERNELS_RUN_BLOCK) {
    size_t block = elements - done < KERNELS_RUN_BLOCK ? elements - done : KERNELS_RUN_BLOCK;
    words[(block - 1) / 64] = 0;
    kernels->find(from, block, (uint8_t *)words);
    to = write_runs(words, block, to);
    to += kernels->compact(from, block, (uint8_t *)words, to) * (size_t)width;
    from += block * (size_t)width;
  }
  return (size_t)(to - (uint8_t *)target);
}

// Sets the bits of a run, which lies within the words.
static void set_bits(uint64_t *words, size_t at, size_t end) {
  size_t word = at / 64, last = (end - 1) / 64;
  uint64_t begun = ~(uint64_t)0 << at % 64, ended = ~(uint64_t)0 >> (63 - (end - 1) % 64);
  if (word == last) {
    words[word] |= begun & ended;
    return;
  }
  words[word++] |= begun;
  while (word < last) words[word++] = ~(uint64_t)0;
  words[last] |= ended;
}

// Reads the runs of a block into bits; returns where they end, or NULL with a fault.
static const uint8_t *read_runs(
    const uint8_t *from, const uint8_t *end, size_t elements, uint64_t *words, size_t *count,
    int *fault) {
  memset(words, 0, (elements + 63) / 64 * 8);
  *count = 0;
  for (size_t at = 0; at < elements;) {
    uint16_t pair[2];
    if ((size_t)(end - from) < 4) {
      *fault = KERNELS_TOO_SHORT;
      return NULL;
    }
    memcpy(pair, from, 4);
    from += 4;
    size_t rest = elements - at, zeros = pair[0], set = pair[1];
    if (zeros + set > rest || (zeros == 0 && at > 0) || (set == 0 && zeros < rest)) {
      *fault = KERNELS_BAD_RUN;
      return NULL;
    }
    if (set > 0) set_bits(words, at + zeros, at + zeros + set);
    *count += set;
    at += zeros + set;
  }
  return from;
}

int kernels_rle_decode(
    int level, int width, const void *source, size_t bytes, void *target, size_t elements) {
  const element_kernels *kernels = kernels_of(level, width);
  if (kernels == NULL || kernels_rle_worst(width, elements) == SIZE_MAX) return KERNELS_BAD_USE;
  uint64_t words[WORDS];
  const uint8_t *from = source, *end = from + bytes;
  uint8_t *to = target;
  for (size_t done = 0; done < elements; done += KERNELS_RUN_BLOCK) {
    size_t block = elements - done < KERNELS_RUN_BLOCK ? elements - done : KERNELS_RUN_BLOCK;
    size_t count;
    int fault = KERNELS_OK;
    from = read_runs(from, end, block, words, &count, &fault);
    if (from == NULL) return fault;
    if ((size_t)(end - from) < count * (size_t)width) return KERNELS_TOO_SHORT;
    kernels->expand((const uint8_t *)words, block, from, count, to);
    from += count * (size_t)width;
    to += block * (size_t)width;
  }
  return from == end ? KERNELS_OK : KERNELS_TOO_LONG;
}
