import Profiles

/// What the forward pass leaves to the backward pass.
struct ForwardState {
  /// The values through which the loss depends on parameters.
  var needsGradient: Set<String> = []
  /// The tensors that each node made for its derivative, by position in the network.
  var saved: [[String]] = []
}

extension IterationBuilder {
  /// Adds the inputs and, in the graph's order, every node's forward operator.
  ///
  /// Views add a tensor that shares memory, and no operator.
  mutating func addForwardPass() -> ForwardState {
    var state = ForwardState()
    for name in network.inputs {
      if let value = network.values[name] { _ = addTensor(of: name, value, .input) }
    }
    for entry in network.nodes {
      let (node, operation) = (entry.node, entry.operation)
      let needsGradient = operation.backward.contains { step in
        step.gradients.contains { gradient in
          needs(gradient.input, of: entry, state)
        }
      }
      if needsGradient {
        for name in node.outputs where network.values[name]?.isReal ?? false {
          state.needsGradient.insert(name)
        }
      }
      state.saved.append(
        operation.isView
          ? addView(entry) : addForwardOperator(entry, savesForGradient: needsGradient))
    }
    return state
  }

  /// Whether a node's input needs a gradient.
  func needs(_ input: Int, of entry: Network.Node, _ state: ForwardState) -> Bool {
    guard input < entry.node.inputs.count else { return false }
    let name = entry.node.inputs[input]
    guard let value = network.values[name], value.isReal else { return false }
    return value.isTrainable || state.needsGradient.contains(name)
  }

  private func kind(of output: String) -> Tensor.Kind {
    network.outputs.contains(output) ? .output : .activation
  }

  private mutating func addView(_ entry: Network.Node) -> [String] {
    let node = entry.node
    guard let source = node.inputs.first, let owner = tensor(of: source) else { return [] }
    for (index, name) in node.outputs.enumerated() where !name.isEmpty {
      guard let value = network.values[name] else { continue }
      _ = addTensor(
        of: name, value, kind(of: name), aliasOf: index == 0 ? owner : nil)
    }
    return []
  }

  private mutating func addForwardOperator(
    _ entry: Network.Node, savesForGradient: Bool
  ) -> [String] {
    let (node, operation) = (entry.node, entry.operation)
    var reads: [String] = []
    for (index, name) in node.inputs.enumerated() where !operation.hostInputs.contains(index) {
      if !name.isEmpty, let tensor = tensor(of: name) { reads.append(tensor) }
    }
    var writes: [String] = []
    for name in node.outputs where !name.isEmpty {
      if let value = network.values[name] {
        writes.append(addTensor(of: name, value, kind(of: name)))
      }
    }
    let saved =
      savesForGradient
      ? operation.saved.map { addTensor("\(entry.name).\($0.suffix)", $0.value, .activation) }
      : []
    addOperator(
      entry.name, .forward, reads: reads, writes: writes + saved, flops: operation.flops,
      usesMatrixUnits: operation.usesMatrixUnits, bytesAccessed: operation.bytesAccessed,
      isRecomputable: operation.isRecomputable)
    return saved
  }
}
