import Optimization

/// Densities and algorithms bucket by bucket.
///
/// Every bucket begins with its fastest option. As long as energy is missing, the one step along the
/// concave hulls of time and energy is taken that brings the most energy for its time. Then single
/// buckets change their option while that ends the exchange earlier, or sends more and ends it no later.
struct GreedyDensity {
  let instance: GradientInstance
  /// When to be content with what there is.
  var limit = SearchLimit()
  /// The rounds over all buckets after which no more are tried.
  private static let mostRounds = 20
  /// The buckets looked at after which no more changes are tried: a change looks at all of them.
  private static let mostSteps = 100_000_000

  /// Returns a selection within the energy budget, and how many changes were tried.
  func selection() -> (selection: GradientInstance.Selection, evaluations: Int)? {
    var steps: [(gain: Double, bucket: Int, option: Int)] = []
    var selection: GradientInstance.Selection = []
    for (index, bucket) in instance.buckets.enumerated() {
      let hull = hull(of: bucket)
      guard let first = hull.first else { return nil }
      selection.append(first)
      for (from, to) in zip(hull, hull.dropFirst()) {
        let (low, high) = (bucket.options[from], bucket.options[to])
        let energy = bucket.weight * (high.energy - low.energy)
        steps.append((energy / (high.time - low.time), index, to))
      }
    }
    // Steps of one bucket have falling gains, so that sorting keeps their order.
    steps.sort { ($1.gain, $0.bucket, $0.option) < ($0.gain, $1.bucket, $1.option) }
    for step in steps {
      if instance.isWithinBudget(selection) { break }
      selection[step.bucket] = step.option
    }
    guard instance.isWithinBudget(selection) else { return nil }
    return improved(selection)
  }

  /// The options on the upper concave hull of energy over time, by time.
  private func hull(of bucket: GradientInstance.Bucket) -> [Int] {
    let options = bucket.options
    let order = bucket.frontier.sorted { first, second in
      (options[first].time, -options[first].energy, first)
        < (options[second].time, -options[second].energy, second)
    }
    var hull: [Int] = []
    for index in order {
      if let last = hull.last, options[index].energy <= options[last].energy { continue }
      while hull.count > 1 {
        let (from, middle) = (options[hull[hull.count - 2]], options[hull[hull.count - 1]])
        let before = (middle.energy - from.energy) / (middle.time - from.time)
        let after = (options[index].energy - middle.energy) / (options[index].time - middle.time)
        if before > after { break }
        hull.removeLast()
      }
      // Of two that take as long, the second has more energy.
      if let last = hull.last, options[index].time <= options[last].time { hull.removeLast() }
      hull.append(index)
    }
    return hull
  }

  /// Returns a selection that no change of one bucket makes better, or the last one tried.
  func improved(
    _ start: GradientInstance.Selection
  ) -> (selection: GradientInstance.Selection, evaluations: Int) {
    var selection = start
    var end = instance.end(of: selection)
    var missing = instance.missingEnergy(of: selection)
    var evaluations = 0
    for _ in 0..<Self.mostRounds {
      var isChanged = false
      for (index, bucket) in instance.buckets.enumerated() {
        for option in bucket.frontier where option != selection[index] {
          if evaluations * selection.count >= Self.mostSteps { return (selection, evaluations) }
          if limit.isReached { return (selection, evaluations) }
          var other = selection
          other[index] = option
          evaluations += 1
          guard instance.isWithinBudget(other) else { continue }
          let (otherEnd, otherMissing) = (
            instance.end(of: other), instance.missingEnergy(of: other)
          )
          guard (otherEnd, otherMissing) < (end, missing) else { continue }
          (selection, end, missing) = (other, otherEnd, otherMissing)
          isChanged = true
        }
      }
      if !isChanged { break }
    }
    return (selection, evaluations)
  }
}
