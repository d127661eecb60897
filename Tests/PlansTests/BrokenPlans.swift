import Testing

/// One change to a good plan, and the first fault that it causes.
struct BrokenPlan: Sendable, CustomTestStringConvertible {
  let replaced: String
  let replacement: String
  let fault: String

  init(_ replaced: String, _ replacement: String, _ fault: String) {
    self.replaced = replaced
    self.replacement = replacement
    self.fault = fault
  }

  var testDescription: String { "\(replacement.prefix(60)) → \(fault.prefix(80))" }

  /// The broken text.
  var text: String {
    BrokenPlan.good.replacing(replaced, with: replacement, maxReplacements: 1)
  }

  /// A plan without faults that uses every key.
  static let good = """
    {"schema": "planner.plan/1", "version": "planner 0.1", "problem": "swap", "x_by": "hand",
    "profile": {"name": "chain",
      "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    "budget": {"device_bytes": 320, "host_bytes": 640},
    "decisions": {"gaps": [
      {"tensor": "a2", "after": "f3", "before": "b2", "action": "swap", "prefetch_at": "b3"},
      {"tensor": "x", "after": "f1", "before": "b1", "action": "keep"},
      {"tensor": "a1", "after": "f2", "before": "b1", "action": "recompute", "operators": ["f1"]}]},
    "prediction": {"iteration_us": 70, "compute_us": 60, "stall_us": 0, "recompute_us": 10,
      "codec_us": 0, "peak_device_bytes": 320, "peak_host_bytes": 64},
    "lower_bound": {"iteration_us": 60, "method": "relaxation"},
    "gap": {"of_iteration": 0.125, "of_added_time": 1},
    "search": [{"strategy": "greedy", "value_us": 70, "bound_us": 60, "nodes": 3,
      "engine": "planner", "termination": "done"}],
    "reasons": [{"tensor": "a1", "after": "f2", "before": "b1", "freed_bytes": 64, "cost_us": 10,
      "needed_at": "b3", "text": "Frees 64 bytes."}],
    "repeatable": false}
    """

