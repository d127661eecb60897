public import Profiles

/// Turns two tables of a user's own into a profile.
///
/// The columns are called as the keys of a profile's file: `id`, `duration_us`, `reads` and so on.
public struct CSVCollector: Sendable {
  /// The device that the profile is for, if any.
  public let device: Device?

  /// Creates a collector.
  public init(device: Device? = nil) {
    self.device = device
  }

  /// Reads the operators, in execution order, and the tensors.
  ///
  /// - Throws: `CollectorError` with file, line and column and the remedy.
  public func collect(
    operators: SourceFile, tensors: SourceFile
  ) throws(CollectorError) -> Profile {
    let tensorRows = try CSVTable(
      tensors, required: ["id", "bytes"],
      optional: ["kind", "dtype", "shape", "persistent", "movable", "alias_of", "density"]
    ).rows
    let operatorRows = try CSVTable(
      operators, required: ["id", "duration_us"],
      optional: [
        "phase", "reads", "writes", "workspace_bytes", "flops", "bytes_accessed", "recomputable",
      ]
    ).rows
    var made: [Tensor] = []
    var known: Set<String> = []
    for row in tensorRows {
      made.append(try tensor(row))
      guard known.insert(made[made.count - 1].id).inserted else {
        throw row.fault("id", "the name is there already", "give each tensor a name of its own")
      }
    }
    for row in tensorRows { try check(row, "alias_of", known) }
    var steps: [Profiles.Operator] = []
    var names: Set<String> = []
    for row in operatorRows {
      steps.append(try step(row))
      guard names.insert(steps[steps.count - 1].id).inserted else {
        throw row.fault("id", "the name is there already", "give each operator a name of its own")
      }
      try check(row, "reads", known)
      try check(row, "writes", known)
    }
    return Profile(
      name: operators.name,
      source: Profile.Source(
        collector: "csv", file: "\(operators.name), \(tensors.name)",
        notes: notes(operatorRows, steps, tensorRows, made)),
      device: device, tensors: made, operators: steps)
  }

  // MARK: Rows

  private func tensor(_ row: CSVTable.Row) throws(CollectorError) -> Tensor {
    let kinds = Tensor.Kind.allCases.map(\.rawValue).joined(separator: ", ")
    let density = try row.value("density", "a share from 0 to 1") {
      Double(decimal: $0).flatMap { 0...1 ~= $0 ? $0 : nil }
    }
    _ = try row.required("bytes")
    return Tensor(
      id: try row.required("id"),
      bytes: try row.value("bytes", "a whole number of bytes", CSVCollector.count) ?? 0,
      dtype: row.text("dtype"),
      shape: try row.value("shape", "extents such as 64x3x224x224", CSVCollector.shape),
      kind: try row.value("kind", "one of \(kinds)", Tensor.Kind.init) ?? .activation,
      sparsity: density.map { Sparsity(history: [.init(epoch: 0, density: $0)]) },
      isPersistent: try row.value("persistent", "true or false", CSVCollector.truth),
      isMovable: try row.value("movable", "true or false", CSVCollector.truth) ?? true,
      aliasOf: row.text("alias_of"))
  }

  private func step(_ row: CSVTable.Row) throws(CollectorError) -> Profiles.Operator {
    let phases = Profiles.Operator.Phase.allCases.map(\.rawValue).joined(separator: ", ")
    let number = "a number, 0 or more"
    _ = try row.required("duration_us")
    return Profiles.Operator(
      id: try row.required("id"),
      phase: try row.value("phase", "one of \(phases)", Profiles.Operator.Phase.init) ?? .forward,
      durationMicroseconds: try row.value("duration_us", number, CSVCollector.number) ?? 0,
      reads: row.names("reads"), writes: row.names("writes"),
      workspaceBytes: try row.value(
        "workspace_bytes", "a whole number of bytes", CSVCollector.count) ?? 0,
      flops: try row.value("flops", number, CSVCollector.number),
      bytesAccessed: try row.value("bytes_accessed", number, CSVCollector.number),
      isRecomputable: try row.value("recomputable", "true or false", CSVCollector.truth) ?? false)
  }

  private func check(
    _ row: CSVTable.Row, _ column: String, _ known: Set<String>
  ) throws(CollectorError) {
    for name in row.names(column) where !known.contains(name) {
      throw row.fault(
        column, "there is no tensor '\(name.prefix(60))'",
        "list it in the table of tensors, or correct the name")
    }
  }

  // MARK: Values

  private static func count(_ text: String) -> Int? {
    Int(text).flatMap { 0...(1 << 53) ~= $0 ? $0 : nil }
  }

  private static func number(_ text: String) -> Double? {
    Double(decimal: text).flatMap { $0 >= 0 ? $0 : nil }
  }

  private static func truth(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "1", "yes": true
    case "false", "0", "no": false
    default: nil
    }
  }

  private static func shape(_ text: String) -> [Int]? {
    let parts = text.split { $0 == "x" || $0 == ";" || $0.isWhitespace }
    let extents = parts.compactMap { count(String($0)) }
    return extents.count == parts.count && !extents.isEmpty ? extents : nil
  }

  // MARK: Findings

  private func notes(
    _ operatorRows: [CSVTable.Row], _ operators: [Profiles.Operator],
    _ tensorRows: [CSVTable.Row], _ tensors: [Tensor]
  ) -> [String] {
    var findings = Findings()
    let time = operators.reduce(0) { $0 + $1.durationMicroseconds }
    let bytes = tensors.reduce(0) { $0 + ($1.aliasOf == nil ? Double($1.bytes) : 0) }
    findings.found(
      "\(operators.count) operators of \(Findings.milliseconds(time / 1e3)), \(tensors.count) "
        + "tensors of \(Findings.mebibytes(bytes))")
    let phaseless = operatorRows.filter { $0.text("phase") == nil }.count
    if phaseless > 0 {
      findings.assumed("\(phaseless) operators without a phase belong to the forward pass")
    }
    let kindless = tensorRows.filter { $0.text("kind") == nil }.count
    if kindless > 0 { findings.assumed("\(kindless) tensors without a kind are activations") }
    if operatorRows.allSatisfy({ $0.text("recomputable") == nil }) {
      findings.missing("which operators may run again: none does; add the column 'recomputable'")
    }
    if device == nil {
      findings.missing("the device: plans need --budget, and links to move tensors; see --device")
    }
    return findings.notes
  }
}
