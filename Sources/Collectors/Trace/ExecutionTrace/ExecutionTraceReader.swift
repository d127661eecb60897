import Profiles

/// Reads Execution Traces of the schemas 1.0.1 (flat) to 1.1.1 (nested, attributes in a list).
struct ExecutionTraceReader {
  private typealias TensorUse = ExecutionTrace.TensorUse

  private let mostNodes = InputLimits.current[.traceNodes]
  private var trace = ExecutionTrace()
  /// Whether calls keep all that they take and give, rather than where tensors lie.
  private let keepsArguments: Bool

  private init(keepsArguments: Bool) { self.keepsArguments = keepsArguments }

  /// Returns what a file holds.
  ///
  /// - Parameters:
  ///   - source: The file.
  ///   - keepsArguments: Whether nodes get `arguments` and `results` instead of `inputs` and `outputs`.
  static func read(
    _ source: SourceFile, keepsArguments: Bool = false
  ) throws(CollectorError) -> ExecutionTrace {
    var trace = try TraceText.read(source) { (pull) throws(JSONPull.Failure) in
      var reader = ExecutionTraceReader(keepsArguments: keepsArguments)
      try reader.document(&pull)
      return reader.trace
    }
    trace.file = source.name
    guard trace.schema.hasPrefix("1.0.") || trace.schema.hasPrefix("1.1.") else {
      throw .unsupported(
        file: source.name, place: "schema", problem: "'\(trace.schema.prefix(40))' isn't known",
        remedy: "known are 1.0.1 to 1.1.1")
    }
    let ids = Set(trace.nodes.map(\.id))
    guard ids.count == trace.nodes.count else {
      throw .invalid(
        file: source.name, place: "nodes", problem: "two nodes have the same id",
        remedy: "record the trace again")
    }
    trace.nodes.sort { $0.id < $1.id }
    return trace
  }

  private mutating func document(_ pull: inout JSONPull) throws(JSONPull.Failure) {
    try pull.openObject()
    while let key = try pull.nextKey() {
      switch key {
      case "schema": trace.schema = try pull.optionalText()?.string ?? ""
      case "nodes":
        try pull.openArray()
        while try pull.nextElement() {
          guard trace.nodes.count < mostNodes else {
            throw JSONPull.Failure(
              offset: pull.position,
              problem: "the trace has too many nodes",
              remedy: "record fewer steps; \(InputLimits.raise(.traceNodes))")
          }
          trace.nodes.append(try node(&pull))
        }
      default: try pull.skip()
      }
    }
    try pull.finish()
  }

  private func node(_ pull: inout JSONPull) throws(JSONPull.Failure) -> ExecutionTrace.Node {
    var node = ExecutionTrace.Node()
    let start = pull.position
    var hasID = false
    try pull.openObject()
    while let key = try pull.nextKey() {
      switch key {
      case "id":
        if let id = try pull.optionalInteger() {
          node.id = id
          hasID = true
        }
      case "name": node.name = try pull.optionalText()?.string ?? ""
      case "parent", "ctrl_deps": node.parent = try pull.optionalInteger() ?? 0
      case "attrs" where pull.kind() == .array: try attributes(&pull, of: &node)
      case "inputs" where pull.kind() == .object: try arguments(&pull, of: &node, areInputs: true)
      case "outputs" where pull.kind() == .object: try arguments(&pull, of: &node, areInputs: false)
      case "inputs": try values(&pull, of: &node, areInputs: true)
      case "outputs": try values(&pull, of: &node, areInputs: false)
      case "input_shapes": node.inputShapes = try shapes(&pull)
      case "output_shapes": node.outputShapes = try shapes(&pull)
      case "input_types": node.inputTypes = try texts(&pull)
      default: try attribute(&pull, named: key, of: &node)
      }
    }
    guard hasID else {
      throw JSONPull.Failure(
        offset: start, problem: "the node lacks an id", remedy: "record the trace again")
    }
    return node
  }

  private func arguments(
    _ pull: inout JSONPull, of node: inout ExecutionTrace.Node, areInputs: Bool
  ) throws(JSONPull.Failure) {
    try pull.openObject()
    while let key = try pull.nextKey() {
      switch key {
      case "values": try values(&pull, of: &node, areInputs: areInputs)
      case "shapes":
        let list = try shapes(&pull)
        if areInputs { node.inputShapes = list } else { node.outputShapes = list }
      case "types" where areInputs: node.inputTypes = try texts(&pull)
      default: try pull.skip()
      }
    }
  }

