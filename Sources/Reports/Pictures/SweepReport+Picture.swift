import Profiles
import Simulation

extension SweepReport {
  /// Returns the time of the iteration and its lower bound against the memory budget.
  ///
  /// - Parameter width: In pixels, 240 or more.
  public func picture(width: Int = 960) -> Picture {
    let planned = rows.filter { $0.report?.result.isValid == true }
    let bounded = rows.filter { $0.lowerBoundMicroseconds != nil }
    let times = planned.compactMap { $0.report?.result.iterationMicroseconds }
    var summary = "Iteration against device memory, \(Quantity.count(planned.count, "budget"))"
    if let first = planned.first, let last = planned.last, let slow = times.first,
      let fast = times.last
    {
      summary +=
        ": \(Quantity.milliseconds(slow)) with \(Quantity.bytes(first.budgetBytes)), "
        + "\(Quantity.milliseconds(fast)) with \(Quantity.bytes(last.budgetBytes))"
    }
    let most = max(unconstrainedMicroseconds, times.max() ?? 0)
    return CurveChart(
      title: "\(profile.name): iteration against device memory", summary: summary + ".",
      below: "budget of device memory", beside: "iteration",
      horizontalUnit: .bytes(upTo: Double(rows.map(\.budgetBytes).max() ?? 0)),
      verticalUnit: .time(upTo: most),
      curves: [
        CurveChart.Curve(
          name: "lower bound", tone: .workspace,
          points: bounded.map { (Double($0.budgetBytes), $0.lowerBoundMicroseconds ?? 0) },
          course: .after,
          tooltips: bounded.map {
            "no plan with \(Quantity.bytes($0.budgetBytes)) takes less than "
              + Quantity.milliseconds($0.lowerBoundMicroseconds ?? 0)
          }),
        CurveChart.Curve(
          name: "plan", tone: .activation,
          points: zip(planned, times).map { (Double($0.budgetBytes), $1) }, course: .before,
          tooltips: zip(planned, times).map {
            "\(Quantity.bytes($0.budgetBytes)): \(Quantity.milliseconds($1))"
          }),
      ],
      level: (
        unconstrainedMicroseconds,
        "nothing moved: \(Quantity.milliseconds(unconstrainedMicroseconds)), "
          + Quantity.bytes(peakBytes)
      )
    ).picture(width: width)
  }
}
