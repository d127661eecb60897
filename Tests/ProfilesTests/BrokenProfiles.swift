import Profiles
import Testing

/// One change to a good profile, and the first fault that it causes.
struct BrokenProfile: Sendable, CustomTestStringConvertible {
  /// Whether a JSON Schema could tell the fault, too.
  enum Reach { case schema, text, meaning }

  let replaced: String
  let replacement: String
  let fault: String
  let reach: Reach

  init(_ replaced: String, _ replacement: String, reach: Reach = .schema, _ fault: String) {
    self.replaced = replaced
    self.replacement = replacement
    self.fault = fault
    self.reach = reach
  }

  var testDescription: String { "\(replacement.prefix(60)) → \(fault.prefix(80))" }

  /// The broken text.
  var text: String {
    BrokenProfile.good.replacing(replaced, with: replacement, maxReplacements: 1)
  }

  /// A profile without faults that uses most keys.
  static let good = """
    {"schema": "planner.profile/1", "name": "tiny", "problem": "swap", "x_note": [null],
    "source": {"collector": "hand", "date": "2026-11-21", "notes": ["made up"]},
    "device": {"name": "toy", "memory_bytes": 4096, "reserved_bytes": 96, "host_memory_bytes": 8192,
      "links": {"h2d": {"latency_us": 5, "bandwidth_gb_per_s": 10},
        "d2h": {"latency_us": 6, "by_size": [{"bytes": 64, "bandwidth_gb_per_s": 2},
          {"bytes": 128, "bandwidth_gb_per_s": 3}], "duplex_bandwidth_gb_per_s": 2.5}},
      "peak_flops": {"float32": 1e12}, "memory_bandwidth_gb_per_s": 100}, \
    "codecs": [{"id": "zero", "runs_on": "device", "element_bytes": 4, "ratio": {"form": "zvc"}, \
    "worst_ratio": 1.03125, "encode": {"gb_per_s": 90}, "decode": {"launch_us": 1, \
    "bytes": [1024, 2048], "densities": [0, 1], "gb_per_s": [[80, 70], [60, 55]]}}],
    "tensors": [
      {"id": "in", "bytes": 256, "kind": "input", "shape": [8, 8], "dtype": "float32"},
      {"id": "w", "bytes": 512, "kind": "parameter"},
      {"id": "act", "bytes": 256, "kind": "activation", "movable": false, "sparsity": {"history":
        [{"epoch": 0, "density": 0.5, "cycle": 4}, {"epoch": 2, "density": 0.25}]}},
      {"id": "view", "bytes": 128, "kind": "activation", "alias_of": "act"},
      {"id": "grad", "bytes": 512, "kind": "gradient"}],
    "operators": [
      {"id": "f", "phase": "forward", "duration_us": 10.5, "reads": ["in", "w"], "writes": ["act"],
        "workspace_bytes": 64, "flops": 1e6, "recomputable": true},
      {"id": "b", "phase": "backward", "duration_us": 20, "reads": ["view", "w"],
        "writes": ["grad"], "bytes_accessed": 2048}]}
    """
}
