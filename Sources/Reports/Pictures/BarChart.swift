import Profiles

/// Groups of horizontal bars with their numbers beside them, each bar of one or several parts.
struct BarChart {
  /// One bar.
  struct Bar {
    let parts: [(tone: Tone, value: Double)]
    /// The number as it is told.
    let label: String
  }

  /// Bars that belong together, such as one device before and after.
  struct Group {
    let name: String
    let bars: [Bar]
  }

  let title: String
  let summary: String
  /// What the bars measure.
  let below: String
  let unit: AxisUnit
  /// What the tones stand for.
  let names: [(tone: Tone, name: String)]
  let groups: [Group]
  /// A level for comparison, and what it is called.
  var limit: (value: Double, name: String)?

  /// Draws the chart.
  func picture(width: Int) -> Picture {
    let sums = groups.flatMap(\.bars).map { $0.parts.reduce(0) { $0 + $1.value } }
    let most = max(limit?.value ?? 0, sums.max() ?? 0)
    var entries = names.map { ChartLegend.Entry(style: "a \($0.tone.style)", name: $0.name) }
    if let limit { entries.append(ChartLegend.Entry(style: "b", name: limit.name)) }
    let legend = ChartLegend(entries, width: width)
    let longest = width < 500 ? 12 : 34
    let titles = groups.map { Page.shorten(Page.printable($0.name), to: longest) }
    let left = (titles.map(SVGText.width).max() ?? 0) + 16
    let labels = groups.flatMap(\.bars).map { SVGText.width(of: $0.label) }.max() ?? 0
    let right = Double(width) - labels - 14
    let axis = AxisScale(
      to: most, unit: unit, ticks: width < 500 ? 2 : 5, isRounded: false)
    func x(_ value: Double) -> Double { left + max(0, axis.share(of: value)) * (right - left) }
    let thick = 14.0
    var y = 40 + legend.height
    let top = y
    var parts = [
      SVGText.text(4, 18, "h", Page.shorten(title, to: Int(Double(width) / 8.2))), legend.body,
    ]
    var bars: [String] = []
    var values: [String] = []
    for (group, name) in zip(groups, titles) {
      let height = Double(group.bars.count) * (thick + 2)
      bars.append(SVGText.text(left - 8, y + height / 2 + 3, "e", name))
      for bar in group.bars {
        var sum = 0.0
        for part in bar.parts where part.value > 0 {
          bars.append(
            SVGText.rectangle(
              x(sum), y, x(sum + part.value) - x(sum), thick, "a s \(part.tone.style)"))
          sum += part.value
        }
        values.append(SVGText.text(x(sum) + 6, y + 11, "v", bar.label))
        y += thick + 2
      }
      y += 8
    }
    for tick in axis.ticks {
      parts.append(SVGText.line(x(tick.value), top - 4, x(tick.value), y, "g"))
      parts.append(SVGText.text(x(tick.value), y + 16, "n m", tick.label))
    }
    parts += bars
    if let limit {
      parts.append(SVGText.line(x(limit.value), top - 6, x(limit.value), y, "b"))
    }
    // Above the line of comparison, which would strike them through.
    parts += values
    let unitWords = unit.name.isEmpty ? below : "\(below) (\(unit.name))"
    parts.append(SVGText.text(right, y + 34, "n e", unitWords))
    return Picture(
      title: title, summary: summary, width: width, height: Int(y + 44),
      body: parts.joined(separator: "\n"))
  }
}
