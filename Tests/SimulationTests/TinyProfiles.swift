import Plans
import Profiles

/// 1 kB: with the links below, what a copy moves in one microsecond.
let kilobyte = 1000

/// A link of 1 GB/s.
func link(latency: Double = 0, duplex: Double? = nil) -> Link {
  Link(latencyMicroseconds: latency, gbPerSecond: 1, duplexGBPerSecond: duplex)
}

/// A device with the same link in both directions.
func device(latency: Double = 0, duplex: Double? = nil) -> Device {
  Device(
    name: "tiny", memoryBytes: 1_000_000, hostToDevice: link(latency: latency, duplex: duplex),
    deviceToHost: link(latency: latency, duplex: duplex))
}

/// A tensor of so many kilobytes.
func tensor(
  _ id: String, _ kilobytes: Int, _ kind: Tensor.Kind = .activation, persistent: Bool? = nil,
  movable: Bool = true, aliasOf: String? = nil
) -> Tensor {
  Tensor(
    id: id, bytes: kilobytes * kilobyte, kind: kind, isPersistent: persistent, isMovable: movable,
    aliasOf: aliasOf)
}

/// An operator of 10 µs unless said otherwise.
func operation(
  _ id: String, _ microseconds: Double = 10, reads: [String] = [], writes: [String] = [],
  workspace kilobytes: Int = 0, recomputable: Bool = false
) -> Operator {
  Operator(
    id: id, phase: .forward, durationMicroseconds: microseconds, reads: reads, writes: writes,
    workspaceBytes: kilobytes * kilobyte, isRecomputable: recomputable)
}

/// A profile on `device`.
func profile(
  _ tensors: [Tensor], _ operators: [Operator], on device: Device? = device()
) -> Profile {
  Profile(name: "tiny", device: device, tensors: tensors, operators: operators)
}

/// Keeps everything but what `changes` says of the gaps that begin after an operator, in the order
/// of `changes`; the gaps that are kept come last.
func decisions(
  for profile: Profile,
  _ changes: [(tensor: String, after: String, action: GapDecision.Action)] = []
) -> SwapDecisions {
  let storages = Storages(of: profile)
  var kept = storages.gaps.map {
    GapDecision(
      tensor: storages.all[$0.storage].tensor.id, after: profile.operators[$0.after].id,
      before: profile.operators[$0.before].id, action: .keep)
  }
  var changed: [GapDecision] = []
  for change in changes {
    let match = kept.firstIndex { $0.tensor == change.tensor && $0.after == change.after }
    guard let match else { continue }
    var decision = kept.remove(at: match)
    decision.action = change.action
    changed.append(decision)
  }
  return SwapDecisions(gaps: changed + kept)
}

/// The example of the page on the execution model.
let workedExample = profile(
  [
    tensor("x", 10, .input), tensor("a", 20), tensor("b", 20), tensor("c", 10), tensor("d", 10),
    tensor("e", 10), tensor("g", 10), tensor("h", 10),
  ],
  [
    operation("f1", reads: ["x"], writes: ["a"]),
    operation("f2", reads: ["a"], writes: ["b"], recomputable: true),
    operation("f3", reads: ["b"], writes: ["c"]),
    operation("loss", reads: ["c"], writes: ["d"], workspace: 40),
    operation("b3", reads: ["b", "d"], writes: ["e"]),
    operation("b2", reads: ["a", "e"], writes: ["g"]),
    operation("b1", reads: ["x", "g"], writes: ["h"]),
  ],
  on: device(latency: 1))

/// The plan of the example of the page on the execution model.
let workedDecisions = SwapDecisions(gaps: [
  GapDecision(tensor: "a", after: "f2", before: "b2", action: .swap(prefetchAt: "loss")),
  GapDecision(tensor: "b", after: "f3", before: "b3", action: .recompute(operators: ["f2"])),
  GapDecision(tensor: "x", after: "f1", before: "b1", action: .keep),
])
