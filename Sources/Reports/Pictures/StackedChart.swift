import Profiles

/// Amounts over time, stacked, with a line for what there is at most.
struct StackedChart {
  /// One amount over time.
  struct Layer {
    let name: String
    let tone: Tone
    /// One amount for each column.
    let values: [Double]
  }

  let title: String
  let summary: String
  /// What the columns are: `time`, or `pass of the schedule`.
  let below: String
  let beside: String
  /// Where each column begins.
  let starts: [Double]
  /// Where the last one ends.
  let end: Double
  let horizontalUnit: AxisUnit
  let verticalUnit: AxisUnit
  let layers: [Layer]
  /// What the amounts may reach, and what the line is called.
  var limit: (value: Double, name: String)?
  /// What the vertical axis reaches at least, so that charts side by side compare.
  var reach = 0.0

  /// Draws the chart.
  func picture(width: Int) -> Picture {
    var sums = [[Double](repeating: 0, count: starts.count)]
    for layer in layers { sums.append(zip(sums[sums.count - 1], layer.values).map(+)) }
    let most = max(reach, limit?.value ?? 0, sums.last?.max() ?? 0)
    var entries = layers.map { ChartLegend.Entry(style: "a \($0.tone.style)", name: $0.name) }
    if let limit { entries.append(ChartLegend.Entry(style: "b", name: limit.name)) }
    let legend = ChartLegend(entries, width: width)
    let frame = ChartFrame(
      width: width, plot: 210, legend: legend.height,
      horizontal: AxisScale(
        to: end, unit: horizontalUnit, ticks: width < 500 ? 3 : 8, isRounded: false),
      vertical: AxisScale(to: most, unit: verticalUnit))
    var parts = [frame.axes(title: title, below: below, beside: beside), legend.body]
    for (index, layer) in layers.enumerated() where layer.values.contains(where: { $0 > 0 }) {
      let path = area(frame, from: sums[index], to: sums[index + 1])
      parts.append("<path class=\"a s \(layer.tone.style)\" d=\"\(path)\"/>")
    }
    if let limit {
      let y = frame.y(limit.value)
      parts.append(SVGText.line(frame.left, y, frame.right, y, "b"))
    }
    return Picture(
      title: title, summary: summary, width: width, height: Int(frame.height),
      body: parts.joined(separator: "\n"))
  }

  /// The steps of the upper edge forth, and those of the lower edge back.
  private func area(_ frame: ChartFrame, from lower: [Double], to upper: [Double]) -> String {
    func edge(_ values: [Double]) -> [(Double, Double)] {
      var points: [(x: Double, y: Double)] = []
      for (index, value) in values.enumerated() {
        let next = index + 1 < starts.count ? starts[index + 1] : end
        let y = frame.y(value)
        if let last = points.last, abs(last.y - y) < 0.05 {
          points[points.count - 1].x = frame.x(next)
          continue
        }
        points.append((frame.x(starts[index]), y))
        points.append((frame.x(next), y))
      }
      return points
    }
    let points = edge(upper) + edge(lower).reversed()
    return "M"
      + points.map { "\(SVGText.number($0.0)) \(SVGText.number($0.1))" }.joined(separator: "L")
      + "Z"
  }
}
