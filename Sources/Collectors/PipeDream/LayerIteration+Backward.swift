import Profiles

/// A gradient that waits for the layer that made the value.
private struct Pending {
  var tensor: String
  /// Whether nothing else reads the tensor's memory, so that a further part may be added in place.
  var isExclusive: Bool
}

extension LayerIteration {
  /// Adds the gradient of the last layer's output and the backward pass in reverse order.
  ///
  /// Parts of a gradient with several consumers are added as they arrive, in place where one of the
  /// two buffers is nobody else's.
  mutating func addBackward() {
    guard let output = graph.layers.indices.last(where: { isTrained($0) && !gives[$0].isEmpty })
    else { return }
    var pending: [Int: Pending] = [:]
    for value in gives[output] {
      let name = values[value].name
      let gradient = addTensor("grad.\(name)", values[value].bytes, .gradient)
      addOperator(
        "loss.\(name)", .backward, milliseconds: 0, traffic: 2 * bytes([value]), reads: [name],
        writes: [gradient])
      pending[value] = Pending(tensor: gradient, isExclusive: true)
    }
    for layer in graph.layers.indices.reversed() {
      switch rules[layer].role {
      case .views, .selects: continue
      case .passesGradient: pass(layer, &pending)
      case .computes: addBackward(of: layer, &pending)
      }
    }
  }

  // MARK: One layer

  private mutating func addBackward(of layer: Int, _ pending: inout [Int: Pending]) {
    let own = graph.layers[layer]
    let arrived = gives[layer].compactMap { pending.removeValue(forKey: $0) }
    guard !arrived.isEmpty, isTrained(layer) else { return }
    var reads = arrived.map(\.tensor)
    if rules[layer].needsInputs { reads += stored(takes[layer]) }
    if rules[layer].needsOutputs { reads += stored(gives[layer]) }
    if let saved = saved[layer] { reads.append(saved) }
    if let parameters = parameters(of: layer) { reads.append(parameters) }
    var traffic = 2 * bytes(gives[layer]) + Double(own.parameterBytes)
    var parts: [(value: Int, tensor: String)] = []
    for value in Set(takes[layer]).sorted() where values[value].needsGradient {
      let isPart = pending[value] != nil
      let name = "grad.\(values[value].name)" + (isPart ? ".from.\(own.name)" : "")
      parts.append((value, addTensor(name, values[value].bytes, .gradient)))
      traffic += Double(values[value].bytes)
    }
    var writes = parts.map(\.tensor)
    if let parameters = parameters(of: layer) {
      writes.append(addTensor("grad.\(parameters)", own.parameterBytes, .gradient))
    }
    addOperator(
      "\(own.name).\(own.type).grad", .backward, milliseconds: own.backwardMilliseconds,
      traffic: traffic, reads: distinct(reads), writes: writes)
    for part in parts {
      add(Pending(tensor: part.tensor, isExclusive: true), to: part.value, of: own, &pending)
    }
  }

  private func stored(_ list: [Int]) -> [String] {
    list.filter { values[$0].stored != nil }.map { values[$0].name }
  }

  /// Hands the gradient of a sum or a concatenation to its inputs, in the same memory.
  private mutating func pass(_ layer: Int, _ pending: inout [Int: Pending]) {
    let own = graph.layers[layer]
    guard let value = gives[layer].first, let whole = pending.removeValue(forKey: value) else {
      return
    }
    if own.backwardMilliseconds > 0 {
      addOperator(
        "\(own.name).\(own.type).grad", .backward, milliseconds: own.backwardMilliseconds,
        traffic: 0, reads: [whole.tensor], writes: [whole.tensor])
    }
    let inputs = Set(takes[layer]).sorted().filter { values[$0].needsGradient }
    for input in inputs {
      let name = "grad.\(values[input].name).from.\(own.name)"
      let bytes = min(values[input].bytes, values[value].bytes)
      let tensor = addTensor(name, bytes, .gradient, aliasOf: whole.tensor)
      let isExclusive = whole.isExclusive && inputs.count == 1
      add(Pending(tensor: tensor, isExclusive: isExclusive), to: input, of: own, &pending)
    }
  }

  /// Adds a part to what has arrived of a value's gradient.
  private mutating func add(
    _ part: Pending, to value: Int, of layer: LayerGraph.Layer, _ pending: inout [Int: Pending]
  ) {
    guard let earlier = pending[value] else {
      pending[value] = part
      return
    }
    var sum = earlier.isExclusive ? earlier : part
    if !sum.isExclusive {
      let name = "grad.\(values[value].name).sum.\(layer.name)"
      sum = Pending(
        tensor: addTensor(name, values[value].bytes, .gradient), isExclusive: true)
    }
    addOperator(
      "add_grad.\(values[value].name).\(layer.name)", .backward, milliseconds: 0,
      traffic: 3 * bytes([value]), reads: [earlier.tensor, part.tensor], writes: [sum.tensor])
    pending[value] = sum
  }

  // MARK: Optimizer

  /// Adds one operator per layer with parameters, in execution order.
  mutating func addOptimizer() {
    let gradients = Set(tensors.lazy.filter { $0.kind == .gradient }.map(\.id))
    for layer in graph.layers {
      let parameters = "\(layer.name).parameters"
      guard layer.parameterBytes > 0, gradients.contains("grad.\(parameters)") else { continue }
      let states = optimizer.states.map {
        addTensor("\($0).\(layer.name)", layer.parameterBytes, .optimizerState)
      }
      addOperator(
        "\(optimizer.prefix).\(layer.name)", .optimizer, milliseconds: 0,
        traffic: Double(layer.parameterBytes) * Double(3 + 2 * states.count),
        reads: ["grad.\(parameters)", parameters] + states, writes: [parameters] + states)
    }
  }
}
