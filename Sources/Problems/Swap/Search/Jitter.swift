import Optimization

/// Times and rates that vary from iteration to iteration.
///
/// Each draw multiplies every operator's duration by its own factor, and all copies of a direction by one; factors
/// are even between `1 - share` and `1 + share`. The seeds are fixed.
struct Jitter {
  /// How many iterations are drawn.
  static let draws = 16

  private let runners: [TimetableRunner]
  private let hostBudget: Int?

  init(share: Double, course: Course, hostBudget: Int?) {
    self.hostBudget = hostBudget
    runners = (0..<Self.draws).map { number in
      var random = SplitMix(state: 0x5EED + UInt64(number))
      return TimetableRunner(course.varied(by: share, &random))
    }
  }

  /// The mean and the longest time of decisions over all draws; infinite if one gets stuck.
  func times(of decisions: [Decision]) -> (mean: Double, worst: Double) {
    var (sum, worst) = (0.0, 0.0)
    for runner in runners {
      guard case .finished(let table) = runner.run(decisions), table.hostPeak <= hostBudget ?? .max
      else { return (.infinity, .infinity) }
      sum += table.iteration
      worst = max(worst, table.iteration)
    }
    return (sum / Double(runners.count), worst)
  }
}

extension Course {
  /// The same course with other durations and rates.
  fileprivate func varied(by share: Double, _ random: inout SplitMix) -> Course {
    var varied = self
    func factor() -> Double { 1 + share * (2 * random.unit() - 1) }
    varied.durations = durations.map { $0 * factor() }
    varied.linkDuration = linkDuration.map { $0 * factor() }
    let (out, back) = (factor(), factor())
    varied.outTime = outTime.map { $0 * out }
    varied.inTime = inTime.map { $0 * back }
    varied.codecs = codecs.map { $0.stretched(out: out, back: back) }
    let (write, read) = (factor(), factor())
    varied.writeTime = writeTime.map { $0 * write }
    varied.readTime = readTime.map { $0 * read }
    varied.computeTime = varied.durations.reduce(0, +)
    var clock = 0.0
    varied.idealStarts = varied.durations.map { duration in
      defer { clock += duration }
      return clock
    }
    varied.remaining = varied.durations + [0]
    for step in varied.durations.indices.reversed() {
      varied.remaining[step] += varied.remaining[step + 1]
    }
    return varied
  }
}
