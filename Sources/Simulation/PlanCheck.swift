import Plans
import Profiles

/// A decision with names turned into positions.
struct DecidedGap {
  /// What happens, in positions of operators.
  enum Action {
    case keep
    /// `readAt` queues the read from NVMe; nil for a tensor that stays on the host.
    case swap(prefetchAt: Int, offloadAt: Int, readAt: Int?, coded: CodedSwap?)
    case recompute(chain: [Int], at: Int)
  }

  let name: GapName
  let gap: IdleGap
  let action: Action
}

/// Compares decisions with a profile before anything runs.
struct PlanCheck {
  /// The decisions in the plan's order; those with a fault are left out.
  private(set) var decided: [DecidedGap] = []
  /// What does not fit, in the plan's order; undecided gaps come last.
  private(set) var faults: [PlanFault] = []

  /// Checks every decision, and that every idle gap has one.
  init(_ decisions: SwapDecisions, profile: Profile, storages: Storages) {
    var offsets: [Int] = []
    var count = 0
    for storage in storages.all {
      offsets.append(count)
      count += storage.accesses.count
    }
    var isDecided = [Bool](repeating: false, count: count)
    decided.reserveCapacity(decisions.gaps.count)
    for decision in decisions.gaps {
      let name = GapName(tensor: decision.tensor, after: decision.after, before: decision.before)
      do throws(PlanFault) {
        let (gap, access) = try Self.locate(name, storages: storages)
        if isDecided[offsets[gap.storage] + access] { throw PlanFault.decidedTwice(name) }
        isDecided[offsets[gap.storage] + access] = true
        let action = try Self.resolve(
          decision.action, quantile: decisions.densityQuantile, name: name, gap: gap,
          profile: profile, storages: storages)
        decided.append(DecidedGap(name: name, gap: gap, action: action))
      } catch {
        faults.append(error)
      }
    }
    for gap in storages.gaps {
      let storage = storages.all[gap.storage]
      guard let access = Self.position(of: gap.after, in: storage.accesses) else { continue }
      if isDecided[offsets[gap.storage] + access] { continue }
      let (after, before) = (profile.operators[gap.after].id, profile.operators[gap.before].id)
      let name = GapName(tensor: storage.tensor.id, after: after, before: before)
      faults.append(.undecided(name))
    }
  }

  /// Finds the idle gap that a name means, and the position of its first end among the accesses.
  private static func locate(
    _ name: GapName, storages: Storages
  ) throws(PlanFault) -> (gap: IdleGap, access: Int) {
    guard let index = storages.indexByTensor[name.tensor] else { throw .unknownTensor(name) }
    let storage = storages.all[index]
    guard storage.tensor.id == name.tensor else { throw .alias(name, owner: storage.tensor.id) }
    guard let after = storages.operatorIndex[name.after] else {
      throw .unknownOperator(name, operator: name.after)
    }
    guard let before = storages.operatorIndex[name.before] else {
      throw .unknownOperator(name, operator: name.before)
    }
    guard
      let access = position(of: after, in: storage.accesses),
      let gap = access + 1 < storage.accesses.count
        ? IdleGap(storage: index, after: after, before: storage.accesses[access + 1])
        : storage.boundaryGap,
      gap.before == before, gap.wraps || before - after >= 2
    else { throw .notAnIdleGap(name) }
    return (gap, access)
  }

