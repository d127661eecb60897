import Optimization

/// Rounds a point of the relaxation many times at random, each choice with its share in the point as
/// its probability (Raghavan and Thompson 1987), and mends what doesn't fit.
///
/// The seed is fixed, so the same point gives the same decisions.
struct RandomizedRounding {
  let formulation: SwapFormulation
  let course: Course
  /// When to give up.
  var limit = SearchLimit()

  /// How many times a point is rounded.
  static let draws = 64

  private var instance: SwapInstance { formulation.instance }

  /// Returns decisions that keep the budget; fewer than `draws` where some can't be mended, or where the
  /// limit ends the drawing.
  func decisions(at point: [Double]) -> [[Decision]] {
    var random = SplitMix(state: 0x5EED)
    let greedy = GreedySearch(instance: instance, course: course, limit: limit)
    return (0..<Self.draws).compactMap { number in
      guard !limit.isReached else { return nil }
      var drawn = formulation.decisions(
        at: draw(point, &random),
        lead: SwapFormulation.leads[number % SwapFormulation.leads.count])
      mendAnchors(of: &drawn)
      instance.postponeChains(of: &drawn)
      return greedy.decisions(from: drawn)
    }
  }

  /// Draws one choice for each gap.
  private func draw(_ point: [Double], _ random: inout SplitMix) -> [Double] {
    var drawn = point
    for gap in instance.gaps.indices {
      var rest = random.unit()
      for variable in formulation.choices(of: gap) {
        drawn[variable.index] = rest >= 0 && rest < point[variable.index] ? 1 : 0
        rest -= point[variable.index]
      }
      if let (swap, nvme) = formulation.tierChoice(of: gap), drawn[swap.index] == 1 {
        drawn[nvme.index] = random.unit() * point[swap.index] < point[nvme.index] ? 1 : 0
      }
      formulation.drawCodec(of: gap, from: point, &drawn) { random.unit() }
    }
    return drawn
  }

  /// Moves what would be made again from a tensor that is away.
  private func mendAnchors(of decisions: inout [Decision]) {
    for gap in course.gapsByMaker {
      guard case .recompute(let position) = decisions[gap] else { continue }
      let chain = instance.gaps[gap].chains[position]
      let isOffered = instance.anchors[gap][position].allSatisfy {
        course.canBePresent($0, before: chain.at, decisions)
      }
      if isOffered { continue }
      let canMove = instance.gaps[gap].outTime != nil
      decisions[gap] = canMove ? instance.gaps[gap].lastSwap : .keep
    }
  }
}
