extension Conflict {
  /// How many rows, bounds or terms are spelled out before the rest is only counted.
  private static let mostListed = 12

  /// Describes the places of a model that contradict each other.
  init(of model: Model, places: [Place], wholeColumns: [Int], unproven: String?) {
    let rowPlaces = places.filter { $0.subject == .row }
    let boundPlaces = places.filter { $0.subject == .variable }
    rows = rowPlaces.map {
      Requirement(
        name: model.rowNames[$0.index], index: $0.index, side: $0.side, value: model.value(at: $0))
    }
    bounds = boundPlaces.map {
      Requirement(
        name: model.variableNames[$0.index], index: $0.index, side: $0.side,
        value: model.value(at: $0))
    }
    wholeVariables = wholeColumns.map { model.variableNames[$0] }
    self.unproven = unproven

    let boundTexts = bounds.map { $0.text(isRow: false) }
    let wholeText =
      wholeVariables.isEmpty ? nil : "\(Self.listed(wholeVariables)) must be whole"
    var text: String
    if let row = rowPlaces.first, rowPlaces.count == 1,
      let extreme = model.extreme(of: row, within: boundPlaces)
    {
      let word = row.side == .atLeast ? "at most" : "at least"
      text = "row \(rows[0].text(isRow: true)) but the bounds allow \(word) \(extreme.numeral)"
      if !boundTexts.isEmpty { text += ": \(Self.listed(boundTexts))" }
      if let wholeText { text += "; \(wholeText)" }
    } else if rowPlaces.isEmpty {
      text = "bounds contradict each other: \(Self.listed(boundTexts))"
      if let wholeText { text += "; \(wholeText)" }
    } else {
      var lines = ["no point satisfies all of these:"]
      for (place, row) in zip(rowPlaces, rows).prefix(Self.mostListed) {
        let sum = Self.text(of: model.expression(ofRow: place.index), in: model)
        lines.append("  row \(row.name): \(sum) \(row.side.sign) \(row.value.numeral)")
      }
      if rows.count > Self.mostListed {
        lines.append("  and \(rows.count - Self.mostListed) more rows")
      }
      if !boundTexts.isEmpty { lines.append("  bounds \(Self.listed(boundTexts))") }
      if let wholeText { lines.append("  \(wholeText)") }
      text = lines.joined(separator: "\n")
    }
    if let unproven { text += "\n(some of these may not be needed: \(unproven))" }
    description = text
  }

  private static func listed(_ items: [String]) -> String {
    let shown = items.prefix(mostListed).joined(separator: ", ")
    return items.count > mostListed ? "\(shown) and \(items.count - mostListed) more" : shown
  }

  /// Returns a sum as it is written on paper.
  private static func text(of expression: LinearExpression, in model: Model) -> String {
    var text = ""
    for (column, coefficient) in zip(expression.columns, expression.coefficients)
      .prefix(mostListed)
    {
      if text.isEmpty {
        text += coefficient < 0 ? "-" : ""
      } else {
        text += coefficient < 0 ? " - " : " + "
      }
      if abs(coefficient) != 1 { text += "\(abs(coefficient).numeral) " }
      text += model.variableNames[Int(column)]
    }
    let hidden = expression.columns.count - mostListed
    if hidden > 0 { text += " + \(hidden) more terms" }
    return text.isEmpty ? "0" : text
  }
}

extension Conflict.Requirement {
  /// The requirement in a few words: `memory[17] needs at least 12` for rows, `x ≤ 2` for bounds.
  fileprivate func text(isRow: Bool) -> String {
    if !isRow { return "\(name) \(side.sign) \(value.numeral)" }
    return "\(name) needs \(side == .atLeast ? "at least" : "at most") \(value.numeral)"
  }
}

extension Conflict.Side {
  /// The sign between a row or variable and its bound.
  fileprivate var sign: String {
    switch self {
    case .atLeast: "≥"
    case .atMost: "≤"
    }
  }
}

extension Model {
  /// Returns the value closest to a row's bound that some bounds of variables allow, or nil if they
  /// don't keep the row from its bound.
  fileprivate func extreme(of row: Place, within bounds: [Place]) -> Double? {
    let given = Set(bounds)
    var sum = 0.0
    for term in rowStarts[row.index]..<rowStarts[row.index + 1] {
      let coefficient = rowCoefficients[term]
      if coefficient == 0 { continue }
      let isUpper = (coefficient > 0) == (row.side == .atLeast)
      let place = Place(
        subject: .variable, index: Int(rowColumns[term]), side: isUpper ? .atMost : .atLeast)
      guard given.contains(place) else { return nil }
      var bound = value(at: place)
      if kinds[place.index] == .integer {
        bound = isUpper ? (bound + 1e-6).rounded(.down) : (bound - 1e-6).rounded(.up)
      }
      sum += coefficient * bound
    }
    let isMissed = row.side == .atLeast ? sum < value(at: row) : sum > value(at: row)
    return isMissed ? sum : nil
  }
}
