/// A mixed-integer linear program: minimise or maximise a linear objective over rows and bounds.
///
/// Rows are stored one after the other (compressed sparse rows), columns sorted within each row and
/// terms of the same variable merged. Infinite bounds are `±Double.infinity`.
public struct Model: Sendable {
  /// The direction of the objective.
  public enum Sense: String, Sendable, Hashable {
    case minimize
    case maximize
  }

  /// What the model is called in files and logs.
  public let name: String
  /// The direction of the objective.
  public var sense: Sense
  /// What is minimised or maximised; its constant is the objective's offset.
  public private(set) var objective = LinearExpression()

  /// The names of the variables.
  public private(set) var variableNames: [String] = []
  /// The least value of each variable.
  public private(set) var lowerBounds: [Double] = []
  /// The greatest value of each variable.
  public private(set) var upperBounds: [Double] = []
  /// The kind of each variable.
  public private(set) var kinds: [VariableKind] = []

  /// The names of the rows.
  public private(set) var rowNames: [String] = []
  /// The least value of each row's expression.
  public private(set) var rowLowerBounds: [Double] = []
  /// The greatest value of each row's expression.
  public private(set) var rowUpperBounds: [Double] = []
  /// Where each row's terms begin in `rowColumns` and `rowCoefficients`; one more entry than rows.
  public private(set) var rowStarts: [Int] = [0]
  /// The columns of all rows' terms.
  public private(set) var rowColumns: [Int32] = []
  /// The coefficients of all rows' terms.
  public private(set) var rowCoefficients: [Double] = []

  /// Creates a model without variables and rows.
  public init(name: String, sense: Sense = .minimize) {
    self.name = name
    self.sense = sense
  }

  /// How many variables there are.
  public var variableCount: Int { lowerBounds.count }
  /// How many rows there are.
  public var rowCount: Int { rowLowerBounds.count }
  /// How many terms all rows have together.
  public var termCount: Int { rowColumns.count }
  /// How many variables are integer.
  public var integerCount: Int { kinds.count { $0 == .integer } }

  // MARK: Building

  /// Adds a variable.
  @discardableResult
  public mutating func addVariable(
    _ name: String, in bounds: ClosedRange<Double>, kind: VariableKind = .continuous
  ) -> Variable {
    addVariable(name, lower: bounds.lowerBound, upper: bounds.upperBound, kind: kind)
  }

  /// Adds a variable whose bounds are taken as they are, even where they contradict each other.
  @discardableResult
  public mutating func addVariable(
    _ name: String, lower: Double, upper: Double, kind: VariableKind = .continuous
  ) -> Variable {
    variableNames.append(name)
    lowerBounds.append(lower)
    upperBounds.append(upper)
    kinds.append(kind)
    return Variable(index: lowerBounds.count - 1)
  }

  /// Adds a variable that is 0 or 1.
  @discardableResult
  public mutating func addBinary(_ name: String) -> Variable {
    addVariable(name, in: 0...1, kind: .integer)
  }

  /// Adds the row `lower ≤ expression ≤ upper`.
  ///
  /// The expression's constant is moved to the bounds.
  ///
  /// - Returns: The row's index.
  @discardableResult
  public mutating func addRow(
    _ name: String, _ expression: LinearExpression, atLeast lower: Double = -.infinity,
    atMost upper: Double = .infinity
  ) -> Int {
    let merged = merge(expression)
    for (column, coefficient) in merged {
      rowColumns.append(column)
      rowCoefficients.append(coefficient)
    }
    rowStarts.append(rowColumns.count)
    rowNames.append(name)
    rowLowerBounds.append(lower - expression.constant)
    rowUpperBounds.append(upper - expression.constant)
    return rowLowerBounds.count - 1
  }

  /// Adds the row `expression = value`.
  @discardableResult
  public mutating func addRow(
    _ name: String, _ expression: LinearExpression, equals value: Double
  ) -> Int {
    addRow(name, expression, atLeast: value, atMost: value)
  }

  /// Replaces the objective.
  public mutating func setObjective(_ expression: LinearExpression) {
    var merged = LinearExpression(constant: expression.constant)
    for (column, coefficient) in merge(expression) {
      merged.add(coefficient, Variable(index: Int(column)))
    }
    objective = merged
  }

  /// Replaces the bounds of a variable.
  public mutating func setBounds(of variable: Variable, lower: Double, upper: Double) {
    lowerBounds[variable.index] = lower
    upperBounds[variable.index] = upper
  }

  /// Replaces the kind of a variable.
  public mutating func setKind(of variable: Variable, _ kind: VariableKind) {
    kinds[variable.index] = kind
  }

  /// Replaces the bounds of a row.
  public mutating func setRowBounds(_ row: Int, lower: Double, upper: Double) {
    rowLowerBounds[row] = lower
    rowUpperBounds[row] = upper
  }

  /// Makes every variable continuous.
  public mutating func relaxIntegrality() {
    kinds = Array(repeating: .continuous, count: kinds.count)
  }

  // MARK: Reading

  /// Returns the expression of a row, without constant.
  public func expression(ofRow row: Int) -> LinearExpression {
    var expression = LinearExpression()
    for term in rowStarts[row]..<rowStarts[row + 1] {
      expression.add(rowCoefficients[term], Variable(index: Int(rowColumns[term])))
    }
    return expression
  }

  /// The objective's coefficient of each variable.
  public var objectiveCoefficients: [Double] {
    var dense = [Double](repeating: 0, count: variableCount)
    for (column, coefficient) in zip(objective.columns, objective.coefficients) {
      dense[Int(column)] = coefficient
    }
    return dense
  }

  /// Returns the terms sorted by column, each column once.
  private func merge(_ expression: LinearExpression) -> [(Int32, Double)] {
    let columns = expression.columns
    for column in columns {
      precondition(
        column >= 0 && Int(column) < variableCount, "a variable of another model was used")
    }
    let isSorted = zip(columns, columns.dropFirst()).allSatisfy { $0 < $1 }
    if isSorted { return Array(zip(columns, expression.coefficients)) }
    var merged: [(Int32, Double)] = []
    merged.reserveCapacity(columns.count)
    let order = columns.indices.sorted { (columns[$0], $0) < (columns[$1], $1) }
    for position in order {
      if let last = merged.last, last.0 == columns[position] {
        merged[merged.count - 1].1 += expression.coefficients[position]
      } else {
        merged.append((columns[position], expression.coefficients[position]))
      }
    }
    return merged
  }
}
