extension BrokenProfile {
  /// Faults that only the reader tells: JSON that is well formed, and has the right shape.
  static let meaningful = [
    BrokenProfile(
      "\"kind\": \"input\"", "\"kind\": \"input\", \"kind\": \"input\"", reach: .meaning,
      "tensors[0].kind: the key stands twice in one object; keep one of the two"),
    BrokenProfile(
      "\"x_note\"", "\"x_a\": 1, \"x_a\"", reach: .meaning,
      "x_a: the key stands twice in one object; keep one of the two"),
    BrokenProfile(
      "{\"float32\": 1e12}", "{\"float32\": 1e12, \"float\\u0033\\u0032\": 2e12}", reach: .meaning,
      "device.peak_flops.float32: the key stands twice in one object; keep one of the two"),
    BrokenProfile(
      "\"reserved_bytes\": 96", "\"reserved_bytes\": 5000", reach: .meaning,
      "device.reserved_bytes: 5000 bytes are more than memory_bytes; reserve at most 4096"),
    BrokenProfile(
      "\"bytes\": 128, \"bandwidth", "\"bytes\": 64, \"bandwidth", reach: .meaning,
      "device.links.d2h.by_size[1].bytes: 64 bytes don't come after 64; "
        + "sort the list by size, each size once"),
    BrokenProfile(
      "\"bandwidth_gb_per_s\": 3}", "\"bandwidth_gb_per_s\": 4.5}", reach: .meaning,
      "device.links.d2h.by_size[1].bandwidth_gb_per_s: 128 bytes would be copied faster than 64; "
        + "measure again, or leave this size out"),
    BrokenProfile(
      "\"epoch\": 2", "\"epoch\": 0", reach: .meaning,
      "tensors[2].sparsity.history[1].epoch: epoch 0 doesn't come after 0; "
        + "sort the list by epoch, each epoch once"),
    BrokenProfile(
      "\"bytes\": 512, \"kind\": \"g", "\"bytes\": 9007199254740992, \"kind\": \"g",
      reach: .meaning,
      "tensors: the sizes add up to more than 8 PiB; check the unit of the sizes"),
    BrokenProfile(
      "\"id\": \"grad\"", "\"id\": \"act\"", reach: .meaning,
      "tensors[4].id: \"act\" is the name of tensors[2] too; give each tensor a name of its own"),
    BrokenProfile(
      "\"id\": \"b\"", "\"id\": \"f\"", reach: .meaning,
      "operators[1].id: \"f\" is the name of operators[0] too; give each operator a name of its own"
    ),
    BrokenProfile(
      "[\"in\", \"w\"]", "[\"in\", \"weight\"]", reach: .meaning,
      "operators[0].reads[1]: there is no tensor \"weight\"; "
        + "add it to tensors, or correct the name"),
    BrokenProfile(
      "[\"grad\"]", "[\"gradient\"]", reach: .meaning,
      "operators[1].writes[0]: there is no tensor \"gradient\"; "
        + "add it to tensors, or correct the name"),
    BrokenProfile(
      "\"alias_of\": \"act\"", "\"alias_of\": \"nothing\"", reach: .meaning,
      "tensors[3].alias_of: there is no tensor \"nothing\"; add it to tensors, or correct the name"),
    BrokenProfile(
      "\"alias_of\": \"act\"", "\"alias_of\": \"view\"", reach: .meaning,
      "tensors[3].alias_of: the aliases lead round in a circle; let one tensor own the memory"),
    BrokenProfile(
      "\"movable\": false,", "\"alias_of\": \"view\",", reach: .meaning,
      "tensors[2].alias_of: the aliases lead round in a circle; let one tensor own the memory"),
    BrokenProfile(
      "\"bytes\": 128, \"kind\"", "\"bytes\": 257, \"kind\"", reach: .meaning,
      "tensors[3].bytes: 257 bytes are more than the 256 of \"act\"; "
        + "let the larger tensor own the memory"),
    BrokenProfile(
      "\"alias_of\": \"act\"", "\"alias_of\": \"act\", \"persistent\": true", reach: .meaning,
      "tensors[3].persistent: \"act\", which owns the memory, is not persistent; "
        + "make it persistent, or write \"persistent\": false here"),
    BrokenProfile(
      "\"alias_of\": \"act\"", "\"alias_of\": \"w\", \"movable\": false", reach: .meaning,
      "tensors[3].movable: \"w\", which owns the memory, is movable; "
        + "write \"movable\": false there"),
    BrokenProfile(
      "\"writes\": [\"act\"]", "\"writes\": []", reach: .meaning,
      "operators[1].reads[0]: \"view\" is read before any operator wrote it; "
        + "add the operator that writes it, or make it an input, a parameter or persistent"),
    BrokenProfile(
      "[\"in\", \"w\"]", "[\"in\", \"w\", \"act\"]", reach: .meaning,
      "operators[0].reads[2]: \"act\" is read before any operator wrote it; "
        + "add the operator that writes it, or make it an input, a parameter or persistent"),
    BrokenProfile(
      "\"writes\": [\"grad\"]", "\"writes\": []", reach: .meaning,
      "tensors[4]: no operator uses \"grad\"; remove it, or write \"persistent\": true"),
    BrokenProfile(
      "\"worst_ratio\": 1.03125", "\"worst_ratio\": 1", reach: .meaning,
      "codecs[0].worst_ratio: 1 is less than the 1.03125 that the ratio reaches; "
        + "write at least that"),
    BrokenProfile(
      "\"element_bytes\": 4, ", "", reach: .meaning,
      "codecs[0].element_bytes: the key is missing; "
        + "add the bytes of an element, which the form zvc depends on"),
    BrokenProfile(
      "[1024, 2048]", "[1024, 1024]", reach: .meaning,
      "codecs[0].decode.bytes[1]: 1024 doesn't come after 1024; sort the list, each number once"),
    BrokenProfile(
      "[[80, 70], [60, 55]]", "[[80, 70]]", reach: .meaning,
      "codecs[0].decode.gb_per_s: 1 rows are not one for each of 2 sizes; add or remove some"),
    BrokenProfile(
      "[60, 55]", "[60]", reach: .meaning,
      "codecs[0].decode.gb_per_s[1]: 1 numbers are not one for each of 2 densities; "
        + "add or remove some"),
    BrokenProfile(
      "{\"form\": \"zvc\"}", "{\"form\": \"zvc\", \"value\": 1}", reach: .meaning,
      "codecs[0].ratio.value: the form zvc has no value; remove it, or use the form constant"),
  ]

