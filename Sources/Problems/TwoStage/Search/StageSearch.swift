package import Optimization
import Profiles

/// Finds strategies and schedules together, each choice of strategies scored by its best schedule.
package struct StageSearch: Sendable {
  /// The graph.
  package let instance: StageInstance
  /// Slots of memory for schedules.
  let slots: Int
  /// How many schedules the local search may compute.
  let mostSchedules: Int
  /// When to be content with what there is.
  let limit: SearchLimit
  /// How many schedules were computed.
  private(set) var evaluations = 0
  /// The parts of stages; nil where stages save or run again as a whole.
  private(set) var parts: StageParts?

  package init(
    _ instance: StageInstance, slots: Int, mostSchedules: Int,
    limit: SearchLimit = SearchLimit(), parts: StageParts? = StageParts()
  ) {
    self.parts = parts
    self.instance = instance
    self.limit = limit
    self.slots = slots
    self.mostSchedules = mostSchedules
  }

  /// Takes parts of stages of a kind that a solver found.
  mutating func add(_ found: [StagePart], of work: StageWork) { parts?.add(found, of: work) }

  /// Returns a choice with its best schedule within a budget; nil if there is none.
  package mutating func candidate(_ choice: [Int], within budget: Int) -> StageCandidate? {
    candidate(choice, instance.figures(of: choice), within: budget)
  }

  private mutating func candidate(
    _ choice: [Int], _ figures: StageFigures, within budget: Int
  ) -> StageCandidate? {
    guard figures.stateBytes < budget else { return nil }
    evaluations += 1
    var figures = figures
    let instance = instance
    figures.parts = parts?.parts(of: choice, in: instance) ?? []
    return figures.chain.plan(within: budget - figures.stateBytes, slots: slots).map {
      StageCandidate(choice: choice, figures: figures, schedule: $0)
    }
  }

  /// Returns the best of some choices, or nil if none is better than a known one.
  ///
  /// Choices come in the order of their lower bounds, so that most need no schedule.
  ///
  /// - Parameter limit: How many schedules may be computed.
  package mutating func best(
    of choices: [[Int]], within budget: Int, better known: Double = .infinity, limit: Int = .max
  ) -> StageCandidate? {
    var order: [(bound: Double, index: Int, figures: StageFigures)] = []
    for (index, choice) in choices.enumerated() {
      let figures = instance.figures(of: choice)
      let bound = figures.leastMicroseconds(within: budget)
      if bound < known { order.append((bound, index, figures)) }
    }
    order.sort { ($0.bound, $0.index) < ($1.bound, $1.index) }
    var best: StageCandidate?
    for item in order.prefix(limit) {
      if item.bound >= best?.microseconds ?? known || self.limit.isReached { break }
      guard
        let found = candidate(choices[item.index], item.figures, within: budget),
        found.microseconds < (best?.microseconds ?? known) * (1 - 1e-12)
      else { continue }
      best = found
    }
    return best
  }

  // MARK: - Moves

  /// Improves a candidate until no move does, or as many schedules were computed as may be.
  ///
  /// - Parameters:
  ///   - pool: Choices whose later or earlier stages may replace those of the candidate.
  ///   - lower: What no candidate takes less than.
  ///   - gap: How close to it is enough, relative to the candidate.
  ///   - isTied: Whether nodes of a group that agree only change together.
  package mutating func improve(
    _ start: StageCandidate, within budget: Int, pool: [[Int]], lower: Double = 0,
    gap: Double = 0, isTied: Bool = false
  ) -> StageCandidate {
    var best = start
    let end = evaluations + mostSchedules
    while evaluations < end {
      if best.microseconds - lower <= gap * best.microseconds { break }
      if limit.isReached { break }
      if isTied {
        let moves = flips(of: best.choice, isTied: true)
        let next = self.best(
          of: moves, within: budget, better: best.microseconds, limit: end - evaluations)
        guard let next else { break }
        best = next
        continue
      }
      let moves = flips(of: best.choice) + crossings(of: best.choice, with: pool)
      let next =
        self.best(of: moves, within: budget, better: best.microseconds, limit: end - evaluations)
        ?? self.best(
          of: pairs(of: best.choice), within: budget, better: best.microseconds,
          limit: end - evaluations)
      guard let next else { break }
      best = next
    }
    return best
  }

  /// The most pairs of flips that a step looks at.
  private static let mostPairs = 4_000

  /// The choices that differ in two variables, if there are not too many.
  private func pairs(of choice: [Int]) -> [[Int]] {
    let domains = instance.domains
    let flips = domains.reduce(0) { $0 + $1 - 1 }
    guard flips * flips / 2 <= Self.mostPairs else { return [] }
    var moves: [[Int]] = []
    for second in domains.indices {
      for first in 0..<second {
        for one in 0..<domains[first] where one != choice[first] {
          for other in 0..<domains[second] where other != choice[second] {
            var move = choice
            (move[first], move[second]) = (one, other)
            moves.append(move)
          }
        }
      }
    }
    return moves
  }

  /// The choices that differ in one variable, or in many variables of a group that agree: all, or the first or
  /// the last half of them. Where many agree, the first, the one in the middle and the last stand for all.
  private func flips(of choice: [Int], isTied: Bool = false) -> [[Int]] {
    var moves: [[Int]] = []
    for members in agreeing(choice) {
      let (old, count) = (choice[members[0]], members.count)
      var parts = count <= Self.fewAlike && !isTied ? members.map { [$0] } : []
      if isTied {
        parts = count == 1 ? [members] : []
      } else if count > Self.fewAlike {
        parts = [0, count / 2, count - 1].map { [members[$0]] }
        parts += [Array(members[..<(count / 2)]), Array(members[(count / 2)...])]
      }
      if count > 1 { parts.append(members) }
      for new in 0..<instance.domains[members[0]] where new != old {
        for part in parts {
          var move = choice
          for variable in part { move[variable] = new }
          moves.append(move)
        }
      }
    }
    return moves
  }

  /// So many variables that agree are flipped one by one.
  private static let fewAlike = 8

  /// The variables by group and strategy; those of no group by themselves.
  private func agreeing(_ choice: [Int]) -> [[Int]] {
    var lists: [[Int]] = []
    var positions: [String: [Int: Int]] = [:]
    for (variable, nodes) in instance.nodesOfVariable.enumerated() {
      guard let group = instance.graph.nodes[nodes[0]].repeatGroup else {
        lists.append([variable])
        continue
      }
      if let position = positions[group]?[choice[variable]] {
        lists[position].append(variable)
      } else {
        positions[group, default: [:]][choice[variable]] = lists.count
        lists.append([variable])
      }
    }
    return lists
  }

  /// The choices that take the stages before or behind a place from another choice.
  private func crossings(of choice: [Int], with pool: [[Int]]) -> [[Int]] {
    let stages = instance.nodesOfVariable.map { instance.graph.nodes[$0[0]].stage }
    var moves: [[Int]] = []
    for other in pool where other != choice {
      for cut in 0...instance.graph.stages.count {
        for isFront in [true, false] {
          let move = choice.indices.map {
            (stages[$0] < cut) == isFront ? other[$0] : choice[$0]
          }
          if move != choice { moves.append(move) }
        }
      }
    }
    return moves
  }
}
