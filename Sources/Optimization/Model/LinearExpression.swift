/// A sum of coefficients times variables, plus a constant.
///
/// Terms are kept flat and in the order in which they were added, so that building a sum costs
/// constant time per term. The same variable may occur several times; the model merges the terms.
public struct LinearExpression: Sendable, Hashable {
  /// The columns of the terms.
  public private(set) var columns: [Int32] = []
  /// The coefficients of the terms, as many as `columns`.
  public private(set) var coefficients: [Double] = []
  /// What is added to the terms.
  public var constant: Double

  /// Creates an expression without terms.
  public init(constant: Double = 0) {
    self.constant = constant
  }

  /// Adds one term.
  public mutating func add(_ coefficient: Double, _ variable: Variable) {
    columns.append(Int32(variable.index))
    coefficients.append(coefficient)
  }

  /// Adds another expression, multiplied by a factor.
  public mutating func add(_ other: LinearExpression, times factor: Double = 1) {
    columns.append(contentsOf: other.columns)
    coefficients.append(contentsOf: other.coefficients.lazy.map { $0 * factor })
    constant += other.constant * factor
  }

  /// Whether there are no terms.
  public var isEmpty: Bool { columns.isEmpty }

  /// Returns the value of the expression at a point.
  ///
  /// - Parameter point: One value for each variable of the model.
  public func value(at point: [Double]) -> Double {
    var sum = constant
    for (column, coefficient) in zip(columns, coefficients) {
      sum += coefficient * point[Int(column)]
    }
    return sum
  }
}
