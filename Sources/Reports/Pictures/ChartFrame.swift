/// The frame of a chart: where data lie, and the axes around them.
struct ChartFrame {
  let width: Double
  let height: Double
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  let horizontal: AxisScale
  let vertical: AxisScale

  /// Creates a frame.
  ///
  /// - Parameters:
  ///   - width: The width of the picture, in pixels.
  ///   - plot: The height of the part with data.
  ///   - legend: The height of the legend above it.
  ///   - horizontal: The axis below.
  ///   - vertical: The axis at the left.
  init(
    width: Int, plot: Double, legend: Double, horizontal: AxisScale, vertical: AxisScale
  ) {
    self.width = Double(width)
    let labels = vertical.ticks.map { SVGText.width(of: $0.label) }.max() ?? 0
    left = max(44, labels + 14)
    right = Double(width) - 18
    top = 54 + legend
    bottom = top + plot
    height = bottom + 44
    self.horizontal = horizontal
    self.vertical = vertical
  }

  /// The place of a value on the axis below.
  func x(_ value: Double) -> Double { left + horizontal.share(of: value) * (right - left) }
  /// The place of a value on the axis at the left.
  func y(_ value: Double) -> Double { bottom - vertical.share(of: value) * (bottom - top) }

  /// The title, the names of both axes, their ticks, and lines behind the data.
  func axes(title: String, below: String, beside: String) -> String {
    var parts = [
      SVGText.text(4, 18, "h", Page.shorten(title, to: Int(width / 8.2))),
      SVGText.text(4, top - 12, "n", Self.label(beside, vertical.unit)),
      SVGText.text(right, bottom + 38, "n e", Self.label(below, horizontal.unit)),
    ]
    for tick in vertical.ticks {
      parts.append(SVGText.line(left, y(tick.value), right, y(tick.value), "g"))
      parts.append(SVGText.text(left - 7, y(tick.value) + 4, "n e", tick.label))
    }
    var free = -Double.infinity
    for tick in horizontal.ticks {
      let (place, half) = (x(tick.value), SVGText.width(of: tick.label) / 2)
      parts.append(SVGText.line(place, bottom, place, bottom + 5, "x"))
      guard place - half >= free + 6, place + half <= width + 2 else { continue }
      parts.append(SVGText.text(place, bottom + 19, "n m", tick.label))
      free = place + half
    }
    parts.append(SVGText.line(left, bottom, right, bottom, "x"))
    return parts.joined(separator: "\n")
  }

  private static func label(_ name: String, _ unit: AxisUnit) -> String {
    unit.name.isEmpty ? name : "\(name) (\(unit.name))"
  }
}

/// The names of tones, in rows that fit a width.
struct ChartLegend {
  /// A tone, as an area or a line, and what it stands for.
  struct Entry {
    let style: String
    let name: String
  }

  let entries: [Entry]
  private let places: [(x: Double, row: Int)]

  /// Lays out the entries.
  init(_ entries: [Entry], width: Int) {
    self.entries = entries
    var (x, row) = (4.0, 0)
    places = entries.map { entry in
      let needed = 18 + SVGText.width(of: entry.name) + 14
      if x > 4, x + needed > Double(width) {
        x = 4
        row += 1
      }
      defer { x += needed }
      return (x, row)
    }
  }

  /// How much height the rows take.
  var height: Double { entries.isEmpty ? 0 : Double((places.last?.row ?? 0) + 1) * 20 }

  /// Draws the entries below the title.
  var body: String {
    zip(entries, places).map { entry, place in
      let y = 30 + Double(place.row) * 20
      let mark =
        entry.style.hasPrefix("a ")
        ? SVGText.rectangle(place.x, y, 12, 12, entry.style)
        : SVGText.line(place.x, y + 6, place.x + 14, y + 6, entry.style)
      return mark + SVGText.text(place.x + 18, y + 10, "", entry.name)
    }.joined(separator: "\n")
  }
}
