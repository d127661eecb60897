/// Turns a graph of the file into a network: checks it, infers shapes, folds constants.
struct GraphImport {
  let file: String
  let graph: ONNXGraph
  /// The version of the default operator set.
  let version: Int
  let real: RealType
  /// Extents of named dimensions.
  let dimensions: [String: Int]
  let allowsUnknown: Bool

  /// Real tensors of at most this many elements in one dimension keep their contents: the scales of
  /// `Resize` and exponents, which shape arithmetic needs. Larger ones are weights.
  private static let keptReals = 16

  /// The batch that the file was exported for; nil if it is dynamic.
  var fileBatch: Int? {
    let names = Set(graph.initializers.map(\.name))
    let first = graph.inputs.first { !names.contains($0.name) }
    guard let extent = first?.type?.tensor?.shape?.dimensions.first?.extent, extent > 0 else {
      return nil
    }
    return Int(extent)
  }

  /// Returns the network at a batch size.
  func network(batch: Int) throws(CollectorError) -> Network {
    let rebatching = Rebatching(fileBatch: fileBatch, batch: batch)
    var values: [String: Value] = [:]
    try addInitializers(&values)
    let inputs = try addInputs(&values, rebatching)
    let declared = Dictionary(
      (graph.values + graph.outputs).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var names = UniqueNames()
    var nodes: [Network.Node] = []
    for (index, node) in graph.nodes.enumerated() {
      let name = names.unique(node.name.isEmpty ? "\(node.type)_\(index)" : node.name)
      var operands: [Value?] = []
      for input in node.inputs {
        guard !input.isEmpty else {
          operands.append(nil)
          continue
        }
        guard let value = values[input] else {
          throw .invalid(
            file: file, place: "node \(name) (\(node.type))",
            problem: "its input '\(input)' isn't made by an earlier node",
            remedy: "sort the graph topologically and export it again")
        }
        operands.append(value)
      }
      let context = NodeContext(
        file: file, name: name, node: node, version: version, inputs: operands,
        rebatching: rebatching, real: real)
      let rule = OperatorRules.rule(type: node.type, domain: node.domain)
      let operation = if let rule { try rule(context) } else { try unknown(context, declared) }
      let isSource = try add(outputs: operation, of: context, &values)
      if !isSource {
        nodes.append(
          Network.Node(name: name, node: node, operation: operation, isUnknown: rule == nil))
      }
    }
    return Network(
      inputs: inputs, outputs: try outputs(values), nodes: nodes, values: values)
  }

  // MARK: Values that enter

  private func addInitializers(_ values: inout [String: Value]) throws(CollectorError) {
    for tensor in graph.initializers {
      let place = "initialiser '\(tensor.name)'"
      var value = try TensorContents(tensor).value(file: file, place: place)
      value.origin = .parameter
      if value.isReal, value.count > GraphImport.keptReals || value.shape.count > 1 {
        value.constant = nil
      }
      try define(tensor.name, value, place, &values)
    }
  }

  private func addInputs(
    _ values: inout [String: Value], _ rebatching: Rebatching
  ) throws(CollectorError) -> [String] {
    var names: [String] = []
    var known = dimensions
    let inputs = graph.inputs.filter { values[$0.name] == nil }
    for input in inputs {
      let first = input.type?.tensor?.shape?.dimensions.first
      if let symbol = first?.symbol, !symbol.isEmpty { known[symbol] = rebatching.batch }
    }
    for input in inputs {
      let place = "input '\(input.name)'"
      guard let tensor = input.type?.tensor, let type = ElementType(code: tensor.elementType),
        let extents = tensor.shape?.dimensions
      else {
        throw .unsupported(
          file: file, place: place, problem: "it isn't a tensor of known rank and element type",
          remedy: "export the network with typed inputs")
      }
      var shape: [Int] = []
      for (axis, extent) in extents.enumerated() {
        shape.append(try resolve(extent, axis, place, known, rebatching))
      }
      guard var value = Value(shape, type) else {
        throw .tooLarge(file: file, place: place, problem: "its shape \(shape) can't exist")
      }
      value.origin = .input
      value.dependsOnInput = true
      try define(input.name, value, place, &values)
      names.append(input.name)
    }
    return names
  }

  /// Returns the extent of a dimension that the file declares.
  private func resolve(
    _ dimension: ONNXDimension, _ axis: Int, _ place: String, _ known: [String: Int],
    _ rebatching: Rebatching
  ) throws(CollectorError) -> Int {
    if let extent = dimension.extent, extent > 0 {
      return axis == 0 && Int(extent) == rebatching.fileBatch ? rebatching.batch : Int(extent)
    }
    if let extent = known[dimension.symbol] { return extent }
    if axis == 0 { return rebatching.batch }
    let symbol = dimension.symbol
    throw .invalid(
      file: file, place: place,
      problem: "the extent of dimension \(axis)\(symbol.isEmpty ? "" : " '\(symbol)'") isn't known",
      remedy: symbol.isEmpty
        ? "export the network with fixed shapes" : "give it one, such as \(symbol)=128")
  }

  // MARK: Values that nodes make

  /// Adds a node's outputs and returns whether the node is a source of constants or parameters
  /// rather than work in the iteration.
  private func add(
    outputs operation: Operation, of context: NodeContext, _ values: inout [String: Value]
  ) throws(CollectorError) -> Bool {
    let node = context.node
    guard node.outputs.count <= operation.outputs.count else {
      throw context.unsupported(
        "it has \(node.outputs.count) outputs; the collector knows \(operation.outputs.count)",
        remedy: "remove the outputs that training doesn't use")
    }
    let dependsOnInput = context.inputs.contains { $0?.dependsOnInput ?? false }
    let folded = ConstantFolding.fold(context, operation)
    var isSource = true
    for (index, name) in node.outputs.enumerated() where !name.isEmpty {
      var value = operation.outputs[index]
      value.dependsOnInput = dependsOnInput
      value.constant = index == 0 ? folded : nil
      if isWeight(context, value) {
        value.origin = .parameter
        value.constant = nil
      }
      isSource = isSource && (value.constant != nil || value.origin == .parameter)
      try define(name, value, context.place, &values)
    }
    return isSource
  }

  /// Whether a source holds weights: a real tensor in the file, or one filled by a shape that is
  /// written in the file, as in models that were exported without their weights.
  private func isWeight(_ context: NodeContext, _ value: Value) -> Bool {
    switch context.type {
    case "Constant": value.constant == nil || value.isReal && value.count > GraphImport.keptReals
    case "ConstantOfShape": value.isReal && context.inputs.first??.origin == .parameter
    default: false
    }
  }

  private func define(
    _ name: String, _ value: Value, _ place: String, _ values: inout [String: Value]
  ) throws(CollectorError) {
    guard values.updateValue(value, forKey: name) == nil else {
      throw .invalid(
        file: file, place: place, problem: "the value '\(name)' is defined twice",
        remedy: "give every value a name of its own")
    }
  }

  /// An operator that is costed by its bytes: shapes from the file, a derivative that keeps all
  /// inputs.
  private func unknown(
    _ context: NodeContext, _ declared: [String: ONNXValueInfo]
  ) throws(CollectorError) -> Operation {
    let domain = context.node.domain.isEmpty ? "" : " of the domain \(context.node.domain)"
    guard allowsUnknown else {
      throw context.unsupported(
        "the operator \(context.type)\(domain) isn't known",
        remedy: "--allow-unknown takes its time from the bytes it moves")
    }
    var outputs: [Value] = []
    for name in context.node.outputs {
      guard let tensor = declared[name]?.type?.tensor, let shape = tensor.shape,
        let type = ElementType(code: tensor.elementType)
      else {
        throw context.unsupported(
          "the operator \(context.type)\(domain) isn't known, nor the shape of its output '\(name)'",
          remedy: "run ONNX's own shape inference first, so that the file states it")
      }
      var extents: [Int] = []
      for (axis, extent) in shape.dimensions.enumerated() {
        extents.append(
          try resolve(extent, axis, context.place, dimensions, context.rebatching))
      }
      outputs.append(try context.value(extents, type))
    }
    let operands = context.inputs.indices
    return Operation(
      outputs: outputs,
      backward: [
        BackwardOperator(
          gradients: operands.map { Gradient(input: $0) }, needs: operands.map { .input($0) })
      ],
      isRecomputable: false)
  }

  private func outputs(_ values: [String: Value]) throws(CollectorError) -> [String] {
    for output in graph.outputs where values[output.name] == nil {
      throw .invalid(
        file: file, place: "output '\(output.name)'", problem: "no node makes it",
        remedy: "export the network again")
    }
    return graph.outputs.map(\.name)
  }
}
