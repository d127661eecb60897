import Optimization
import Profiles

/// Published ways to keep a few activations and to run the stretches between them again.
///
/// A tensor that is dropped is made again right before the stretch's part of the backward pass, from what is
/// there by then, so each operator of the stretch runs once more for all its tensors.
struct Checkpoints {
  let instance: SwapInstance
  private let stretches: Stretches

  init(instance: SwapInstance) {
    self.instance = instance
    stretches = Stretches(storages: instance.storages, phases: instance.phases)
  }

  // MARK: √n

  /// Keeps what crosses the borders of about √n stretches of the forward pass.
  func squareRoot() -> [Int: RecomputeChain]? {
    let length = max(1, Int(Double(stretches.forward.count).squareRoot().rounded()))
    let cuts = stretches.cuts(length: length)
    let kept = Set(cuts.flatMap { stretches.storages(crossing: $0) })
    let moments = moments(of: stretches.stretch(of: cuts, operators: instance.operatorCount))
    var plan: [Int: Int] = [:]
    for (gap, moment) in moments where !kept.contains(instance.gaps[gap].storage) {
      plan[gap] = moment
    }
    return chains(of: plan)
  }

  /// The first operator of the backward pass that needs a stretch, for each of its gaps.
  private func moments(of stretch: [Int?]) -> [Int: Int] {
    var first: [Int: Int] = [:]
    var owner: [Int: Int] = [:]
    for index in instance.gaps.indices where isCandidate(index) {
      guard let producer = producer(of: index), let own = stretch[producer] else { continue }
      owner[index] = own
      first[own] = min(first[own] ?? .max, instance.gaps[index].before)
    }
    return owner.mapValues { first[$0] ?? 0 }
  }

  // MARK: rotor

  /// The most stages of a chain: the table takes time with the cube of it.
  private static let mostStages = 80
  private static let slots = 200

  /// The forward pass as a chain of stages, and the best schedules in memory up to that of all they save.
  struct Stages {
    let table: CheckpointTable
    /// The gaps of what each stage makes.
    let gaps: [[Int]]
    /// The cut before each stage but the first.
    let cuts: [Int]
  }

  /// Cuts the forward pass into stages; nil if nothing is saved.
  func stages() -> Stages? {
    let count = stretches.forward.count
    let cuts = stretches.cuts(length: max(1, (count + Self.mostStages - 1) / Self.mostStages))
    let stretch = stretches.stretch(of: cuts, operators: instance.operatorCount)
    var gaps = [[Int]](repeating: [], count: cuts.count + 1)
    var forward = [Double](repeating: 0, count: cuts.count + 1)
    for step in stretches.forward { forward[stretch[step] ?? 0] += instance.durations[step] }
    for index in instance.gaps.indices where isCandidate(index) {
      if let producer = producer(of: index), let own = stretch[producer] { gaps[own].append(index) }
    }
    let saved = gaps.map { $0.reduce(0) { $0 + instance.gaps[$1].bytes } }
    guard saved.contains(where: { $0 > 0 }) else { return nil }
    let inputs =
      [0]
      + cuts.map { cut in
        stretches.storages(crossing: cut).reduce(0) { $0 + instance.storages.all[$1].bytes }
      }
    let chain = CheckpointChain(forward: forward, inputs: inputs, saved: saved)
    let table = chain.table(limit: saved.reduce(0, +), slots: Self.slots)
    return Stages(table: table, gaps: gaps, cuts: cuts)
  }

