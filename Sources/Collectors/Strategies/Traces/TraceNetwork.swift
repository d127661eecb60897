import Profiles

/// The forward pass of one step of an Execution Trace as an ONNX graph.
///
/// What nothing in the step makes enters the network where a product or an embedding reads it as data; it is
/// a weight where products, normalisations and embeddings take one, or where the optimizer touches it. Calls
/// that read nothing of the network, such as the upkeep of buffers, are left out, and so is the loss.
struct TraceNetwork {
  private let trace: ExecutionTrace
  private let tree: ExecutionTree
  private var graph = ONNXGraph()
  /// The value that each living tensor holds.
  private var values: [TraceArgument.Tensor: String] = [:]
  /// The last value in each storage, for tensors that share it unrecorded.
  private var storages: [Int: (name: String, elements: Int)] = [:]
  private var leaves: [Leaf: String] = [:]
  private var optimized: Set<Int> = []
  private var read: Set<String> = []
  private var names = UniqueNames()
  private var nodeNames = UniqueNames()
  /// Weights that calls read under several shapes.
  private(set) var reshapedWeights = 0

  /// A tensor that nothing in the step makes, as calls see it.
  private struct Leaf: Hashable {
    var storage: Int
    var shape: [Int]
  }

  /// What the step was.
  private(set) var step = ""

  /// Reads the step with a number; nil for the second of three and more, else the last.
  init(_ trace: ExecutionTrace, step number: Int?) throws(CollectorError) {
    self.trace = trace
    tree = ExecutionTree(of: trace)
    let step = tree.steps[try tree.chosenStep(number, file: trace.file)]
    self.step = step.label
    let operators = tree.nesting.operators
    for index in step.operators where operators[index].phase == .optimizer {
      for argument in trace.nodes[tree.tops[index]].arguments {
        for tensor in argument.tensors { optimized.insert(tensor.storage) }
      }
    }
    for index in step.operators where operators[index].phase == .forward {
      try add(tree.tops[index])
    }
    guard !graph.nodes.isEmpty else {
      throw .invalid(
        file: trace.file, place: "nodes",
        problem: "no product or embedding in the forward pass of \(step.label)",
        remedy: "record a training step with ExecutionTraceObserver")
    }
    for node in graph.nodes {
      for name in node.outputs where !read.contains(name) {
        graph.outputs.append(ONNXValueInfo(name, []))
      }
    }
    var shapes: [Int: Int] = [:]
    for leaf in leaves.keys where leaf.shape.count > 1 { shapes[leaf.storage, default: 0] += 1 }
    reshapedWeights = shapes.values.count { $0 > 1 }
  }

  /// The graph, in the operators of ONNX 17.
  var model: ONNXModel {
    ONNXModel(
      version: 8, graph: graph, operatorSets: [ONNXOperatorSet(domain: "", version: 17)])
  }

  // MARK: Calls

  private mutating func add(_ index: Int) throws(CollectorError) {
    let call = TraceCall(node: trace.nodes[index], file: trace.file)
    guard isInNetwork(call) else { return forget(call) }
    // Numbers, sizes and the like; a single number is a loss or a figure of merit.
    guard let result = call.result, result.elements > 0 else { return forget(call) }
    if let shape = call.resultShape, shape.isEmpty { return forget(call) }
    guard let rule = TraceRules.rule(call.name) else {
      let children = tree.children[index]
      if children.isEmpty { return try addUnknown(call, result) }
      for child in children { try add(child) }
      // The call may give its result under another number than the last call inside does.
      if value(of: result) == nil { try addUnknown(call, result) }
      return
    }
    switch try rule(call) {
    case .loss: forget(call)
    case .alias:
      if let tensor = call.tensor(0), let name = value(of: tensor) { set(result, to: name) }
    case .nodes(let parts): try add(parts, call)
    }
  }

  /// Whether the call reads what flows, or can be where the network begins.
  private func isInNetwork(_ call: TraceCall) -> Bool {
    let tensors = call.node.arguments.flatMap(\.tensors)
    return tensors.contains { $0.elements > 0 && value(of: $0) != nil }
      || TraceRules.opens(call.name)
        && tensors.contains { $0.elements > 0 && !optimized.contains($0.storage) }
  }

