import Plans
import Profiles
import TestSupport

/// A random small profile with random decisions that fit it.
struct RandomInstance {
  let profile: Profile
  let decisions: SwapDecisions

  /// Draws an instance.
  ///
  /// - Parameters:
  ///   - seed: The same seed gives the same instance.
  ///   - isExact: Whether all times are small whole numbers, so that many things happen at the same
  ///     moment and nothing is rounded; otherwise nearly nothing happens at the same moment.
  ///   - hasNVMe: Whether some of what leaves the device goes on to NVMe.
  init(seed: UInt64, isExact: Bool, hasNVMe: Bool = false) {
    var generator = SeededGenerator(seed: seed)
    let plain = Self.profile(isExact: isExact, using: &generator)
    let decisions = Self.decisions(for: plain, using: &generator)
    guard hasNVMe else {
      (profile, self.decisions) = (plain, decisions)
      return
    }
    var profile = plain
    func link() -> Link {
      let rate = isExact ? 1 : Double.random(in: 0.3...3, using: &generator)
      return Link(
        latencyMicroseconds: Double(Int.random(in: 0...1, using: &generator)), gbPerSecond: rate,
        duplexGBPerSecond: Bool.random(using: &generator) ? rate / 2 : nil)
    }
    profile.device?.hostToNVMe = link()
    profile.device?.nvmeToHost = link()
    self.profile = profile
    self.decisions = Self.onNVMe(decisions, profile: profile, using: &generator)
  }

  /// Whether anything goes to NVMe.
  var usesNVMe: Bool {
    decisions.gaps.contains {
      if case .swap(_, _, .nvme) = $0.action { true } else { false }
    }
  }

  /// Sends some swapped tensors on to NVMe.
  private static func onNVMe(
    _ decisions: SwapDecisions, profile: Profile, using generator: inout SeededGenerator
  ) -> SwapDecisions {
    let storages = Storages(of: profile)
    var changed = decisions
    for (index, decision) in decisions.gaps.enumerated() {
      guard case .swap(let prefetchAt, let offloadAt, _) = decision.action,
        let storage = storages.indexByTensor[decision.tensor],
        let after = storages.operatorIndex[decision.after],
        let before = storages.operatorIndex[decision.before],
        let prefetch = storages.operatorIndex[prefetchAt],
        Int.random(in: 0..<3, using: &generator) > 0
      else { continue }
      let gap = IdleGap(storage: storage, after: after, before: before)
      let offload = offloadAt.flatMap { storages.operatorIndex[$0] } ?? after
      let reads = profile.operators.indices.filter { gap.isRead($0, from: offload, to: prefetch) }
      let read = reads.randomElement(using: &generator).map { profile.operators[$0].id }
      changed.gaps[index].action = .swap(
        prefetchAt: prefetchAt, offloadAt: offloadAt,
        tier: .nvme(readAt: Int.random(in: 0..<3, using: &generator) > 0 ? read : nil))
    }
    return changed
  }

