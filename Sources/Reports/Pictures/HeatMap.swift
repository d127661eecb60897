import Profiles

/// A matrix as squares, the fuller the more.
struct HeatMap {
  let title: String
  let summary: String
  /// What the rows and the columns are.
  let beside: String
  let above: String
  /// The values, `[row][column]`; nil where there is none.
  let rows: [(name: String, values: [Double?])]
  /// The names of the columns; may be empty.
  let columns: [String]
  /// A value as it is told.
  let words: @Sendable (Double) -> String
  /// What the darkest square stands for.
  let most: Double

  /// Draws the map.
  func picture(width: Int) -> Picture {
    let names = rows.map { Page.shorten(Page.printable($0.name), to: width < 500 ? 12 : 24) }
    let left = (names.map(SVGText.width).max() ?? 0) + 16
    let count = max(1, rows.map(\.values.count).max() ?? 1)
    let size = min(34, max(3, (Double(width) - left - 12) / Double(count)))
    let top = 78.0
    var parts = [
      SVGText.text(4, 18, "h", Page.shorten(title, to: Int(Double(width) / 8.2))),
      SVGText.text(4, 70, "n", beside), SVGText.text(left, 54, "n", above),
    ]
    parts += scale(at: 38)
    for (index, column) in columns.enumerated() where size >= 18 || index % 8 == 0 {
      parts.append(SVGText.text(left + (Double(index) + 0.5) * size, 70, "n m", column))
    }
    let height = min(size, 26)
    for (index, row) in rows.enumerated() {
      let y = top + Double(index) * height
      if height >= 12 || index % 8 == 0 {
        parts.append(SVGText.text(left - 8, y + height / 2 + 4, "e", names[index]))
      }
      for (column, value) in row.values.enumerated() {
        guard let value else { continue }
        let share = most > 0 ? min(1, max(0, value / most)) : 0
        let place = columns.indices.contains(column) ? columns[column] : "\(column)"
        parts.append(
          SVGText.rectangle(
            left + Double(column) * size, y, size - 1, height - 1, "w"))
        parts.append(
          SVGText.rectangle(
            left + Double(column) * size, y, size - 1, height - 1, "c",
            tooltip: "\(row.name), \(place): \(words(value))", opacity: share))
      }
    }
    let bottom = top + Double(rows.count) * height
    return Picture(
      title: title, summary: summary, width: width, height: Int(bottom + 14),
      body: parts.joined(separator: "\n"))
  }

  /// What no colour and the full colour stand for.
  private func scale(at y: Double) -> [String] {
    var (parts, x) = ([SVGText.text(4, y, "", words(0))], 4 + SVGText.width(of: words(0)) + 8)
    for step in 0..<6 {
      parts.append(SVGText.rectangle(x, y - 11, 17, 13, "w"))
      parts.append(
        SVGText.rectangle(x, y - 11, 17, 13, "c", opacity: Double(step) / 5))
      x += 18
    }
    parts.append(SVGText.text(x + 8, y, "", words(most)))
    return parts
  }
}
