package import CEngine
package import Optimization

/// A model as the engines read it: minimised, column by column, without the objective's offset.
///
/// Bounds of integer columns are rounded inward, and the objective is scaled up where all its
/// coefficients are below 1, because the engines' tolerances are absolute.
package struct ColumnForm {
  /// What the engine's objective is multiplied with: negative when maximising, a power of two.
  private let factor: Double
  private let offset: Double
  /// Whether a row or column has a lower bound above its upper bound.
  package let isContradictory: Bool

  private var starts: [Int32]
  private var indices: [Int32] = []
  private var values: [Double] = []
  private var objective: [Double]
  private var columnLower: [Double]
  private var columnUpper: [Double]
  private let isInteger: [UInt8]
  private let rowLower: [Double]
  private let rowUpper: [Double]

  /// Transposes a valid model.
  package init(_ model: Model) {
    let costs = model.objectiveCoefficients
    let largest = costs.reduce(0) { max($0, abs($1)) }
    let scale = largest > 0 && largest < 1 ? 1 / largest.binade : 1
    factor = (model.sense == .minimize ? 1 : -1) * scale
    offset = model.objective.constant
    objective = costs.map { [factor] cost in cost * factor }

    columnLower = model.lowerBounds
    columnUpper = model.upperBounds
    isInteger = model.kinds.map { $0 == .integer ? 1 : 0 }
    for column in isInteger.indices where isInteger[column] == 1 {
      (columnLower[column], columnUpper[column]) = Self.wholeRange(
        columnLower[column], columnUpper[column])
    }
    rowLower = model.rowLowerBounds
    rowUpper = model.rowUpperBounds
    isContradictory =
      zip(columnLower, columnUpper).contains { $0 > $1 }
      || zip(rowLower, rowUpper).contains { $0 > $1 }

    starts = Array(repeating: 0, count: model.variableCount + 1)
    transpose(model)
  }

  /// Rounds the bounds of an integer column inward, unless they are within 1e-6 of whole numbers.
  package static func wholeRange(_ lower: Double, _ upper: Double) -> (Double, Double) {
    func whole(_ bound: Double, _ direction: FloatingPointRoundingRule) -> Double {
      let nearest = bound.rounded()
      return abs(bound - nearest) <= 1e-6 ? nearest : bound.rounded(direction)
    }
    return (whole(lower, .up), whole(upper, .down))
  }

  /// Fills the columns with the rows' terms, leaving out coefficients of 0.
  private mutating func transpose(_ model: Model) {
    for (column, value) in zip(model.rowColumns, model.rowCoefficients) where value != 0 {
      starts[Int(column) + 1] += 1
    }
    for column in 0..<model.variableCount { starts[column + 1] += starts[column] }
    let count = Int(starts[model.variableCount])
    indices = Array(repeating: 0, count: count)
    values = Array(repeating: 0, count: count)
    var next = starts
    for row in 0..<model.rowCount {
      for term in model.rowStarts[row]..<model.rowStarts[row + 1]
      where model.rowCoefficients[term] != 0 {
        let column = Int(model.rowColumns[term])
        indices[Int(next[column])] = Int32(row)
        values[Int(next[column])] = model.rowCoefficients[term]
        next[column] += 1
      }
    }
  }

  /// How many columns there are.
  package var columnCount: Int { objective.count }
  /// How many rows there are.
  package var rowCount: Int { rowLower.count }

  /// The same model with an objective of 0.
  package func withoutObjective() -> ColumnForm {
    var copy = self
    copy.objective = objective.map { _ in 0 }
    return copy
  }

  /// The model's objective for one of the engine's.
  package func modelObjective(_ value: Double) -> Double { value / factor + offset }

  /// The engine's objective for one of the model's.
  package func engineObjective(_ value: Double) -> Double { (value - offset) * factor }

  /// Whether one objective of the model is better than another.
  package func isBetter(_ value: Double, than other: Double) -> Bool {
    factor < 0 ? value > other : value < other
  }

  /// The model's dual for one of the engine's.
  package func modelDual(_ value: Double) -> Double { value / factor }

  /// Calls `body` with the model as the C targets take it.
  package func withEngineModel<Result>(
    _ body: (UnsafePointer<engine_model>) -> Result
  ) -> Result {
    let (columns, rows) = (objective.count, rowLower.count)
    let integers = starts + indices
    let numbers = values + objective + columnLower + columnUpper + rowLower + rowUpper
    return integers.withUnsafeBufferPointer { integers in
      numbers.withUnsafeBufferPointer { numbers in
        isInteger.withUnsafeBufferPointer { isInteger in
          let afterValues = numbers.baseAddress?.advanced(by: values.count)
          let model = engine_model(
            columns: Int32(columns), rows: Int32(rows),
            starts: integers.baseAddress,
            indices: integers.baseAddress?.advanced(by: starts.count),
            values: numbers.baseAddress,
            objective: afterValues,
            column_lower: afterValues?.advanced(by: columns),
            column_upper: afterValues?.advanced(by: 2 * columns),
            is_integer: isInteger.baseAddress,
            row_lower: afterValues?.advanced(by: 3 * columns),
            row_upper: afterValues?.advanced(by: 3 * columns + rows))
          return withUnsafePointer(to: model, body)
        }
      }
    }
  }
}
