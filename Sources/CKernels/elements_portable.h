// The portable loops for one type, ELEMENT, without a branch that depends on data. Included once for
// each width with NAME(loop), which names a loop of that width.

static inline ELEMENT NAME(load)(const uint8_t *from) {
  ELEMENT value;
  memcpy(&value, from, sizeof value);
  return value;
}

static void NAME(find)(const uint8_t *source, size_t elements, uint8_t *mask) {
  for (size_t i = 0; i < elements; i += 8) {
    size_t end = elements - i < 8 ? elements - i : 8;
    unsigned bits = 0;
    for (size_t j = 0; j < end; j++) {
      bits |= (unsigned)(NAME(load)(source + (i + j) * sizeof(ELEMENT)) != 0) << j;
    }
    *mask++ = (uint8_t)bits;
  }
}

static size_t NAME(compact)(
    const uint8_t *source, size_t elements, uint8_t *mask, uint8_t *values) {
  size_t count = 0;
  for (size_t i = 0; i < elements; i += 8) {
    size_t end = elements - i < 8 ? elements - i : 8;
    unsigned bits = 0;
    for (size_t j = 0; j < end; j++) {
      ELEMENT value = NAME(load)(source + (i + j) * sizeof(ELEMENT));
      unsigned is_set = value != 0;
      // A zero is written too, and the next element over it.
      memcpy(values + count * sizeof(ELEMENT), &value, sizeof value);
      count += is_set;
      bits |= is_set << j;
    }
    *mask++ = (uint8_t)bits;
  }
  return count;
}

static void NAME(expand)(
    const uint8_t *mask, size_t elements, const uint8_t *values, size_t count, uint8_t *target) {
  // Where fewer than 8 values are left, a copy with zeros behind them is read instead: each step
  // reads one value more than it may need.
  ELEMENT last[16] = {0};
  const uint8_t *end = values + count * sizeof(ELEMENT);
  bool is_last = false;
  for (size_t i = 0; i < elements; i += 8) {
    if (!is_last && (size_t)(end - values) < 8 * sizeof(ELEMENT)) {
      memcpy(last, values, (size_t)(end - values));
      values = (const uint8_t *)last;
      is_last = true;
    }
    size_t width = elements - i < 8 ? elements - i : 8;
    unsigned bits = *mask++;
    for (size_t j = 0; j < width; j++) {
      unsigned is_set = bits >> j & 1;
      ELEMENT value = (ELEMENT)(NAME(load)(values) & (ELEMENT)(0 - (ELEMENT)is_set));
      memcpy(target, &value, sizeof value);
      values += is_set * sizeof(ELEMENT);
      target += sizeof(ELEMENT);
    }
  }
}

static void NAME(count)(
    const uint8_t *source, size_t elements, uint64_t *nonzeros, uint64_t *falls) {
  uint64_t set = 0, fallen = 0;
  unsigned before = 0;
  for (size_t i = 0; i < elements; i++) {
    unsigned is_set = NAME(load)(source + i * sizeof(ELEMENT)) != 0;
    set += is_set;
    fallen += before & ~is_set;
    before = is_set;
  }
  *nonzeros = set;
  *falls = fallen;
}
