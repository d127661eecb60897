import Optimization

/// A model as the bytes of its arrays, in the machine's own order.
///
/// Names are left out: nothing that a worker answers refers to them. In their place the worker
/// numbers columns and rows.
struct ModelPayload {
  /// How many entries the arrays have, and what isn't in an array.
  struct Shape: Codable {
    var columns: Int
    var rows: Int
    var terms: Int
    var isMaximized: Bool
    var offset: Double
    var hasStart: Bool

    /// How many bytes the arrays take; nil for counts that no model has.
    var byteCount: Int? {
      let most = Int(Int32.max)
      guard (0...most).contains(columns), (0...most).contains(rows), (0...most).contains(terms)
      else { return nil }
      let doubles = (hasStart ? 4 : 3) * columns + 2 * rows + terms
      return 8 * doubles + 8 * (rows + 1) + 4 * terms + columns
    }
  }

  let model: Model
  /// The warm start, one entry for each column; nil for none.
  let start: [Double?]?

  /// What the arrays don't tell.
  var shape: Shape {
    Shape(
      columns: model.variableCount, rows: model.rowCount, terms: model.termCount,
      isMaximized: model.sense == .maximize, offset: model.objective.constant,
      hasStart: start != nil)
  }

  init(model: Model, start: [Double?]?) {
    self.model = model
    self.start = start
  }

  // MARK: Writing

  /// The arrays one after the other.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(shape.byteCount ?? 0)
    func append<Element: BitwiseCopyable>(_ array: [Element]) {
      array.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
    append(model.objectiveCoefficients)
    append(model.lowerBounds)
    append(model.upperBounds)
    append(model.rowLowerBounds)
    append(model.rowUpperBounds)
    append(model.rowCoefficients)
    if let start { append(start.map { $0 ?? .nan }) }
    append(model.rowStarts)
    append(model.rowColumns)
    append(model.kinds.map { $0 == .integer ? UInt8(1) : 0 })
    return bytes
  }

  // MARK: Reading

  /// Reads what `bytes` wrote.
  ///
  /// - Throws: `SolverError.invalidModel` if the arrays contradict each other.
  init(shape: Shape, bytes: [UInt8]) throws(SolverError) {
    guard bytes.count == shape.byteCount else {
      throw .invalidModel("\(bytes.count) bytes don't hold the model that the request describes")
    }
    var rest = bytes[...]
    func take<Element: BitwiseCopyable>(_ type: Element.Type, _ count: Int) -> [Element] {
      let length = count * MemoryLayout<Element>.stride
      defer { rest = rest.dropFirst(length) }
      return [Element](unsafeUninitializedCapacity: count) { buffer, filled in
        UnsafeMutableRawBufferPointer(buffer).copyBytes(from: rest.prefix(length))
        filled = count
      }
    }
    let objective = take(Double.self, shape.columns)
    let lower = take(Double.self, shape.columns)
    let upper = take(Double.self, shape.columns)
    let rowLower = take(Double.self, shape.rows)
    let rowUpper = take(Double.self, shape.rows)
    let coefficients = take(Double.self, shape.terms)
    let known = shape.hasStart ? take(Double.self, shape.columns) : nil
    let starts = take(Int.self, shape.rows + 1)
    let columns = take(Int32.self, shape.terms)
    let kinds = take(UInt8.self, shape.columns)

    let isOrdered = zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 }
    guard starts.first == 0, starts.last == shape.terms, isOrdered,
      columns.allSatisfy({ $0 >= 0 && $0 < shape.columns })
    else { throw .invalidModel("the rows of the request are out of order or out of range") }

    var model = Model(name: "request", sense: shape.isMaximized ? .maximize : .minimize)
    var costs = LinearExpression(constant: shape.offset)
    for index in 0..<shape.columns {
      let variable = model.addVariable(
        "c\(index)", lower: lower[index], upper: upper[index],
        kind: kinds[index] == 0 ? .continuous : .integer)
      if objective[index] != 0 { costs.add(objective[index], variable) }
    }
    model.setObjective(costs)
    for row in 0..<shape.rows {
      var expression = LinearExpression()
      for term in starts[row]..<starts[row + 1] {
        expression.add(coefficients[term], Variable(index: Int(columns[term])))
      }
      model.addRow("r\(row)", expression, atLeast: rowLower[row], atMost: rowUpper[row])
    }
    self.model = model
    start = known.map { $0.map { $0.isNaN ? nil : $0 } }
  }
}
