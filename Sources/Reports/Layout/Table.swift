/// Rows of aligned columns, two blanks apart.
struct Table {
  /// How the cells of a column are aligned.
  enum Column {
    case left
    case right
    /// Aligned left, and shortened where the row would be too wide.
    case flexible
  }

  let columns: [Column]
  let header: [String]?
  private(set) var rows: [[String]] = []

  /// Creates an empty table.
  init(_ columns: [Column], header: [String]? = nil) {
    self.columns = columns
    self.header = header
  }

  /// Adds a row with a cell for each column.
  mutating func append(_ cells: String...) { append(cells) }

  mutating func append(_ cells: [String]) {
    rows.append(cells.map { Page.printable($0) })
  }

  /// Returns the rows as lines of at most so many columns, indented by two.
  func lines(columns limit: Int) -> [String] {
    let all = (header.map { [$0] } ?? []) + rows
    var widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    let indent = 2
    var excess = indent + widths.reduce(0, +) + 2 * max(0, widths.count - 1) - limit
    while excess > 0 {
      // Take from the widest flexible column, so that short names stay whole.
      let flexible = columns.indices.filter { columns[$0] == .flexible && widths[$0] > 8 }
      guard let widest = flexible.max(by: { (widths[$0], $1) < (widths[$1], $0) }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return all.map { cells in
      var line = String(repeating: " ", count: indent)
      for (column, cell) in cells.enumerated() {
        let text = Page.shorten(cell, to: widths[column])
        let padding = String(repeating: " ", count: widths[column] - text.count)
        line += columns[column] == .right ? padding + text : text + padding
        line += "  "
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
