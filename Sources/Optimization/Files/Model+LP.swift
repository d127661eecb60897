extension Model {
  /// Returns the model in the CPLEX LP format, for people and other solvers.
  ///
  /// - Names are kept or changed reversibly, as `FileNames` tells.
  /// - Numbers are the shortest that read back as the same number.
  /// - A row with two different finite bounds becomes two rows, the second one marked `~U`, because
  ///   GLPK reads no double bounds. A row without bounds is only named in a comment.
  /// - The objective's offset, if it isn't 0, is the coefficient of `offset_constant`, a variable
  ///   fixed at 1, because CBC drops bare constants.
  /// - Integer variables get whole bounds, because GLPK takes no others.
  /// - Bounds beyond ±10²⁰ are infinite to most readers.
  ///
  /// - Throws: `SolverError.invalidModel` for a model that `validate()` refuses.
  public func lpText() throws(SolverError) -> String {
    try validate()
    return LPWriter(model: self).written()
  }
}

/// Writes one model as an LP file.
private struct LPWriter {
  private let model: Model
  private let names: FileNames
  private var output = WrappedText()

  init(model: Model) {
    self.model = model
    names = FileNames(of: model, in: .lp)
  }

  consuming func written() -> String {
    output.add(line: "\\ Problem: \(names.title)")
    for note in names.notes {
      output.add(line: "\\ Name: \(note.subject) is")
      for piece in note.pieces { output.add(line: "\\   \(piece)") }
    }
    writeObjective()
    writeRows()
    writeBounds()
    writeIntegers()
    output.add(line: "End")
    return output.text
  }

  private mutating func writeObjective() {
    output.add(line: model.sense == .minimize ? "Minimize" : "Maximize")
    output.add(word: "\(FileNames.objective):")
    for (column, coefficient) in zip(model.objective.columns, model.objective.coefficients) {
      add(coefficient, names.variables[Int(column)])
    }
    // A variable that occurs nowhere would be unknown to the reader when its bounds come.
    let unused = model.unusedColumns
    for column in unused { add(0, names.variables[column]) }
    if model.objective.isEmpty && unused.isEmpty && !model.needsConstant { add(0, names.first) }
    if model.needsConstant { add(model.objective.constant, FileNames.constant) }
    output.endLine()
  }

  private mutating func writeRows() {
    output.add(line: "Subject To")
    var count = 0
    for row in 0..<model.rowCount {
      let (lower, upper) = (model.rowLowerBounds[row], model.rowUpperBounds[row])
      let name = names.rows[row]
      if lower == upper {
        addRow(name, row, "=", lower)
        count += 1
        continue
      }
      if lower.isFinite { addRow(name, row, ">=", lower) }
      if upper.isFinite {
        addRow(lower.isFinite ? name + FileNames.upperHalf : name, row, "<=", upper)
      }
      if lower.isFinite || upper.isFinite {
        count += 1
      } else {
        output.add(line: "\\ Row without bounds: \(name)")
      }
    }
    if count == 0 { output.add(line: " \(FileNames.none): 0 \(names.first) <= 1") }
  }

  private mutating func addRow(_ name: String, _ row: Int, _ relation: String, _ value: Double) {
    output.add(word: "\(name):")
    let terms = model.rowStarts[row]..<model.rowStarts[row + 1]
    for term in terms {
      add(model.rowCoefficients[term], names.variables[Int(model.rowColumns[term])])
    }
    if terms.isEmpty { add(0, names.first) }
    output.add(word: "\(relation) \(value.numeral)")
    output.endLine()
  }

  private mutating func add(_ coefficient: Double, _ name: String) {
    let sign = coefficient < 0 ? "-" : "+"
    output.add(word: "\(sign) \(abs(coefficient).numeral) \(name)")
  }

  private mutating func writeBounds() {
    output.add(line: "Bounds")
    for column in 0..<model.variableCount {
      let (lower, upper) = model.writtenBounds(ofColumn: column)
      let name = names.variables[column]
      let isInteger = model.kinds[column] == .integer
      if model.isBinary(column) { continue }
      switch (lower.isFinite, upper.isFinite) {
      case (false, false): output.add(line: " \(name) free")
      case (false, true): output.add(line: " -inf <= \(name) <= \(upper.numeral)")
      case (true, false):
        if lower != 0 || isInteger { output.add(line: " \(name) >= \(lower.numeral)") }
      case (true, true):
        if lower == upper {
          output.add(line: " \(name) = \(lower.numeral)")
        } else {
          output.add(line: " \(lower.numeral) <= \(name) <= \(upper.numeral)")
        }
      }
    }
    if model.needsConstant { output.add(line: " \(FileNames.constant) = 1") }
  }

  private mutating func writeIntegers() {
    let integers = (0..<model.variableCount).filter { model.kinds[$0] == .integer }
    let sections = [
      ("Generals", integers.filter { !model.isBinary($0) }),
      ("Binaries", integers.filter(model.isBinary)),
    ]
    for (title, columns) in sections where !columns.isEmpty {
      output.add(line: title)
      for column in columns { output.add(word: names.variables[column]) }
      output.endLine()
    }
  }
}

extension Model {
  /// Returns the bounds of a variable; those of an integer variable rounded inwards.
  func writtenBounds(ofColumn column: Int) -> (lower: Double, upper: Double) {
    let (lower, upper) = (lowerBounds[column], upperBounds[column])
    if kinds[column] == .continuous { return (lower, upper) }
    let slip = 1e-6
    return ((lower - slip).rounded(.up), (upper + slip).rounded(.down))
  }

  /// Whether a variable of the file has to stand for the offset, or for the missing variables.
  var needsConstant: Bool { objective.constant != 0 || variableCount == 0 }

  /// Whether a variable is written as 0 or 1.
  fileprivate func isBinary(_ column: Int) -> Bool {
    kinds[column] == .integer && writtenBounds(ofColumn: column) == (0, 1)
  }

  /// The variables that neither the objective nor a row with bounds mentions, in order.
  fileprivate var unusedColumns: [Int] {
    var isUsed = [Bool](repeating: false, count: variableCount)
    for column in objective.columns { isUsed[Int(column)] = true }
    for row in 0..<rowCount where rowLowerBounds[row].isFinite || rowUpperBounds[row].isFinite {
      for term in rowStarts[row]..<rowStarts[row + 1] { isUsed[Int(rowColumns[term])] = true }
    }
    return isUsed.indices.filter { !isUsed[$0] }
  }
}
