import Plans
import Profiles
import Simulation

/// How a program that runs PyTorch finds an operator again: by its overload and how often that has run before.
struct OperatorKey: Hashable {
  let overload: String
  /// From 0.
  let occurrence: Int

  var json: JSON { .array([.string(overload), .integer(occurrence)]) }

  /// The keys of a profile's operators, by position.
  ///
  /// - Throws: `Failure` for a profile whose operators aren't named as the module of `planner collect hook` does.
  static func keys(of profile: Profile) throws(SwapExport.Failure) -> [OperatorKey] {
    var seen: [String: Int] = [:]
    var keys: [OperatorKey] = []
    for (step, operation) in profile.operators.enumerated() {
      let parts = operation.id.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0] == "\(step)", parts[1].contains(".") else {
        throw SwapExport.Failure(
          description:
            "operators[\(step)].id: \(JSON.quoted(operation.id)) is no operator of PyTorch's dispatcher, such as "
            + "\"\(step).mm.default\", so a program can't find it; record the profile with the module of `planner collect "
            + "hook` and plan again")
      }
      let overload = String(parts[1])
      keys.append(OperatorKey(overload: overload, occurrence: seen[overload, default: 0]))
      seen[overload, default: 0] += 1
    }
    return keys
  }
}

/// What a plan asks of a program that runs PyTorch: which operators' results it saves, runs again and copies to the
/// host, and what of the plan that leaves out.
struct SavedResults {
  /// A result that is copied to the host while it isn't needed.
  struct Swap {
    let storage: Int
    /// The operator that makes it, as a position.
    let producer: Int
    /// Which of the new results of the operator it is.
    let output: Int
    /// The operator that queues the copy back.
    let prefetch: Int
  }

  let keys: [OperatorKey]
  private(set) var swaps: [Swap] = []
  /// Operators that run again, ascending.
  private(set) var again: [Int] = []
  /// Operators of the forward pass with results that the backward pass needs and that stay, ascending.
  private(set) var saved: [Int] = []
  /// At how many operators chains run.
  private(set) var momentsAgain = 0
  /// What is left out, in sentences.
  private(set) var losses: [String] = []

  init(_ report: SwapReport) throws(SwapExport.Failure) {
    keys = try OperatorKey.keys(of: report.profile)
    let operators = report.profile.operators
    let storages = report.storages
    var refused: [(reason: String, tensor: String)] = []
    var recomputed: Set<Int> = []
    var dropped: Set<Int> = []
    var moments: Set<String> = []
    for decision in report.decisions {
      guard let storage = storages.indexByTensor[decision.tensor].map({ storages.all[$0] }) else {
        continue
      }
      switch decision.action {
      case .keep: continue
      case .recompute(let chain, let at):
        recomputed.formUnion(chain.compactMap { storages.operatorIndex[$0] })
        dropped.insert(storage.index)
        moments.insert(at ?? decision.before)
      case .swap(let prefetchAt, let offloadAt, let tier):
        if tier.isNVMe { refused.append(("stay on the host instead of NVMe", decision.tensor)) }
        if tier.codec != nil { refused.append(("are copied without their codec", decision.tensor)) }
        if offloadAt != nil {
          refused.append(("leave when they are saved, not later", decision.tensor))
        }
        guard let producer = storage.producer, let before = storages.operatorIndex[decision.before],
          let prefetch = storages.operatorIndex[prefetchAt],
          operators[producer].phase == .forward, operators[before].phase == .backward,
          let output = operators[producer].writes.filter({
            storages.indexByTensor[$0].map { storages.all[$0].producer } == producer
          }).firstIndex(of: storage.tensor.id)
        else {
          let reason = "stay on the device: they aren't results that wait for the backward pass"
          refused.append((reason, decision.tensor))
          continue
        }
        swaps.append(
          Swap(storage: storage.index, producer: producer, output: output, prefetch: prefetch))
      }
    }
    again = recomputed.sorted()
    let kept = storages.all.filter { storage in
      guard let producer = storage.producer, operators[producer].phase == .forward else {
        return false
      }
      return !dropped.contains(storage.index)
        && storage.accesses.contains { operators[$0].phase == .backward }
    }
    saved = Set(kept.compactMap(\.producer)).subtracting(recomputed).sorted()
    for reason in refused.map(\.reason).uniqued() {
      losses.append(Self.sentence(reason, refused.filter { $0.reason == reason }.map(\.tensor)))
    }
    momentsAgain = moments.count
  }

  /// A sentence about some tensors.
  static func sentence(_ reason: String, _ tensors: [String]) -> String {
    "\(tensors.count) swapped tensors, the first '\(tensors.first ?? "")', \(reason)"
  }
}

extension [String] {
  /// Each text once, in the order in which it comes first.
  fileprivate func uniqued() -> [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
