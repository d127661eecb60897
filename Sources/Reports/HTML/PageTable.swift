import Plans
import Profiles

/// A table of a page.
struct PageTable: Sendable {
  /// One column.
  struct Column: Sendable {
    let name: String
    /// Whether it holds numbers, which are aligned right.
    var isNumber = false
  }

  /// One cell.
  struct Cell: Sendable {
    let text: String
    /// What rows are sorted by; nil for the text.
    var sort: Double?
    var note: String?
    var isNumber = false
  }

  /// One row.
  struct Row: Sendable {
    let cells: [Cell]
  }

  let id: String
  /// A heading above the table; nil for none.
  var caption: String?
  /// What the table is about, for those who hear it.
  let label: String
  let columns: [Column]
  private(set) var rows: [Row] = []
  /// Whether there is a field to search it.
  var isSearchable = false
  /// The name of the data that scripts fill it from; nil if the rows here are all.
  var source: String?
  /// A sentence below the table.
  var remark: String?

  /// Creates an empty table; the names of columns of numbers begin with `#`.
  init(_ id: String, label: String, caption: String? = nil, columns: [String]) {
    self.id = id
    self.label = label
    self.caption = caption
    self.columns = columns.map {
      $0.hasPrefix("#") ? Column(name: String($0.dropFirst()), isNumber: true) : Column(name: $0)
    }
  }

  /// Adds a row with a cell for each column.
  mutating func append(_ cells: Cell...) { append(cells) }

  /// Adds a row with a cell for each column.
  mutating func append(_ cells: [Cell]) {
    rows.append(
      Row(
        cells: zip(cells, columns).map { cell, column in
          Cell(
            text: Page.printable(cell.text), sort: cell.sort,
            note: cell.note.map { Page.printable($0) }, isNumber: column.isNumber)
        }))
  }
}

extension PageTable.Cell: ExpressibleByStringInterpolation {
  /// A cell that sorts by its text.
  init(stringLiteral text: String) { self.init(text: text) }
  /// A cell that sorts by its text.
  static func text(_ text: String, note: String? = nil) -> Self { Self(text: text, note: note) }
  /// A time in microseconds, told in milliseconds.
  static func time(_ microseconds: Double?) -> Self {
    microseconds.map { Self(text: Quantity.milliseconds($0), sort: $0) } ?? "–"
  }
  /// An amount of memory.
  static func bytes(_ bytes: Int) -> Self { Self(text: Quantity.bytes(bytes), sort: Double(bytes)) }
  /// A share, told in per cent.
  static func percent(_ share: Double?) -> Self {
    share.map { Self(text: Quantity.percent($0), sort: $0) } ?? "–"
  }
  /// A whole number.
  static func count(_ count: Int) -> Self { Self(text: "\(count)", sort: Double(count)) }
  /// A number with a fixed count of decimals.
  static func number(_ value: Double?, decimals: Int) -> Self {
    value.map { Self(text: Quantity.fixed($0, decimals: decimals), sort: $0) } ?? "–"
  }
}

extension PageTable {
  /// The strategies that were tried.
  ///
  /// - Parameters:
  ///   - search: The strategies.
  ///   - value: What their values are called.
  ///   - nodes: What their nodes are called.
  ///   - hasSeconds: Whether their seconds are known: those of this run.
  ///   - cell: How a value is told; by default as a time.
  static func search(
    _ search: [SearchEntry], value: String = "value", nodes: String = "nodes", hasSeconds: Bool,
    cell: (Double?) -> Cell = { .time($0) }
  ) -> PageTable {
    var table = PageTable(
      "search-table", label: "Strategies that were tried",
      columns: ["strategy", "#\(value)", "#bound", "#gap", "#\(nodes)", "engine"]
        + (hasSeconds ? ["#seconds"] : []) + ["ended"])
    for entry in search {
      table.append(
        [
          .text(entry.strategy), cell(entry.valueMicroseconds), cell(entry.boundMicroseconds),
          .percent(entry.gap), .count(entry.nodes), .text(entry.engine),
        ] + (hasSeconds ? [.number(entry.seconds, decimals: 2)] : []) + [.text(entry.termination)])
    }
    if !hasSeconds {
      table.remark =
        "Plan files carry no seconds: they are in reports that are made in the same run as the plan."
    }
    return table
  }
}