  /// `{"name": "rf_id", "type": "uint64", "value": 7}`, the value last or first.
  private func attributes(
    _ pull: inout JSONPull, of node: inout ExecutionTrace.Node
  ) throws(JSONPull.Failure) {
    try pull.openArray()
    while try pull.nextElement() {
      guard pull.kind() == .object else {
        try pull.skip()
        continue
      }
      var name: JSONText?
      var value: JSONText?
      try pull.openObject()
      while let key = try pull.nextKey() {
        switch key {
        case "name": name = try pull.optionalText()
        case "value": value = try pull.optionalText()
        default: try pull.skip()
        }
      }
      if let name, let value { set(name, to: value, of: &node) }
    }
  }

  private func attribute(
    _ pull: inout JSONPull, named name: JSONText, of node: inout ExecutionTrace.Node
  ) throws(JSONPull.Failure) {
    if let value = try pull.optionalText() { set(name, to: value, of: &node) }
  }

  private func set(_ name: JSONText, to value: JSONText, of node: inout ExecutionTrace.Node) {
    switch name {
    case "rf_id": node.recordFunction = value.integer ?? 0
    case "seq_id": node.sequence = value.integer ?? -1
    case "tid": node.thread = value.integer ?? 0
    case "op_schema": node.schema = value.string
    default: break
    }
  }

  // MARK: Arguments

  private func values(
    _ pull: inout JSONPull, of node: inout ExecutionTrace.Node, areInputs: Bool
  ) throws(JSONPull.Failure) {
    switch (keepsArguments, areInputs) {
    case (true, true): node.arguments = try arguments(&pull)
    case (true, false): node.results = try arguments(&pull)
    case (false, true): node.inputs = try tensors(&pull)
    case (false, false): node.outputs = try tensors(&pull)
    }
  }

  private func arguments(_ pull: inout JSONPull) throws(JSONPull.Failure) -> [TraceArgument] {
    var values: [TraceArgument] = []
    guard pull.kind() == .array else {
      try pull.skip()
      return values
    }
    try pull.openArray()
    while try pull.nextElement() { values.append(try pull.argument()) }
    return values
  }

  private func tensors(_ pull: inout JSONPull) throws(JSONPull.Failure) -> [TensorUse] {
    var found: [TensorUse] = []
    guard pull.kind() == .array else {
      try pull.skip()
      return found
    }
    try pull.openArray()
    var position = 0
    while try pull.nextElement() {
      try collect(&pull, position: position, into: &found)
      position += 1
    }
    return found
  }

  /// A tensor is `[tensor, storage, offset, elements, bytes an element, device]`.
  private func collect(
    _ pull: inout JSONPull, position: Int, into found: inout [TensorUse]
  ) throws(JSONPull.Failure) {
    guard pull.kind() == .array else { return try pull.skip() }
    let start = pull.position
    var numbers: [Int] = []
    var place: JSONText?
    var count = 0
    try pull.openArray()
    while try pull.nextElement() {
      count += 1
      switch pull.kind() {
      case .array: try collect(&pull, position: position, into: &found)
      case .number where count <= 6:
        if let number = try pull.number().integer { numbers.append(number) }
      case .string where count == 6: place = try pull.string()
      default: try pull.skip()
      }
    }
    guard count == 6, numbers.count == 5, let place else { return }
    let (own, tooMany) = numbers[3].multipliedReportingOverflow(by: numbers[4])
    let (before, tooFar) = numbers[2].multipliedReportingOverflow(by: numbers[4])
    let (end, overflow) = own.addingReportingOverflow(before)
    guard !tooMany, !tooFar, !overflow, end < 1 << 50, own >= 0, before >= 0 else {
      throw JSONPull.Failure(
        offset: start, problem: "a tensor has more bytes than can be counted",
        remedy: "record the trace again")
    }
    guard own > 0 else { return }
    found.append(
      TensorUse(
        storage: numbers[1], end: end, bytes: own,
        isOnDevice: !place.bytes.isEmpty && !place.bytes.starts(with: "cpu".utf8),
        position: position))
  }

  private func shapes(_ pull: inout JSONPull) throws(JSONPull.Failure) -> [[Int]] {
    var shapes: [[Int]] = []
    guard pull.kind() == .array else {
      try pull.skip()
      return shapes
    }
    try pull.openArray()
    while try pull.nextElement() {
      var shape: [Int] = []
      if pull.kind() == .array {
        try pull.openArray()
        while try pull.nextElement() {
          if let extent = try pull.optionalInteger(), extent >= 0 { shape.append(extent) }
        }
      } else {
        try pull.skip()
      }
      shapes.append(shape)
    }
    return shapes
  }

  private func texts(_ pull: inout JSONPull) throws(JSONPull.Failure) -> [String] {
    var texts: [String] = []
    guard pull.kind() == .array else {
      try pull.skip()
      return texts
    }
    try pull.openArray()
    while try pull.nextElement() { texts.append(try pull.optionalText()?.string ?? "") }
    return texts
  }
}
