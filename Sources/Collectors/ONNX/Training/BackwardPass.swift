import Profiles

/// A gradient that waits for the node that made the value.
struct PendingGradient {
  var tensor: String
  /// Whether nothing else reads the tensor's memory, so that a further part may be added in place.
  var isExclusive: Bool
}

extension IterationBuilder {
  /// Adds the backward operators in reverse order, starting from the gradient of the loss, and
  /// returns the gradients of the parameters.
  ///
  /// A value with several consumers gets its parts summed as they arrive, by an operator that adds
  /// in place where one of the two buffers is nobody else's.
  mutating func addBackwardPass(
    from output: String, _ gradient: String, _ state: ForwardState
  ) -> [String: PendingGradient] {
    var pending = [output: PendingGradient(tensor: gradient, isExclusive: true)]
    for (position, entry) in network.nodes.enumerated().reversed() {
      let arrived = entry.node.outputs.compactMap { pending.removeValue(forKey: $0) }
      guard !arrived.isEmpty else { continue }
      for step in entry.operation.backward {
        let needed = step.gradients.filter { needs($0.input, of: entry, state) }
        addBackwardOperator(
          step, of: entry, gradients: needed.filter { $0.route == .computed }, arrived,
          saved: state.saved[position], &pending)
      }
      passOn(entry, arrived, state, &pending)
    }
    return pending
  }

  // MARK: One node

  private mutating func addBackwardOperator(
    _ step: BackwardOperator, of entry: Network.Node, gradients: [Gradient],
    _ arrived: [PendingGradient], saved: [String], _ pending: inout [String: PendingGradient]
  ) {
    guard !gradients.isEmpty else { return }
    var reads = arrived.map(\.tensor)
    for need in step.needs + gradients.flatMap(\.needs) {
      switch need {
      case .input(let index) where index < entry.node.inputs.count:
        if let tensor = tensor(of: entry.node.inputs[index]) { reads.append(tensor) }
      case .output(let index) where index < entry.node.outputs.count:
        if let tensor = tensor(of: entry.node.outputs[index]) { reads.append(tensor) }
      case .saved(let index) where index < saved.count:
        reads.append(saved[index])
      default: break
      }
    }
    var made: [(name: String, tensor: String)] = []
    for gradient in gradients {
      let name = entry.node.inputs[gradient.input]
      guard let value = network.values[name] else { continue }
      made.append((name, addTensor("grad.\(name)", value, .gradient)))
    }
    addOperator(
      "\(entry.name).\(step.suffix)", .backward, reads: reads, writes: made.map(\.tensor),
      flops: gradients.reduce(0) { $0 + $1.flops }, usesMatrixUnits: step.usesMatrixUnits,
      bytesAccessed: step.bytesAccessed)
    for (name, tensor) in made {
      accumulate(PendingGradient(tensor: tensor, isExclusive: true), of: name, &pending)
    }
  }

  /// Hands the output's gradient to the inputs that take it as it is, in the same memory.
  private mutating func passOn(
    _ entry: Network.Node, _ arrived: [PendingGradient], _ state: ForwardState,
    _ pending: inout [String: PendingGradient]
  ) {
    let passed = entry.operation.backward.flatMap(\.gradients).filter {
      $0.route != .computed && needs($0.input, of: entry, state)
    }
    guard let whole = arrived.first else { return }
    for gradient in passed {
      let name = entry.node.inputs[gradient.input]
      guard let value = network.values[name] else { continue }
      let tensor = addTensor("grad.\(name)", value, .gradient, aliasOf: whole.tensor)
      let isExclusive = whole.isExclusive && passed.count == 1 && gradient.route == .shared
      accumulate(PendingGradient(tensor: tensor, isExclusive: isExclusive), of: name, &pending)
    }
  }

  /// Adds a part to what has arrived of a value's gradient.
  private mutating func accumulate(
    _ part: PendingGradient, of name: String, _ pending: inout [String: PendingGradient]
  ) {
    guard let earlier = pending[name], let value = network.values[name] else {
      pending[name] = part
      return
    }
    let sum: PendingGradient
    if earlier.isExclusive {
      sum = earlier
    } else if part.isExclusive {
      sum = part
    } else {
      sum = PendingGradient(
        tensor: addTensor("grad.\(name)", value, .gradient), isExclusive: true)
    }
    addOperator(
      "add_grad.\(name)", .backward, reads: [earlier.tensor, part.tensor], writes: [sum.tensor],
      flops: Double(value.count))
    pending[name] = sum
  }
}
