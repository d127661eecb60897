import Profiles

/// Values against one another: a line and a mark for each point of each curve.
struct CurveChart {
  /// One curve, its points from left to right.
  struct Curve {
    let name: String
    let tone: Tone
    let points: [(x: Double, y: Double)]
    /// What the curve is between two points.
    var course = Course.straight
    /// What each mark tells, as many as there are points.
    var tooltips: [String] = []
  }

  /// What a curve is between two points.
  enum Course {
    case straight
    /// The value of the point before, as a plan for less memory also serves where there is more.
    case before
    /// The value of the point after, as a bound for more memory also holds where there is less.
    case after
  }

  let title: String
  let summary: String
  let below: String
  let beside: String
  let horizontalUnit: AxisUnit
  let verticalUnit: AxisUnit
  let curves: [Curve]
  /// A level for comparison, and what it is called.
  var level: (value: Double, name: String)?
  /// Whether the vertical axis begins at 0.
  var isFromZero = false

  /// Draws the chart.
  func picture(width: Int) -> Picture {
    let points = curves.flatMap(\.points)
    let (xs, ys) = (points.map(\.x), points.map(\.y) + (level.map { [$0.value] } ?? []))
    var entries = curves.map { ChartLegend.Entry(style: "l \($0.tone.style)", name: $0.name) }
    if let level { entries.append(ChartLegend.Entry(style: "b", name: level.name)) }
    let legend = ChartLegend(entries, width: width)
    let frame = ChartFrame(
      width: width, plot: 240, legend: legend.height,
      horizontal: AxisScale(
        from: xs.min() ?? 0, to: xs.max() ?? 1, unit: horizontalUnit, ticks: width < 500 ? 3 : 7),
      vertical: AxisScale(
        from: isFromZero ? 0 : ys.min() ?? 0, to: ys.max() ?? 1, unit: verticalUnit))
    var parts = [frame.axes(title: title, below: below, beside: beside), legend.body]
    if let level {
      parts.append(
        SVGText.line(frame.left, frame.y(level.value), frame.right, frame.y(level.value), "b"))
    }
    for curve in curves { parts.append(body(of: curve, frame)) }
    return Picture(
      title: title, summary: summary, width: width, height: Int(frame.height),
      body: parts.joined(separator: "\n"))
  }

  private func body(of curve: Curve, _ frame: ChartFrame) -> String {
    var path = ""
    for (index, point) in curve.points.enumerated() {
      let (x, y) = (SVGText.number(frame.x(point.x)), SVGText.number(frame.y(point.y)))
      if index == 0 {
        path = "M\(x) \(y)"
        continue
      }
      switch curve.course {
      case .straight: path += "L\(x) \(y)"
      case .before: path += "H\(x)V\(y)"
      case .after: path += "V\(y)H\(x)"
      }
    }
    var parts = ["<path class=\"l \(curve.tone.style)\" d=\"\(path)\"/>"]
    for (index, point) in curve.points.enumerated() {
      let words = curve.tooltips.indices.contains(index) ? curve.tooltips[index] : curve.name
      parts.append(
        "<circle cx=\"\(SVGText.number(frame.x(point.x)))\" cy=\"\(SVGText.number(frame.y(point.y)))\""
          + " r=\"3.5\" class=\"a \(curve.tone.style)\"><title>\(SVGText.escaped(words))</title></circle>"
      )
    }
    return parts.joined(separator: "\n")
  }
}
