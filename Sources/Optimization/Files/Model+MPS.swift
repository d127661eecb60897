extension Model {
  /// Returns the model in the free MPS format, which every solver reads.
  ///
  /// - Names are kept or changed reversibly, as `FileNames` tells.
  /// - Numbers are the shortest that read back as the same number.
  /// - The format can only minimise: the objective of a model that maximises is written negated,
  ///   and a comment says so. CBC ignores the section `OBJSENSE`, and GLPK refuses it.
  /// - Integer variables get whole bounds, because GLPK takes no others.
  /// - The objective's offset, if it isn't 0, is the coefficient of `offset_constant`, a variable
  ///   fixed at 1: among the right-hand sides, CBC subtracts it and GLPK adds it.
  /// - A row with contradicting bounds, or one whose width no number gives exactly, becomes two
  ///   rows, the second one marked `~U`.
  ///
  /// - Throws: `SolverError.invalidModel` for a model that `validate()` refuses.
  public func mpsText() throws(SolverError) -> String {
    try validate()
    return MPSWriter(model: self).written()
  }
}

/// Writes one model as a free MPS file.
private struct MPSWriter {
  /// One line of the section `ROWS`, with what belongs to it in other sections.
  private struct Line {
    let kind: Character
    let name: String
    let row: Int
    var value = 0.0
    var range: Double?
  }

  private let model: Model
  private let names: FileNames
  private let sign: Double
  private var lines: [Line] = []
  private var text = ""

  init(model: Model) {
    self.model = model
    names = FileNames(of: model, in: .mps)
    sign = model.sense == .minimize ? 1 : -1
    for row in 0..<model.rowCount { lines += Self.lines(of: row, in: model, names.rows[row]) }
  }

  /// Returns how a row is written: one line, or two.
  private static func lines(of row: Int, in model: Model, _ name: String) -> [Line] {
    let (lower, upper) = (model.rowLowerBounds[row], model.rowUpperBounds[row])
    switch (lower.isFinite, upper.isFinite) {
    case (false, false): return [Line(kind: "N", name: name, row: row)]
    case (true, false): return [Line(kind: "G", name: name, row: row, value: lower)]
    case (false, true): return [Line(kind: "L", name: name, row: row, value: upper)]
    case (true, true) where lower == upper:
      return [Line(kind: "E", name: name, row: row, value: lower)]
    case (true, true):
      let width = upper - lower
      for range in [width, width.nextDown, width.nextUp] where range > 0 && range.isFinite {
        if lower + range == upper {
          return [Line(kind: "G", name: name, row: row, value: lower, range: range)]
        }
        if upper - range == lower {
          return [Line(kind: "L", name: name, row: row, value: upper, range: range)]
        }
      }
      let upperName = name + FileNames.upperHalf
      return [
        Line(kind: "G", name: name, row: row, value: lower),
        Line(kind: "L", name: upperName, row: row, value: upper),
      ]
    }
  }

  consuming func written() -> String {
    for note in names.notes {
      text += "* Name: \(note.subject) is\n"
      for piece in note.pieces { text += "*   \(piece)\n" }
    }
    if sign < 0 { text += "* To be maximised: the objective is negated.\n" }
    text += "NAME \(names.title) FREE\n"
    text += "ROWS\n N \(FileNames.objective)\n"
    for line in lines { text += " \(line.kind) \(line.name)\n" }
    if lines.isEmpty { text += " L \(FileNames.none)\n" }
    writeColumns()
    text += "RHS\n"
    for line in lines where line.value != 0 {
      text += " RHS \(line.name) \(line.value.numeral)\n"
    }
    if lines.contains(where: { $0.range != nil }) {
      text += "RANGES\n"
      for line in lines {
        if let range = line.range { text += " RANGE \(line.name) \(range.numeral)\n" }
      }
    }
    writeBounds()
    text += "ENDATA\n"
    return text
  }

  private mutating func writeColumns() {
    text += "COLUMNS\n"
    let objective = model.objectiveCoefficients
    // The columns' entries as lists linked by number, because the model keeps its terms by rows.
    var first = [Int](repeating: -1, count: model.variableCount)
    var next: [Int] = []
    var entries: [(line: Int, coefficient: Double)] = []
    for line in lines.indices.reversed() {
      for term in model.rowStarts[lines[line].row]..<model.rowStarts[lines[line].row + 1] {
        let column = Int(model.rowColumns[term])
        next.append(first[column])
        first[column] = entries.count
        entries.append((line, model.rowCoefficients[term]))
      }
    }
    var isInteger = false
    for column in 0..<model.variableCount {
      if (model.kinds[column] == .integer) != isInteger {
        isInteger.toggle()
        text += " MARKER 'MARKER' \(isInteger ? "'INTORG'" : "'INTEND'")\n"
      }
      let name = names.variables[column]
      var entry = first[column]
      // A column must be mentioned, even if nothing depends on it.
      if objective[column] != 0 || entry < 0 {
        text += " \(name) \(FileNames.objective) \((sign * objective[column]).numeral)\n"
      }
      while entry >= 0 {
        let (line, coefficient) = entries[entry]
        text += " \(name) \(lines[line].name) \(coefficient.numeral)\n"
        entry = next[entry]
      }
    }
    if isInteger { text += " MARKER 'MARKER' 'INTEND'\n" }
    if model.needsConstant {
      let offset = (sign * model.objective.constant).numeral
      text += " \(FileNames.constant) \(FileNames.objective) \(offset)\n"
    }
  }

  private mutating func writeBounds() {
    text += "BOUNDS\n"
    for column in 0..<model.variableCount {
      let (lower, upper) = model.writtenBounds(ofColumn: column)
      let name = names.variables[column]
      let isInteger = model.kinds[column] == .integer
      // Readers differ in the bounds of integer columns that have none: both are always written.
      if lower == 0 && upper == .infinity && !isInteger { continue }
      if lower == upper {
        text += " FX BOUND \(name) \(lower.numeral)\n"
      } else if lower == -.infinity && upper == .infinity {
        text += " FR BOUND \(name)\n"
      } else {
        text += lower.isFinite ? " LO BOUND \(name) \(lower.numeral)\n" : " MI BOUND \(name)\n"
        text += upper.isFinite ? " UP BOUND \(name) \(upper.numeral)\n" : " PL BOUND \(name)\n"
      }
    }
    if model.needsConstant { text += " FX BOUND \(FileNames.constant) 1\n" }
  }
}