  /// Texts that are not JSON.
  static let syntactic = [
    BrokenProfile(
      "[8, 8]", "[8, 8,]", reach: .text,
      "line 9, column 61: a comma stands before the end; remove it"),
    BrokenProfile(
      "\"name\": \"tiny\"", "\"name\": 'tiny'", reach: .text,
      "line 1, column 41: \"'\" stands where a value should stand; correct the text"),
    BrokenProfile(
      "\"duration_us\": 20", "\"duration_us\": NaN", reach: .text,
      "line 18, column 51: NaN is not a JSON number; write a number, or leave the key out"),
    BrokenProfile(
      "\"duration_us\": 20", "\"duration_us\": -Infinity", reach: .text,
      "line 18, column 52: Infinity is not a JSON number; write a number, or leave the key out"),
    BrokenProfile(
      "\"duration_us\": 20", "\"duration_us\": 020", reach: .text,
      "line 18, column 51: a number begins with 0; remove the leading zeros"),
    BrokenProfile(
      "\"duration_us\": 20", "\"duration_us\": 20.", reach: .text,
      "line 18, column 54: \",\" stands where a digit after the point should stand; correct the text"
    ),
    BrokenProfile(
      "\"tiny\"", "\"é\\q\"", reach: .text,
      "line 1, column 43: an unknown escape in a string; write a backslash as \\\\"),
    BrokenProfile(
      "\"tiny\"", "\"\\ud800\"", reach: .text,
      "line 1, column 42: half a surrogate pair in a string; write both halves"),
    BrokenProfile(
      "\"tiny\"", "\"\\ud800\\u0041\"", reach: .text,
      "line 1, column 42: half a surrogate pair in a string; write both halves"),
    BrokenProfile(
      "\"tiny\"", "\"a\tb\"", reach: .text,
      "line 1, column 43: a control character in a string; write it as \\u00XX"),
    BrokenProfile(
      "\"name\": \"tiny\"", "\"name\" \"tiny\"", reach: .text,
      "line 1, column 40: a quotation mark stands where \":\" after a key should stand; correct the text"
    ),
    BrokenProfile(
      "\"name\": \"tiny\"", "name: \"tiny\"", reach: .text,
      "line 1, column 33: \"n\" stands where a key in quotation marks should stand; correct the text"
    ),
    BrokenProfile(
      "[null]", "[nul]", reach: .text,
      "line 1, column 79: \"n\" stands where a value should stand; correct the text"),
    BrokenProfile(
      "2048}]}", "2048}]", reach: .text,
      "line 19, column 49: the text ends where \",\" or \"}\" should stand; check that it is complete"
    ),
    BrokenProfile(
      "2048}]}", "2048}]}}", reach: .text,
      "line 19, column 50: \"}\" stands after the end of the JSON text; remove it"),
  ]
}
