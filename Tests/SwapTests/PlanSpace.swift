import Plans
import Profiles
import Simulation
import TestSupport

@testable import Swap

/// All plans of a small problem.
///
/// Gaps are in the planner's order. A gap is kept, swapped with each pair of operators that may queue the
/// copies, or recomputed by each chain that the rules allow in which every operator is of use (in larger
/// profiles, by the chains that the planner considers).
struct PlanSpace {
  /// What may happen in a gap.
  struct Choice {
    let action: GapDecision.Action
    /// Whether the planner considers it, given that `anchors` are kept.
    let isOffered: Bool
    /// The gaps that must be kept for the planner to consider it.
    var anchors: [Int] = []
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
      for chain in Self.chains(of: gap, in: problem.profile) ?? gap.chains.map(\.operators) {
        let action = GapDecision.Action.recompute(operators: chain.map { names[$0] })
        var decisions = kept
        decisions[index].action = action
        guard simulator.faults(in: SwapDecisions(gaps: decisions)).isEmpty else { continue }
        let position = gap.chains.firstIndex { $0.operators == chain }
        choices.append(
          Choice(
            action: action, isOffered: position != nil,
            anchors: position.map { instance.anchors[index][$0] } ?? []))
      }
      return choices
    }
  }

  /// The ascending rows of operators up to the beginning of a gap in which each but the last writes what
  /// a later one reads; nil if they are too many to try.
  private static func chains(of gap: SwapInstance.Gap, in profile: Profile) -> [[Int]]? {
    guard !gap.wraps else { return [] }
    let operators = profile.operators
    guard operators.count <= 8 else { return nil }
    return (1..<(1 << (gap.after + 1))).map { set in
      (0...gap.after).filter { set >> $0 & 1 == 1 }
    }.filter { chain in
      chain.indices.dropLast().allSatisfy { position in
        let written = Set(operators[chain[position]].writes)
        return chain[(position + 1)...].contains { !written.isDisjoint(with: operators[$0].reads) }
      }
    }
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
    for (gap, position) in positions.enumerated() {
      let choice = choices[gap][position]
      guard choice.isOffered, choice.anchors.allSatisfy({ positions[$0] == 0 }) else {
        return false
      }
    }
    return true
  }
}