  /// Returns where a value stands in an ascending list.
  private static func position(of value: Int, in ascending: [Int]) -> Int? {
    var (low, high) = (0, ascending.count)
    while low < high {
      let middle = (low + high) / 2
      if ascending[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < ascending.count && ascending[low] == value ? low : nil
  }

  /// Turns an action's names into positions and checks its rules.
  private static func resolve(
    _ action: GapDecision.Action, quantile: Double?, name: GapName, gap: IdleGap,
    profile: Profile, storages: Storages
  ) throws(PlanFault) -> DecidedGap.Action {
    switch action {
    case .keep:
      return .keep
    case .swap(let prefetchAt, let offloadAt, let tier):
      guard storages.all[gap.storage].tensor.isMovable else { throw .immovable(name) }
      if profile.device?.deviceToHost == nil { throw .missingLink(name, .toHost) }
      if profile.device?.hostToDevice == nil { throw .missingLink(name, .toDevice) }
      guard let step = storages.operatorIndex[prefetchAt] else {
        throw .unknownOperator(name, operator: prefetchAt)
      }
      guard gap.contains(step) else {
        throw .prefetchOutsideGap(name, prefetchAt: prefetchAt)
      }
      var offload = gap.after
      if let offloadAt {
        guard let named = storages.operatorIndex[offloadAt] else {
          throw .unknownOperator(name, operator: offloadAt)
        }
        guard gap.isOffload(named, before: step) else {
          throw .offloadTooLate(name, offloadAt: offloadAt)
        }
        offload = named
      }
      if case .compressed(let id) = tier {
        let coded = try Self.coded(
          id, quantile: quantile, name: name, gap: gap, profile: profile, storages: storages)
        return .swap(prefetchAt: step, offloadAt: offload, readAt: nil, coded: coded)
      }
      guard case .nvme(let readAt) = tier else {
        return .swap(prefetchAt: step, offloadAt: offload, readAt: nil, coded: nil)
      }
      let read = try Self.read(
        readAt, name: name, gap: gap, offload: offload, prefetch: step, profile: profile,
        storages: storages)
      return .swap(prefetchAt: step, offloadAt: offload, readAt: read, coded: nil)
    case .recompute(let operators, let at):
      if gap.wraps { throw .recomputedOverBoundary(name) }
      var moment = gap.before
      if let at {
        guard let step = storages.operatorIndex[at] else {
          throw .unknownOperator(name, operator: at)
        }
        guard step == gap.before || gap.contains(step) else {
          throw .recomputedOutsideGap(name, at: at)
        }
        moment = step
      }
      var chain: [Int] = []
      for id in operators {
        guard let step = storages.operatorIndex[id] else {
          throw .unknownOperator(name, operator: id)
        }
        guard profile.operators[step].isRecomputable else {
          throw .notRecomputable(name, operator: id)
        }
        chain.append(step)
      }
      try check(
        chain, before: moment, name: name, gap: gap, profile: profile, storages: storages)
      return .recompute(chain: chain, at: moment)
    }
  }

  /// Returns what a codec takes for a gap's tensor.
  private static func coded(
    _ id: String, quantile: Double?, name: GapName, gap: IdleGap, profile: Profile,
    storages: Storages
  ) throws(PlanFault) -> CodedSwap {
    let tensor = storages.all[gap.storage].tensor
    guard let codec = profile.codecs.first(where: { $0.id == id }), codec.place == .device else {
      throw .unknownCodec(name, codec: id)
    }
    guard codec.isFor(bytes: tensor.bytes, elementBytes: tensor.elementBytes) else {
      throw .unsuitedCodec(name, codec: id)
    }
    if gap.wraps { throw .encodedOverBoundary(name, codec: id) }
    return CodedSwap(tensor, codec: codec, quantile: quantile)
  }

  /// Returns the operator whose start queues the read from NVMe.
  private static func read(
    _ readAt: String?, name: GapName, gap: IdleGap, offload: Int, prefetch: Int, profile: Profile,
    storages: Storages
  ) throws(PlanFault) -> Int {
    guard profile.device?.hostToNVMe != nil else { throw .missingLink(name, .toNVMe) }
    guard let link = profile.device?.nvmeToHost else { throw .missingLink(name, .fromNVMe) }
    guard let readAt else {
      return gap.defaultRead(
        from: offload, to: prefetch,
        lasting: link.copyMicroseconds(bytes: storages.all[gap.storage].bytes),
        durations: profile.operators.map(\.durationMicroseconds))
    }
    guard let step = storages.operatorIndex[readAt] else {
      throw .unknownOperator(name, operator: readAt)
    }
    guard gap.isRead(step, from: offload, to: prefetch) else {
      throw .readOutsideStay(name, readAt: readAt)
    }
    return step
  }

  /// Checks that a chain makes what the gap's storage held, from what its operators read at first.
  private static func check(
    _ chain: [Int], before moment: Int, name: GapName, gap: IdleGap, profile: Profile,
    storages: Storages
  ) throws(PlanFault) {
    guard let last = chain.last else { throw .emptyChain(name) }
    let writer = storages.lastWriter(of: gap.storage, before: gap.after + 1)
    guard writer == last else {
      throw .wrongLastOperator(
        name, operator: profile.operators[last].id, writer: writer.map { profile.operators[$0].id })
    }
    var maker: [Int: Int] = [:]  // the operator that made the chain's own buffer of a storage
    for (position, step) in chain.enumerated() {
      for storage in storages.reads[step] {
        let content = maker[storage] ?? storages.lastWriter(of: storage, before: moment)
        guard content == storages.lastWriter(of: storage, before: step) else {
          throw .staleRead(
            name, operator: profile.operators[step].id, tensor: storages.all[storage].tensor.id)
        }
      }
      for storage in storages.writes[step] {
        if storage == gap.storage && position < chain.count - 1 {
          throw .writesTooEarly(name, operator: profile.operators[step].id)
        }
        maker[storage] = step
      }
    }
  }
}
