/// One broken row, bound or integrality requirement.
public struct Violation: Hashable, Sendable, CustomStringConvertible {
  /// The row or variable.
  public let place: String
  /// By how much the requirement is missed.
  public let amount: Double
  /// What is required and what was found.
  public let description: String
}

extension Model {
  /// Throws if an engine could misread or refuse the model.
  ///
  /// Refused are NaN anywhere, infinite coefficients, bounds that are infinite on the wrong side,
  /// and names that are empty, contain blanks or non-ASCII characters, or exceed 255 bytes.
  /// Contradicting bounds are not malformed: such a model is infeasible.
  public func validate() throws(SolverError) {
    for (index, name) in variableNames.enumerated() {
      try Self.check(name: name, of: "variable \(index)")
      let (lower, upper) = (lowerBounds[index], upperBounds[index])
      if lower.isNaN || upper.isNaN { throw .invalidModel("variable \(name): a bound is NaN") }
      if lower == .infinity || upper == -.infinity {
        throw .invalidModel("variable \(name): bounds \(lower)...\(upper) leave no number")
      }
    }
    for (index, name) in rowNames.enumerated() {
      try Self.check(name: name, of: "row \(index)")
      let (lower, upper) = (rowLowerBounds[index], rowUpperBounds[index])
      if lower.isNaN || upper.isNaN { throw .invalidModel("row \(name): a bound is NaN") }
      if lower == .infinity || upper == -.infinity {
        throw .invalidModel("row \(name): bounds \(lower)...\(upper) leave no number")
      }
      for term in rowStarts[index]..<rowStarts[index + 1] where !rowCoefficients[term].isFinite {
        let variable = variableNames[Int(rowColumns[term])]
        throw .invalidModel(
          "row \(name): the coefficient of \(variable) is \(rowCoefficients[term])")
      }
    }
    for (column, coefficient) in zip(objective.columns, objective.coefficients)
    where !coefficient.isFinite {
      throw .invalidModel(
        "objective: the coefficient of \(variableNames[Int(column)]) is \(coefficient)")
    }
    if !objective.constant.isFinite {
      throw .invalidModel("objective: the offset is \(objective.constant)")
    }
  }

  private static func check(name: String, of place: String) throws(SolverError) {
    if name.isEmpty { throw .invalidModel("\(place): the name is empty") }
    if name.utf8.count > 255 {
      throw .invalidModel(
        "\(place): the name has \(name.utf8.count) bytes; at most 255 are allowed")
    }
    if let bad = name.utf8.first(where: { $0 <= 0x20 || $0 >= 0x7F }) {
      throw .invalidModel("\(place): the name contains the byte \(bad); use printable ASCII only")
    }
  }

  /// Returns what a point violates, worst first; empty for a feasible point.
  ///
  /// - Parameters:
  ///   - point: One value for each variable.
  ///   - tolerance: How far a row or bound may be missed, relative to the largest of 1, the
  ///     bound, and the largest term of the row.
  ///   - integrality: How far an integer variable may be from a whole number.
  public func violations(
    of point: [Double], tolerance: Double = 1e-6, integrality: Double = 1e-5
  ) -> [Violation] {
    guard point.count == variableCount else {
      return [
        Violation(
          place: name, amount: .infinity,
          description: "\(point.count) values for \(variableCount) variables")
      ]
    }
    var found: [Violation] = []
    for index in 0..<variableCount {
      let value = point[index]
      let name = variableNames[index]
      guard value.isFinite else {
        found.append(Violation(place: name, amount: .infinity, description: "\(name) = \(value)"))
        continue
      }
      let missed = max(lowerBounds[index] - value, value - upperBounds[index])
      let scale = max(1, abs(value))
      if missed > tolerance * scale {
        let bounds = "\(lowerBounds[index])...\(upperBounds[index])"
        found.append(
          Violation(place: name, amount: missed, description: "\(name) = \(value) not in \(bounds)")
        )
      }
      let fraction = abs(value - value.rounded())
      if kinds[index] == .integer && fraction > integrality {
        found.append(
          Violation(place: name, amount: fraction, description: "\(name) = \(value) is not whole"))
      }
    }
    for row in 0..<rowCount {
      var activity = 0.0
      var scale = 1.0
      for term in rowStarts[row]..<rowStarts[row + 1] {
        let part = rowCoefficients[term] * point[Int(rowColumns[term])]
        activity += part
        scale = max(scale, abs(part))
      }
      let (lower, upper) = (rowLowerBounds[row], rowUpperBounds[row])
      let missed = max(lower - activity, activity - upper)
      if missed > tolerance * scale || activity.isNaN {
        found.append(
          Violation(
            place: rowNames[row], amount: missed,
            description: "\(rowNames[row]): \(activity) not in \(lower)...\(upper)"))
      }
    }
    return found.sorted { ($1.amount, $0.place) < ($0.amount, $1.place) }
  }
}
