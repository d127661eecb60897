import Foundation
import Optimization

/// Searches a layer's placement under equal split: rounds of annealing over swaps and re-replication,
/// each followed by steepest descent on the heaviest device.
///
/// The same problem, start and seed give the same answer.
struct PlacementSearch {
  let problem: LayerProblem
  /// The search ends when the best value is at most this.
  var target: Double
  /// Proposals in all.
  var iterationLimit: Int
  var seed: UInt64
  /// When the search has to end.
  var limit = SearchLimit()

  /// The best assignment.
  private(set) var best: Assignment
  /// The value of the best assignment.
  private(set) var value: Double
  /// How many proposals were looked at.
  private(set) var iterations = 0
  /// Whether time or the user ended the search.
  private(set) var isCutOff = false

  /// The share of all proposals that each round has.
  private static let rounds = [0.04, 0.06, 0.1, 0.2, 0.3, 0.3]
  /// The rounds that begin hot enough to move the largest replica anywhere.
  private static let hotRounds = 1...2
  /// The temperatures of a round, in units of the potential of the fullest device.
  private static let hottest = 0.3
  private static let coldest = 1e-5
  /// Proposals between two looks at the best value, the heaviest device and the temperature.
  private static let stride = 16

  init(
    _ problem: LayerProblem, from start: Assignment, target: Double, iterationLimit: Int,
    seed: UInt64
  ) {
    self.problem = problem
    self.target = target
    self.iterationLimit = iterationLimit
    self.seed = seed
    best = start
    value = problem.value(of: start)
  }

  /// Runs all rounds.
  mutating func run() {
    guard problem.devices > 1 else { return }
    var state = SearchState(problem, from: best)
    descend(&state)
    // Short rounds do for devices with many slots, only long ones for devices with few.
    for (round, share) in Self.rounds.enumerated() where value > target && !isCutOff {
      if round == Self.rounds.count / 2 { state = SearchState(problem, from: best) }
      anneal(&state, proposals: Int(Double(iterationLimit) * share), round: round)
      var finished = SearchState(problem, from: best)
      descend(&finished)
    }
  }

  /// The weight of the heaviest replica of the best assignment, at most a mean load.
  private var largestReplica: Double {
    let counts = best.replicaCounts(experts: problem.experts)
    return min(1, counts.indices.map { problem.largestWeight($0, counts[$0]) }.max() ?? 0)
  }

  private mutating func keep(_ state: SearchState) {
    let found = state.value
    if found < value - 1e-12 {
      value = found
      best = state.assignment
    }
  }

  /// One round from hot to cold.
  private mutating func anneal(_ state: inout SearchState, proposals: Int, round: Int) {
    var random = SplitMix(state: seed &+ UInt64(round) &* 0xD1B5_4A32_D192_ED03)
    let slots = state.slots.count
    let hasChoice = slots > problem.experts
    var hottest = Self.hottest * SearchState.power(max(1, value))
    // Where single experts are large, what lies between two good placements is far worse than both.
    if Self.hotRounds.contains(round) { hottest *= SearchState.power(1 + largestReplica) }
    let cooling = pow(Self.coldest / hottest, 1 / Double(max(1, proposals / Self.stride)))
    var temperature = hottest
    var heaviest = state.heaviestDevice
    var isChanged = false
    for step in 0..<proposals {
      if step % Self.stride == 0 {
        temperature *= cooling
        heaviest = state.heaviestDevice
        if isChanged { keep(state) }
        isChanged = false
        if step % 4096 == 0 {
          if step % 65_536 == 0 { state.recompute() }
          isCutOff = limit.isReached
          if value <= target || isCutOff { return }
        }
      }
      iterations += 1
      let bits = random.next()
      let more = random.next()
      // How far the potential may rise: −T ln u, which is the Metropolis rule turned round.
      let uniform = Double(more >> 11 | 1) * 0x1p-53
      let limit = state.potential - temperature * log(uniform)
      if hasChoice && bits >> 62 == 0 {
        let slot = SplitMix.below(slots, bits)
        let other = SplitMix.below(problem.experts + 1, more)
        // Half of the new replicas are of experts on the heaviest device.
        var expert = other
        if bits >> 61 & 1 == 0 {
          let first = state.firstSlot[heaviest]
          let room = state.firstSlot[heaviest + 1] - first
          if room > 0 { expert = Int(state.slots[first + SplitMix.below(room, more)]) }
        }
        guard state.canReplace(slot, with: expert) else { continue }
        if state.replace(slot, with: expert, ifAtMost: limit) { isChanged = true }
      } else {
        var slot = SplitMix.below(slots, bits)
        if bits >> 61 & 1 == 0 {
          let first = state.firstSlot[heaviest]
          let room = state.firstSlot[heaviest + 1] - first
          if room > 0 { slot = first + SplitMix.below(room, bits) }
        }
        let other = SplitMix.below(slots, more)
        guard state.canSwap(slot, other) else { continue }
        if state.swap(slot, other, ifAtMost: limit) { isChanged = true }
      }
    }
    keep(state)
  }

  /// Takes the swap with the heaviest device that lowers the larger of the two loads most, until none
  /// does.
  private mutating func descend(_ state: inout SearchState) {
    state.recompute()
    for _ in 0..<(8 * state.slots.count) {
      let heaviest = state.heaviestDevice
      var largest = 0.0
      for scenario in 0..<problem.scenarios {
        largest = max(largest, state.loads[heaviest * problem.scenarios + scenario])
      }
      var (best, slot, other) = (largest - 1e-12, -1, -1)
      for candidate in state.firstSlot[heaviest]..<state.firstSlot[heaviest + 1] {
        for partner in state.slots.indices where state.canSwap(candidate, partner) {
          let load = state.loadAfterSwap(candidate, partner)
          if load < best { (best, slot, other) = (load, candidate, partner) }
        }
      }
      guard slot >= 0, state.swap(slot, other, ifAtMost: .infinity) else { break }
      iterations += 1
    }
    keep(state)
  }
}