  private static func profile(
    isExact: Bool, using generator: inout SeededGenerator
  ) -> Profile {
    func time() -> Double {
      isExact
        ? Double(Int.random(in: 0...8, using: &generator))
        : Double.random(in: 0.1...9, using: &generator)
    }
    func link() -> Link {
      let rate = isExact ? 1 : Double.random(in: 0.5...3, using: &generator)
      let duplex = isExact ? 0.5 : rate * Double.random(in: 0.4...1.1, using: &generator)
      return Link(
        latencyMicroseconds: isExact ? Double(Int.random(in: 0...1, using: &generator)) : time(),
        gbPerSecond: rate, duplexGBPerSecond: Bool.random(using: &generator) ? duplex : nil)
    }
    let count = Int.random(in: 4...14, using: &generator)
    var tensors: [Tensor] = []
    for index in 0..<Int.random(in: 3...10, using: &generator) {
      tensors.append(
        Tensor(
          id: "t\(index)", bytes: Int.random(in: 0...9, using: &generator) * kilobyte,
          kind: Int.random(in: 0..<5, using: &generator) == 0 ? .parameter : .activation,
          isMovable: Int.random(in: 0..<8, using: &generator) > 0))
    }
    for index in 0..<2 where index < tensors.count {
      let target = tensors[Int.random(in: 0..<tensors.count, using: &generator)]
      guard target.aliasOf == nil else { continue }
      var alias = tensor("v\(index)", 5, .activation, aliasOf: target.id)
      alias.isPersistent = target.isPersistent
      tensors.append(alias)
    }
    var operators: [Operator] = []
    for index in 0..<count {
      var reads: [String] = []
      var writes: [String] = []
      for tensor in tensors where Int.random(in: 0..<4, using: &generator) == 0 {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0...2: reads.append(tensor.id)
        case 3: writes.append(tensor.id)
        default:
          reads.append(tensor.id)
          writes.append(tensor.id)
        }
      }
      operators.append(
        operation(
          "o\(index)", time(), reads: reads, writes: writes,
          workspace: Int.random(in: 0...3, using: &generator),
          recomputable: Int.random(in: 0..<4, using: &generator) > 0))
    }
    let device = Device(
      name: "random", memoryBytes: 1_000_000, hostToDevice: link(), deviceToHost: link())
    return Profile(name: "random", device: device, tensors: tensors, operators: operators)
  }

  private static func decisions(
    for profile: Profile, using generator: inout SeededGenerator
  ) -> SwapDecisions {
    let storages = Storages(of: profile)
    var gaps: [GapDecision] = []
    for gap in storages.gaps {
      let storage = storages.all[gap.storage]
      var action = GapDecision.Action.keep
      switch Int.random(in: 0..<3, using: &generator) {
      case 0 where storage.tensor.isMovable:
        let steps = Array(gap.ranges(operators: profile.operators.count).joined())
        let step = steps.randomElement(using: &generator) ?? 0
        var offload: String?
        if Int.random(in: 0..<3, using: &generator) == 0 {
          let offloads = profile.operators.indices.filter { gap.isOffload($0, before: step) }
          offload = offloads.randomElement(using: &generator).map { profile.operators[$0].id }
        }
        action = .swap(prefetchAt: profile.operators[step].id, offloadAt: offload)
      case 1:
        let chain = Self.chain(for: gap, profile: profile, storages: storages, using: &generator)
        if let chain {
          var moment: String?
          if Int.random(in: 0..<2, using: &generator) == 0 {
            moment =
              profile.operators[(gap.after + 1...gap.before).randomElement(using: &generator) ?? 0]
              .id
          }
          action = .recompute(operators: chain.map { profile.operators[$0].id }, at: moment)
        }
      default: break
      }
      gaps.append(
        GapDecision(
          tensor: storage.tensor.id, after: profile.operators[gap.after].id,
          before: profile.operators[gap.before].id, action: action))
    }
    gaps.shuffle(using: &generator)
    return SwapDecisions(gaps: gaps)
  }

  /// Draws a chain that makes what a gap holds, or nil if the first try doesn't.
  private static func chain(
    for gap: IdleGap, profile: Profile, storages: Storages,
    using generator: inout SeededGenerator
  ) -> [Int]? {
    guard !gap.wraps, let last = storages.lastWriter(of: gap.storage, before: gap.after + 1) else {
      return nil
    }
    var chain = [last]
    for _ in 0..<Int.random(in: 0...3, using: &generator) {
      guard
        let read = storages.reads[chain[0]].randomElement(using: &generator),
        let writer = storages.lastWriter(of: read, before: chain[0])
      else { break }
      chain.insert(writer, at: 0)
    }
    guard chain.allSatisfy({ profile.operators[$0].isRecomputable }) else { return nil }
    guard !chain.dropLast().contains(where: { storages.writes[$0].contains(gap.storage) }) else {
      return nil
    }
    for (position, step) in chain.enumerated() {
      for storage in storages.reads[step] {
        let maker = chain.prefix(position).last { storages.writes[$0].contains(storage) }
        let content = maker ?? storages.lastWriter(of: storage, before: gap.before)
        if content != storages.lastWriter(of: storage, before: step) { return nil }
      }
    }
    return chain
  }
}