  /// The chains of the best schedule in some slots; nil if there is none.
  func rotor(_ stages: Stages, within slots: Int) -> [Int: RecomputeChain]? {
    guard let schedule = stages.table.schedule(within: slots) else { return nil }
    var plan: [Int: Int] = [:]
    var stored: Set<Int> = []
    func make(_ gap: Int, at moment: Int?) {
      guard stored.insert(gap).inserted else { return }
      if let moment { plan[gap] = min(moment, instance.gaps[gap].before) }
    }
    func walk(_ schedule: CheckpointChain.Schedule, at moment: Int?) {
      switch schedule {
      case .last(let stage): for gap in stages.gaps[stage] { make(gap, at: moment) }
      case .saving(let stage, let rest), .keeping(let stage, part: _, let rest):
        for gap in stages.gaps[stage] { make(gap, at: moment) }
        walk(rest, at: moment)
      case .checkpoint(let stage, let rest, let before):
        let crossing = Set(stretches.storages(crossing: stages.cuts[stage - 1]))
        for gap in stages.gaps[..<stage].joined()
        where crossing.contains(instance.gaps[gap].storage) {
          make(gap, at: moment)
        }
        walk(rest, at: moment)
        let next = stages.gaps[stage - 1].map { instance.gaps[$0].before }.min()
        walk(before, at: next ?? moment)
      }
    }
    walk(schedule, at: nil)
    return chains(of: plan)
  }

  // MARK: Parts

  /// Whether a gap is one between forward and backward pass whose tensor can be made again.
  private func isCandidate(_ gap: Int) -> Bool {
    instance.isSaved(gap) && !instance.gaps[gap].chains.isEmpty
  }

  private func producer(of gap: Int) -> Int? {
    instance.storages.all[instance.gaps[gap].storage].producer
  }

  /// The chains of gaps that are refilled before the given operators, each from what is there by then;
  /// nil if some tensor can't be made.
  private func chains(of plan: [Int: Int]) -> [Int: RecomputeChain]? {
    var chains: [Int: RecomputeChain] = [:]
    for (gap, planned) in plan.sorted(by: { $0.key < $1.key }) {
      let item = instance.gaps[gap]
      let moment = max(planned, item.after + 1)
      let isMissing: (Int) -> Bool = { storage in
        instance.gapsOfStorage[storage].contains { other in
          guard instance.gaps[other].contains(moment), let refilled = plan[other] else {
            return false
          }
          return max(refilled, instance.gaps[other].after + 1) > moment
        }
      }
      let chain = instance.finder.chain(
        for: item.idle, at: moment, longest: .max, avoiding: isMissing)
      guard let chain else { return nil }
      chains[gap] = chain
    }
    return chains
  }

  /// Drops the gaps that are to be dropped and can be made again, each right before it is needed, from what
  /// stays.
  static func dropping(_ instance: SwapInstance, _ isDropped: (Int) -> Bool) -> [Decision] {
    let drops = instance.gaps.indices.map(isDropped)
    return instance.gaps.indices.map { index in
      let gap = instance.gaps[index]
      guard drops[index] else { return .keep }
      let chain = gap.chains.indices.first { position in
        gap.chains[position].at == gap.before
          && instance.anchors[index][position].allSatisfy { !drops[$0] }
      }
      return chain.map { .recompute(chain: $0) } ?? .keep
    }
  }
}

extension SwapInstance {
  /// Whether a gap lies between the forward and the backward pass.
  func isSaved(_ gap: Int) -> Bool {
    phases[gaps[gap].after] == .forward && phases[gaps[gap].before] == .backward
      && !gaps[gap].wraps
  }

  /// The instance with the chains of the strategies that bring their own.
  func withSchedules(of strategies: [SwapStrategy], hostBudget: Int?) -> SwapInstance {
    var instance = self
    if strategies.contains(.checkpoints),
      let chains = Checkpoints(instance: instance).squareRoot()
    {
      instance = instance.offering(chains, of: .checkpoints)
    }
    if strategies.contains(.rotor) {
      instance = instance.withRotor(hostBudget: hostBudget)
    }
    return instance
  }

  /// The instance with rotor's chains for the most memory that the device allows.
  private func withRotor(hostBudget: Int?) -> SwapInstance {
    let checkpoints = Checkpoints(instance: self)
    guard let stages = checkpoints.stages() else { return self }
    let steps = 32
    for step in (1...steps).reversed() {
      let slots = stages.table.slots * step / steps
      guard let chains = checkpoints.rotor(stages, within: slots) else { continue }
      let offered = offering(chains, of: .rotor)
      guard let decisions = offered.schedules[.rotor] else { continue }
      let realisation = Realisation(
        instance: offered, course: Course(offered), hostBudget: hostBudget)
      if realisation.run(decisions) != nil { return offered }
    }
    return self
  }
}
