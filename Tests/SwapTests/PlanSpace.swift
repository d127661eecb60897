import Plans
import Profiles
import Simulation
import TestSupport

@testable import Swap

/// All plans of a small problem.
///
/// Gaps are in the planner's order. A gap is kept, swapped with each pair of operators that may queue the
/// copies, or recomputed before each operator by each chain that the rules allow in which every operator is of
/// use (in larger profiles, by the chains that the planner considers).
struct PlanSpace {
  /// What may happen in a gap.
  struct Choice {
    let action: GapDecision.Action
    /// Whether the planner considers it.
    let isOffered: Bool
  }

  let problem: SwapProblem
  let simulator: Simulator
  /// The choices by gap; the first one keeps.
  let choices: [[Choice]]
  private let kept: [GapDecision]

  init(_ problem: SwapProblem) throws {
    self.problem = problem
    let simulator = try Simulator(profile: problem.profile)
    self.simulator = simulator
    let instance = problem.instance
    let names = instance.operatorNames
    let kept = instance.gaps.map { gap in
      GapDecision(
        tensor: instance.storages.all[gap.storage].tensor.id, after: names[gap.after],
        before: names[gap.before], action: .keep)
    }
    self.kept = kept
    choices = instance.gaps.indices.map { index in
      let gap = instance.gaps[index]
      var choices = [Choice(action: .keep, isOffered: true)]
      if gap.outTime != nil {
        let idle = IdleGap(storage: gap.storage, after: gap.after, before: gap.before)
        for trigger in (0..<gap.length).map(gap.step(at:)) {
          for offload in names.indices where idle.isOffload(offload, before: trigger) {
            let action = GapDecision.Action.swap(
              prefetchAt: names[trigger], offloadAt: offload == gap.after ? nil : names[offload])
            choices.append(Choice(action: action, isOffered: true))
            for codec in gap.codecs {
              let action = GapDecision.Action.swap(
                prefetchAt: names[trigger], offloadAt: offload == gap.after ? nil : names[offload],
                tier: .compressed(codec: codec.id))
              choices.append(Choice(action: action, isOffered: true))
            }
            guard gap.nvme != nil else { continue }
            for read in names.indices where idle.isRead(read, from: offload, to: trigger) {
              let action = GapDecision.Action.swap(
                prefetchAt: names[trigger], offloadAt: offload == gap.after ? nil : names[offload],
                tier: .nvme(readAt: names[read]))
              choices.append(Choice(action: action, isOffered: true))
            }
          }
        }
      }
      for (chain, moment) in Self.chains(of: gap, in: problem.profile) {
        let action = GapDecision.Action.recompute(
          operators: chain.map { names[$0] }, at: moment == gap.before ? nil : names[moment])
        var decisions = kept
        decisions[index].action = action
        guard simulator.faults(in: SwapDecisions(gaps: decisions)).isEmpty else { continue }
        let isOffered = gap.chains.contains { $0.operators == chain && $0.at == moment }
        choices.append(Choice(action: action, isOffered: isOffered))
      }
      return choices
    }
  }

  /// The chains of a gap, with the operators before which they may run: all ascending rows of operators up to
  /// the beginning of the gap in which each but the last writes what a later one reads; the planner's own if
  /// they are too many to try.
  private static func chains(
    of gap: SwapInstance.Gap, in profile: Profile
  ) -> [(chain: [Int], moment: Int)] {
    guard !gap.wraps else { return [] }
    let operators = profile.operators
    guard operators.count <= 8 else { return gap.chains.map { ($0.operators, $0.at) } }
    let rows = (1..<(1 << (gap.after + 1))).map { set in
      (0...gap.after).filter { set >> $0 & 1 == 1 }
    }.filter { chain in
      chain.indices.dropLast().allSatisfy { position in
        let written = Set(operators[chain[position]].writes)
        return chain[(position + 1)...].contains { !written.isDisjoint(with: operators[$0].reads) }
      }
    }
    return rows.flatMap { row in (gap.after + 1...gap.before).map { (row, $0) } }
  }

  /// How many plans there are.
  var count: Int { choices.reduce(1) { $0.multipliedReportingOverflow(by: $1.count).partialValue } }

  /// Calls a function with each plan, and whether the planner considers it.
  func forEach(_ body: (SwapDecisions, Bool) -> Void) {
    var positions = [Int](repeating: 0, count: choices.count)
    var decisions = SwapDecisions(gaps: kept)
    while true {
      body(decisions, isOffered(positions))
      // Counts up, the first gap fastest.
      var gap = 0
      while gap < choices.count, positions[gap] == choices[gap].count - 1 {
        positions[gap] = 0
        decisions.gaps[gap].action = .keep
        gap += 1
      }
      if gap == choices.count { return }
      positions[gap] += 1
      decisions.gaps[gap].action = choices[gap][positions[gap]].action
    }
  }

  /// Draws one of the plans that the planner's replay knows.
  func randomPlan(using random: inout SeededGenerator) -> Plan {
    var decisions = SwapDecisions(gaps: kept)
    for gap in choices.indices {
      let offered = choices[gap].filter(\.isOffered)
      if let choice = offered.randomElement(using: &random), Bool.random(using: &random) {
        decisions.gaps[gap].action = choice.action
      }
    }
    return Plan(
      version: PlannerVersion.current,
      profile: Plan.ProfileReference(name: problem.profile.name),
      budget: Plan.Budget(
        deviceBytes: problem.budgetBytes, hostBytes: problem.hostBudgetBytes,
        nvmeBytes: problem.nvmeBudgetBytes), decisions: .swap(decisions))
  }

  private func isOffered(_ positions: [Int]) -> Bool {
    positions.indices.allSatisfy { choices[$0][positions[$0]].isOffered }
  }
}

extension SwapProblem {
  /// The problem with the shortest chain of each gap offered before each operator of the gap too, which
  /// otherwise takes a longer forward pass than tiny profiles have.
  func offeringEarlyChains() -> SwapProblem {
    var copy = self
    for (index, gap) in instance.gaps.enumerated() where !gap.chains.isEmpty {
      for moment in gap.after + 1..<gap.before {
        let chain = instance.finder.chain(for: gap.idle, at: moment, avoiding: { _ in false })
        if let chain { copy.instance = copy.instance.offering([index: chain], of: .rotor) }
      }
    }
    return copy
  }
}