  private mutating func add(_ parts: [TraceNode], _ call: TraceCall) throws(CollectorError) {
    let results = call.node.results.flatMap(\.tensors)
    var made: [String] = []
    for (position, part) in parts.enumerated() {
      var inputs: [String] = []
      for operand in part.operands { inputs.append(try input(operand, of: call, made)) }
      let isLast = position == parts.count - 1
      let name = nodeNames.unique(isLast ? call.name : "\(call.name).\(part.type)")
      var outputs = [names.unique(name)]
      for number in 1..<max(part.outputs, 1) { outputs.append(names.unique("\(name):\(number)")) }
      graph.nodes.append(
        ONNXNode(part.type, inputs, outputs, name: name, attributes: part.attributes))
      read.formUnion(inputs)
      made.append(outputs[0])
      guard isLast else { continue }
      guard part.outputs <= results.count else { throw call.withoutShape() }
      for (tensor, output) in zip(results, outputs) { set(tensor, to: output) }
    }
  }

  /// A call that the collector knows only by its operands.
  private mutating func addUnknown(
    _ call: TraceCall, _ result: TraceArgument.Tensor
  ) throws(CollectorError) {
    guard let shape = call.resultShape else { throw call.withoutShape() }
    let inputs = Set(
      call.node.arguments.flatMap(\.tensors).compactMap { $0.elements > 0 ? value(of: $0) : nil })
    let name = nodeNames.unique(call.name)
    let output = names.unique(name)
    graph.nodes.append(
      ONNXNode(call.name, inputs.sorted(), [output], name: name, domain: "aten"))
    graph.values.append(ONNXValueInfo(output, shape.map { ONNXDimension($0) }))
    read.formUnion(inputs)
    set(result, to: output)
  }

  // MARK: Tensors

  private func value(of tensor: TraceArgument.Tensor) -> String? {
    if let name = values[tensor] { return name }
    guard let last = storages[tensor.storage], last.elements == tensor.elements else { return nil }
    return last.name
  }

  private mutating func set(_ tensor: TraceArgument.Tensor, to name: String) {
    values[tensor] = name
    storages[tensor.storage] = (name, tensor.elements)
  }

  /// Numbers of tensors are given anew, so that what a call outside of the network makes is none of its values.
  private mutating func forget(_ call: TraceCall) {
    let given = Set(call.node.arguments.flatMap(\.tensors))
    for tensor in call.node.results.flatMap(\.tensors) where !given.contains(tensor) {
      values[tensor] = nil
      if !given.contains(where: { $0.storage == tensor.storage }) { storages[tensor.storage] = nil }
    }
  }

  private mutating func input(
    _ operand: TraceNode.Operand, of call: TraceCall, _ made: [String]
  ) throws(CollectorError) -> String {
    switch operand {
    case .absent: return ""
    case .part(let position): return made[position]
    case .integers(let integers):
      let name = names.unique("\(call.name).integers")
      graph.initializers.append(
        ONNXTensor(name, shape: [integers.count], integers: integers))
      return name
    case .member(let position, let number):
      let tensors = call.argument(position)?.tensors ?? []
      guard number < tensors.count, let name = value(of: tensors[number]) else {
        throw call.unsupported(
          "part \(number) of its list isn't made by the network", "concatenate activations only")
      }
      return name
    case .either(let position):
      if let number = call.argument(position)?.number {
        let name = names.unique("\(call.name).number")
        graph.initializers.append(ONNXTensor(name, shape: [], reals: [Float(number)]))
        return name
      }
      let isWeight = call.tensor(position).map { optimized.contains($0.storage) } ?? false
      return try tensor(position, of: call, isWeight: isWeight)
    case .data(let position): return try tensor(position, of: call, isWeight: false)
    case .weight(let position):
      return call.tensor(position) == nil ? "" : try tensor(position, of: call, isWeight: true)
    case .transposed(let position):
      return try tensor(position, of: call, isWeight: true, isTransposed: true)
    }
  }

  /// The value that a tensor holds, or the leaf that it is.
  private mutating func tensor(
    _ position: Int, of call: TraceCall, isWeight: Bool, isTransposed: Bool = false
  ) throws(CollectorError) -> String {
    guard let tensor = call.tensor(position), var shape = call.shape(position) else {
      throw call.withoutShape()
    }
    if let name = value(of: tensor) {
      guard isTransposed else { return name }
      throw call.unsupported("its weight is computed", "compute weights before the step")
    }
    if isTransposed, shape.count == 2 { shape.swapAt(0, 1) }
    let leaf = Leaf(storage: tensor.storage, shape: shape)
    if let name = leaves[leaf] { return name }
    let name = names.unique(isWeight ? "\(call.name).weight" : "\(call.name).input")
    leaves[leaf] = name
    if isWeight {
      graph.initializers.append(ONNXTensor(name, shape: shape))
    } else {
      graph.inputs.append(
        ONNXValueInfo(
          name, shape.map { ONNXDimension($0) }, elementType: call.elementType(position)))
    }
    return name
  }
}
