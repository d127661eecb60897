import Optimization

/// Improves the order of a placement: what sticks out at the top is placed earlier.
struct OrderSearch {
  private let instance: Instance
  private var placement: Placement
  private var random: SplitMix
  private var order: [Int]

  /// Starts from an order.
  init(_ instance: Instance, overlaps: Instance.Lists, order: [Int]) {
    self.instance = instance
    self.order = order
    placement = Placement(instance, overlaps: overlaps)
    random = SplitMix(state: UInt64(instance.count))
  }

  /// How good a layout is: its height, then how much lies in the upper half above the goal.
  private struct Score: Comparable {
    var height: Int
    var excess: Int

    static func < (first: Score, second: Score) -> Bool {
      (first.height, first.excess) < (second.height, second.excess)
    }
  }

  /// Returns the offsets of the lowest layout of some rounds, with the rounds that were run.
  mutating func run(
    rounds: Int, goal: Int, shouldStop: () -> Bool
  ) -> (offsets: [Int], rounds: Int) {
    var height = placement.run(order, .first)
    var best = placement.offsets
    var score = self.score(height, goal: goal)
    var round = 0
    while round < rounds, height > goal, !shouldStop() {
      round += 1
      let previous = order
      moveProtruding(best, height: height, goal: goal)
      let next = placement.run(order, .first)
      let nextScore = self.score(next, goal: goal)
      if score < nextScore {
        order = previous
      } else {
        (height, best, score) = (next, placement.offsets, nextScore)
      }
    }
    return (best, round)
  }

  private func score(_ height: Int, goal: Int) -> Score {
    let edge = goal + (height - goal) / 2
    var excess = 0
    for buffer in 0..<instance.count {
      excess += max(0, placement.offsets[buffer] + instance.size[buffer] - edge)
    }
    return Score(height: height, excess: excess)
  }

  /// Moves one of the buffers that end above the goal to an earlier place in the order.
  private mutating func moveProtruding(_ offsets: [Int], height: Int, goal: Int) {
    let isHigh = random.below(2) == 0
    let protruding = order.indices.filter { position in
      let top = offsets[order[position]] + instance.size[order[position]]
      return isHigh ? top == height : top > goal
    }
    guard !protruding.isEmpty else { return }
    let from = protruding[random.below(protruding.count)]
    guard from > 0 else { return }
    // Half the moves go a little way, the others anywhere.
    let reach = random.below(2) == 0 ? min(from, 16) : from
    let buffer = order.remove(at: from)
    order.insert(buffer, at: from - 1 - random.below(reach))
  }
}