  /// Faults that a JSON Schema tells too.
  static let structural = [
    BrokenPlan(
      "planner.plan/1", "planner.plan/0",
      "schema: \"planner.plan/0\" is a version that this planner doesn't read; "
        + "write version \"planner.plan/1\""),
    BrokenPlan(
      "planner.plan/1", "planner.profile/1",
      "schema: \"planner.profile/1\" is another format; give a file with \"planner.plan/1\""),
    BrokenPlan(
      "\"swap\"", "\"chess\"",
      "problem: \"chess\" is not one of the words known here; use swap"),
    BrokenPlan(
      "\"prefetch_at\": \"b3\"", "\"prefetch_at\": \"b3\", \"tier\": \"tape\"",
      "decisions.gaps[0].tier: \"tape\" is not one of the words known here; use host, nvme"),
    BrokenPlan(
      "\"prefetch_at\": \"b3\"", "\"prefetch_at\": \"b3\", \"read_at\": \"b3\"",
      "decisions.gaps[0].read_at: a tensor on the host is not read from NVMe; "
        + "remove it, or make the tier nvme"),
    BrokenPlan(
      "\"prefetch_at\": \"b3\"",
      "\"prefetch_at\": \"b3\", \"tier\": \"nvme\", \"codec\": \"zvc\"",
      "decisions.gaps[0].tier: what a codec has encoded stays on the host; "
        + "remove it, or remove the codec"),
    BrokenPlan(
      "\"action\": \"keep\"", "\"action\": \"keep\", \"codec\": \"zvc\"",
      "decisions.gaps[1].codec: the action keep has no codec; remove it, or make the action swap"),
    BrokenPlan(
      "\"action\": \"keep\"", "\"action\": \"keep\", \"tier\": \"nvme\"",
      "decisions.gaps[1].tier: the action keep has no tier; remove it, or make the action swap"),
    BrokenPlan(
      "\"host_bytes\": 640", "\"host_bytes\": 640, \"nvme_bytes\": -1",
      "budget.nvme_bytes: -1 is negative; write 0 or more bytes"),
    BrokenPlan(
      "\"version\": \"planner 0.1\", ", "", "version: the key is missing; add a text"),
    BrokenPlan(
      "\"x_by\"", "\"seconds\"",
      "seconds: a plan has no key \"seconds\"; use one of schema, version, problem, profile, "
        + "budget, decisions, prediction, lower_bound, gap, search, reasons, repeatable, "
        + "or a name that starts with x_"),
    BrokenPlan(
      "\"device_bytes\": 320", "\"device_gib\": 320",
      "budget.device_gib: budget has no key \"device_gib\"; use device_bytes, in bytes"),
    BrokenPlan(
      "\"device_bytes\": 320", "\"device_bytes\": 0.5",
      "budget.device_bytes: 0.5 is not a whole number of bytes; round it up"),
    BrokenPlan(
      "\"host_bytes\": 640", "\"host_bytes\": -640",
      "budget.host_bytes: -640 is negative; write 0 or more bytes"),
    BrokenPlan(
      "\"name\": \"chain\",", "", "profile.name: the key is missing; add a name"),
    BrokenPlan(
      "e3b0c442", "e3b0c44g",
      "profile.sha256: \"e3b0c44g98fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852…\" "
        + "is not a SHA-256 digest; write 64 hexadecimal digits"),
    BrokenPlan(
      "{\"gaps\": [", "{\"x_gaps\": [", "decisions.gaps: the key is missing; add an array"),
    BrokenPlan(
      "\"tensor\": \"a2\", ", "", "decisions.gaps[0].tensor: the key is missing; add a name"),
    BrokenPlan(
      "\"before\": \"b2\"", "\"before\": \"\"",
      "decisions.gaps[0].before: the name is empty; write at least one character"),
    BrokenPlan(
      "\"keep\"", "\"evict\"",
      "decisions.gaps[1].action: \"evict\" is not one of the words known here; "
        + "use keep, swap, recompute"),
    BrokenPlan(
      ", \"prefetch_at\": \"b3\"", "",
      "decisions.gaps[0].prefetch_at: the key is missing; add a name"),
    BrokenPlan(
      "\"prefetch_at\"", "\"prefetch_us\"",
      "decisions.gaps[0].prefetch_us: a decision has no key \"prefetch_us\"; use prefetch_at"),
    BrokenPlan(
      "\"keep\"", "\"keep\", \"prefetch_at\": \"b3\"",
      "decisions.gaps[1].prefetch_at: the action keep has no prefetch_at; "
        + "remove it, or make the action swap"),
    BrokenPlan(
      "\"prefetch_at\": \"b3\"", "\"prefetch_at\": \"b3\", \"operators\": [\"f2\"]",
      "decisions.gaps[0].operators: the action swap has no operators; "
        + "remove it, or make the action recompute"),
    BrokenPlan(
      "[\"f1\"]", "[]",
      "decisions.gaps[2].operators: the list is empty; add the operators that make the tensor again"
    ),
    BrokenPlan(
      "[\"f1\"]", "\"f1\"",
      "decisions.gaps[2].operators: \"f1\" is not an array; write an array"),
    BrokenPlan(
      "\"stall_us\": 0, ", "",
      "prediction.stall_us: the key is missing; add a number of microseconds"),
    BrokenPlan(
      "\"iteration_us\": 70", "\"iteration_us\": 1e400",
      "prediction.iteration_us: a number beyond 1.8e308 is too large for a number of microseconds; "
        + "check the unit"),
    BrokenPlan(
      "\"peak_host_bytes\": 64", "\"peak_host_bytes\": \"64\"",
      "prediction.peak_host_bytes: \"64\" is not a whole number of bytes; "
        + "write the number without quotation marks"),
    BrokenPlan(
      "\"method\": \"relaxation\"", "\"method\": null",
      "lower_bound.method: null is not a text; leave the key out if it is unknown"),
    BrokenPlan(
      "0.125", "1.125", "gap.of_iteration: 1.125 is out of range; write a number from 0 to 1"),
    BrokenPlan(
      "\"nodes\": 3", "\"nodes\": 3.5", "search[0].nodes: 3.5 is not a whole number; round it"),
    BrokenPlan(
      "\"nodes\": 3", "\"nodes\": 3, \"seconds\": 1",
      "search[0].seconds: a strategy has no key \"seconds\"; use one of strategy, value_us, "
        + "bound_us, nodes, engine, termination, or a name that starts with x_"),
    BrokenPlan(
      "\"freed_bytes\": 64", "\"freed_mb\": 64",
      "reasons[0].freed_mb: a reason has no key \"freed_mb\"; use freed_bytes, in bytes"),
    BrokenPlan(
      "\"Frees 64 bytes.\"", "\"\"", "reasons[0].text: the text is empty; write a sentence"),
    BrokenPlan(
      "\"repeatable\": false", "\"repeatable\": \"no\"",
      "repeatable: \"no\" is not true or false; write true or false"),
  ]

  /// Faults that only the reader tells.
  static let others = [
    BrokenPlan(
      "\"swap\"", "\"sharding\"",
      "problem: this is a sharding plan; use `planner shard FILE --check PLAN`"),
    BrokenPlan(
      "\"keep\"", "\"keep\", \"action\": \"keep\"",
      "decisions.gaps[1].action: the key stands twice in one object; keep one of the two"),
    BrokenPlan(
      "\"keep\"}", "\"keep\"",
      "line 8, column 3: \"{\" stands where a key in quotation marks should stand; correct the text"
    ),
  ]
}
