extension BrokenProfile {
  /// Faults that a JSON Schema tells too.
  static let structural = [
    // Formats and sections.
    BrokenProfile(
      "planner.profile/1", "planner.profile/2",
      "schema: \"planner.profile/2\" is a version that this planner doesn't read; "
        + "write version \"planner.profile/1\""),
    BrokenProfile(
      "planner.profile/1", "planner.plan/1",
      "schema: this is a plan of the problem \"swap\"; give the profile that it was made for"),
    BrokenProfile(
      "\"planner.profile/1\"", "1",
      "schema: 1 is another format; give a file with \"planner.profile/1\""),
    BrokenProfile(
      "\"schema\": \"planner.profile/1\", ", "",
      "schema: the key is missing; add \"schema\": \"planner.profile/1\""),
    BrokenProfile(
      "\"name\": \"tiny\",", "", "name: the key is missing; add a name"),
    BrokenProfile(
      "\"tensors\": [", "\"tensor_list\": [",
      "tensor_list: a profile has no key \"tensor_list\"; use one of schema, name, source, problem, "
        + "device, tensors, operators, codecs, cluster, moe, two_stage, gradients, "
        + "or a name that starts with x_"
    ),
    BrokenProfile(
      "\"operators\": [", "\"x_operators\": [",
      "operators: the key is missing; add an array"),
    BrokenProfile(
      "\"x_note\"", "\"sharding\"",
      "sharding: this version of planner doesn't read this section; remove it or call it x_sharding"
    ),
    BrokenProfile(
      "\"h2d\"", "\"nvme\"",
      "device.links.nvme.latency_us: nvme has no key \"latency_us\"; use one of read, write, or a name that "
        + "starts with x_"),
    BrokenProfile(
      "\"links\": {",
      "\"links\": {\"nvme\": {\"read\": {\"latency_us\": 80, \"bandwidth_gb_per_s\": 6}}, ",
      "device.links.nvme.write: the key is missing; add an object"),
    BrokenProfile(
      "\"links\": {", "\"nvme_memory_bytes\": -1, \"links\": {",
      "device.nvme_memory_bytes: -1 is negative; write 0 or more bytes"),
    // Keys.
    BrokenProfile(
      "\"duration_us\"", "\"duration_ms\"",
      "operators[0].duration_ms: an operator has no key \"duration_ms\"; "
        + "use duration_us, in microseconds"),
    BrokenProfile(
      "\"memory_bytes\"", "\"memory_gib\"",
      "device.memory_gib: device has no key \"memory_gib\"; use memory_bytes, in bytes"),
    BrokenProfile(
      "\"bandwidth_gb_per_s\"", "\"bandwidth_mb\"",
      "device.links.h2d.bandwidth_mb: a link has no key \"bandwidth_mb\"; "
        + "use bandwidth_gb_per_s, in 10⁹ bytes per second"),
    BrokenProfile(
      "\"kind\"", "\"Kind\"", "tensors[0].Kind: a tensor has no key \"Kind\"; use kind"),
    BrokenProfile(
      "\"alias_of\"", "\"aliasof\"",
      "tensors[3].aliasof: a tensor has no key \"aliasof\"; use alias_of"),
    BrokenProfile(
      "\"problem\"", "\"\\u0007\"",
      "[\"\\u{7}\"]: a profile has no key \"\\u{7}\"; use one of schema, name, source, problem, "
        + "device, tensors, operators, codecs, cluster, moe, two_stage, gradients, "
        + "or a name that starts with x_"
    ),
    // Types.
    BrokenProfile(
      "\"bytes\": 256", "\"bytes\": 1.5",
      "tensors[0].bytes: 1.5 is not a whole number of bytes; round it up"),
    BrokenProfile(
      "\"bytes\": 256", "\"bytes\": \"256\"",
      "tensors[0].bytes: \"256\" is not a whole number of bytes; "
        + "write the number without quotation marks"),
    BrokenProfile(
      "\"bytes\": 256", "\"bytes\": null",
      "tensors[0].bytes: null is not a whole number of bytes; leave the key out if it is unknown"),
    BrokenProfile(
      "\"bytes\": 256, ", "",
      "tensors[0].bytes: the key is missing; add a whole number of bytes"),
    BrokenProfile(
      "\"bytes\": 256", "\"bytes\": 1e30",
      "tensors[0].bytes: 1e+30 is too large for a whole number of bytes; check the unit"),
    BrokenProfile(
      "\"bytes\": 256", "\"bytes\": 1e999",
      "tensors[0].bytes: a number beyond 1.8e308 is too large for a whole number of bytes; "
        + "check the unit"),
    BrokenProfile(
      "[8, 8]", "[8, 0.5]", "tensors[0].shape[1]: 0.5 is not a whole number; round it"),
    BrokenProfile(
      "[8, 8]", "64", "tensors[0].shape: 64 is not an array; write an array"),
    BrokenProfile(
      "\"input\"", "\"Input\"",
      "tensors[0].kind: \"Input\" is not one of the words known here; use activation, parameter, "
        + "gradient, optimizer_state, input, output, workspace"),
    BrokenProfile(
      "\"forward\"", "3",
      "operators[0].phase: 3 is not one of the words known here; "
        + "use forward, backward, optimizer, communication"),
    BrokenProfile(
      "\"movable\": false", "\"movable\": 0",
      "tensors[2].movable: 0 is not true or false; write true or false"),
    BrokenProfile(
      "[\"in\", \"w\"]", "\"in\"", "operators[0].reads: \"in\" is not an array; write an array"),
    BrokenProfile(
      "[\"in\", \"w\"]", "[\"in\", 7]", "operators[0].reads[1]: 7 is not a name; write a name"),
    BrokenProfile(
      "{\"float32\": 1e12}", "1e12",
      "device.peak_flops: 1000000000000 is not an object; write one number for each element type"),
    BrokenProfile(
      "\"duration_us\": 20", "\"duration_us\": 1e400",
      "operators[1].duration_us: a number beyond 1.8e308 is too large for a number of microseconds; "
        + "check the unit"),
    BrokenProfile(
      "{\"id\": \"w\", \"bytes\": 512, \"kind\": \"parameter\"}", "[]",
      "tensors[1]: an array is not an object; write an object with the keys of a tensor"),
    // Ranges.
    BrokenProfile(
      "\"bytes\": 256", "\"bytes\": -1", "tensors[0].bytes: -1 is negative; write 0 or more bytes"),
    BrokenProfile(
      "\"bytes\": 256", "\"bytes\": 9007199254740993",
      "tensors[0].bytes: 9007199254740993 bytes are more than 8 PiB; check the unit"),
    BrokenProfile(
      "\"duration_us\": 20", "\"duration_us\": -0.5",
      "operators[1].duration_us: -0.5 is negative; write 0 or more"),
    BrokenProfile(
      "\"duration_us\": 20", "\"duration_us\": 1e13",
      "operators[1].duration_us: 10000000000000 is out of range; "
        + "write a number from 0 to 1000000000000"),
    BrokenProfile(
      "\"density\": 0.25", "\"density\": 25",
      "tensors[2].sparsity.history[1].density: 25 is out of range; write a number from 0 to 1"),
    BrokenProfile(
      "\"bandwidth_gb_per_s\": 10", "\"bandwidth_gb_per_s\": 0",
      "device.links.h2d.bandwidth_gb_per_s: 0 is out of range; "
        + "write a number from 1e-06 to 1000000000"),
    BrokenProfile(
      "\"memory_bytes\": 4096", "\"memory_bytes\": 0",
      "device.memory_bytes: 0 bytes are too few; write 1 or more bytes"),
    BrokenProfile(
      "[8, 8]", "[8, -8]", "tensors[0].shape[1]: -8 is negative; write 0 or more"),
    BrokenProfile(
      "\"id\": \"in\"", "\"id\": \"\"",
      "tensors[0].id: the name is empty; write at least one character"),
    BrokenProfile(
      "\"id\": \"in\"", "\"id\": \"in\\n\"",
      "tensors[0].id: \"in\\u{a}\" has a control character; remove it"),
    BrokenProfile(
      "2026-11-21", "21.11.2026",
      "source.date: \"21.11.2026\" is not a date; write it as YYYY-MM-DD"),
    BrokenProfile(
      "2026-11-21", "2026-13-01",
      "source.date: \"2026-13-01\" is not a date; write it as YYYY-MM-DD"),
    BrokenProfile(
      "\"date\": \"2026-11-21\"", "\"sha256\": \"abc\"",
      "source.sha256: \"abc\" is not a SHA-256 digest; write 64 hexadecimal digits"),
    BrokenProfile(
      "[\"made up\"]", "[\"\"]", "source.notes[0]: the note is empty; remove it"),
    // Links.
    BrokenProfile(
      ", \"bandwidth_gb_per_s\": 10", "",
      "device.links.h2d.bandwidth_gb_per_s: the key is missing; "
        + "add a number of 10⁹ bytes per second"),
    BrokenProfile(
      "\"bandwidth_gb_per_s\": 10",
      "\"bandwidth_gb_per_s\": 1, \"by_size\": [{\"bytes\": 1, \"bandwidth_gb_per_s\": 1}]",
      "device.links.h2d.by_size: the link has bandwidth_gb_per_s too; keep one of the two"),
    BrokenProfile(
      "\"bandwidth_gb_per_s\": 10", "\"by_size\": []",
      "device.links.h2d.by_size: the list is empty; add at least one measured size"),
    // Codecs.
    BrokenProfile(
      "\"form\": \"zvc\"", "\"form\": \"zip\"",
      "codecs[0].ratio.form: \"zip\" is not one of the words known here; "
        + "use zvc, csr16, rle, constant, by_density"),
    BrokenProfile(
      "\"element_bytes\": 4", "\"element_bytes\": 3",
      "codecs[0].element_bytes: elements of 3 bytes are unknown; write 1, 2, 4 or 8"),
    BrokenProfile(
      "\"gb_per_s\": 90", "\"gb_per_s\": 0",
      "codecs[0].encode.gb_per_s: 0 is out of range; write a number from 1e-06 to 1000000000"),
    BrokenProfile(
      "[60, 55]", "[60, -55]",
      "codecs[0].decode.gb_per_s[1][1]: -55 is out of range; "
        + "write a number from 1e-06 to 1000000000"),
    BrokenProfile(
      "\"densities\": [0, 1]", "\"densities\": [0, 2]",
      "codecs[0].decode.densities[1]: 2 is out of range; write a number from 0 to 1"),
    BrokenProfile(
      "\"encode\": {\"gb_per_s\": 90}, ", "",
      "codecs[0].encode: the key is missing; add an object"),
    BrokenProfile(
      "\"runs_on\": \"device\"", "\"runs_on\": \"gpu\"",
      "codecs[0].runs_on: \"gpu\" is not one of the words known here; use device, host, link"),
  ]
}
