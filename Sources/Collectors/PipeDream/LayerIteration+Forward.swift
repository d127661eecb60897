import Profiles

extension LayerIteration {
  /// Adds the forward pass: an operator for each layer that makes something.
  mutating func addForward(file: String) throws(CollectorError) {
    try resolveValues(file: file)
    for layer in graph.layers.indices {
      guard case .computes = role(of: layer) else { continue }
      if join(layer) { continue }
      addLayer(layer)
    }
  }

  /// The role of a layer for the forward pass, in which sums and concatenations run.
  private func role(of layer: Int) -> LayerRule.Role {
    if gives[layer].isEmpty && parameters(of: layer) == nil { return .views }
    return switch rules[layer].role {
    case .passesGradient: .computes
    case let role: role
    }
  }

  // MARK: Values

  /// Ties the layers to the values that they take and give; views give what they take.
  private mutating func resolveValues(file: String) throws(CollectorError) {
    var total = 0
    for layer in graph.layers.indices {
      let own = graph.layers[layer]
      let inputs = own.inputs.flatMap { gives[$0] }
      total += inputs.count
      guard total <= InputLimits.current[.lines] else {
        throw .tooLarge(
          file: file, place: "layer \(own.name)",
          problem: "the layers take too many outputs; \(InputLimits.raise(.lines))")
      }
      takes[layer] = inputs
      switch rules[layer].role {
      case .views:
        gives[layer] = own.type == "Size" ? [] : inputs
      case .selects(let index):
        guard inputs.count <= 1 || inputs.indices.contains(index) else {
          throw .invalid(
            file: file, place: "layer \(own.name)",
            problem: "\(own.description) of a layer with \(inputs.count) outputs",
            remedy: "correct the index, or list the outputs as activation_size=[a; b]")
        }
        gives[layer] = inputs.count <= 1 ? inputs : [inputs[index]]
      case .computes, .passesGradient:
        gives[layer] = newValues(of: layer, from: inputs)
        for value in Set(inputs) { values[value].consumers += 1 }
      }
    }
  }

  private mutating func newValues(of layer: Int, from inputs: [Int]) -> [Int] {
    let own = graph.layers[layer]
    let isTrained = own.parameterBytes > 0 || inputs.contains { values[$0].needsGradient }
    return own.outputBytes.enumerated().compactMap { index, bytes in
      guard bytes > 0 else { return nil }
      values.append(
        Value(
          name: own.outputBytes.count == 1 ? own.name : "\(own.name)[\(index)]", bytes: bytes,
          needsGradient: isTrained, layer: layer))
      return values.count - 1
    }
  }

  // MARK: Operators

  private mutating func addLayer(_ layer: Int) {
    let own = graph.layers[layer]
    if let name = parameters(of: layer) { _ = addTensor(name, own.parameterBytes, .parameter) }
    var writes: [String] = []
    let isInput = own.inputs.isEmpty && own.parameterBytes == 0
    for value in gives[layer] {
      values[value].stored = (operators.count, tensors.count)
      writes.append(
        addTensor(values[value].name, values[value].bytes, isInput ? .input : .activation))
    }
    if isInput && own.forwardMilliseconds == 0 { return }
    if let kept = rules[layer].saved, isTrained(layer) {
      let bytes = Int((bytes(gives[layer]) * kept.share).rounded(.up))
      let name = addTensor("\(own.name).\(kept.name)", bytes, .activation)
      saved[layer] = name
      writes.append(name)
    }
    let parameters = parameters(of: layer)
    addOperator(
      "\(own.name).\(own.type)", .forward, milliseconds: own.forwardMilliseconds,
      traffic: bytes(takes[layer]) + bytes(gives[layer]) + Double(own.parameterBytes),
      reads: distinct(takes[layer].map { values[$0].name } + (parameters.map { [$0] } ?? [])),
      writes: writes, isRecomputable: rules[layer].isRepeatable)
  }

  /// Whether a layer has a backward pass.
  func isTrained(_ layer: Int) -> Bool {
    parameters(of: layer) != nil || takes[layer].contains { values[$0].needsGradient }
  }

  /// Names without repetitions.
  func distinct(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  // MARK: Changing in place

  /// Lets a layer that changes its input in place run together with the operator that made it.
  ///
  /// - Returns: Whether the layer could join: it is marked `inplace`, has no parameters and one
  ///   output; the last-made of its inputs has the output's size and no other consumer, and no
  ///   backward pass needs it.
  private mutating func join(_ layer: Int) -> Bool {
    let own = graph.layers[layer]
    guard own.settings.contains("inplace"), own.parameterBytes == 0, rules[layer].saved == nil,
      gives[layer].count == 1, let value = gives[layer].first,
      let last = takes[layer].max(by: { makingStep(of: $0) < makingStep(of: $1) }),
      let stored = values[last].stored, stored.step < operators.count,
      values[last].bytes == values[value].bytes, values[last].consumers == 1,
      !rules[values[last].layer].needsOutputs, !rules[layer].needsInputs,
      operators[stored.step].writes.contains(values[last].name)
    else { return false }
    let maker = stored.step
    let others = takes[layer].filter { $0 != last }.map { values[$0].name }
    let added = time(
      own.forwardMilliseconds, traffic: bytes(takes[layer]) + bytes([value]))
    operators[maker].id += "+\(own.name).\(own.type)"
    operators[maker].durationMicroseconds += added
    operators[maker].reads = distinct(operators[maker].reads + others)
    operators[maker].writes = operators[maker].writes.map {
      $0 == values[last].name ? values[value].name : $0
    }
    operators[maker].isRecomputable =
      operators[maker].isRecomputable && rules[layer].isRepeatable
    tensors[stored.tensor].id = values[value].name
    values[last].stored = nil
    values[value].stored = stored
    return true
  }

  private func makingStep(of value: Int) -> Int { values[value].stored?.step ?? -1 }
}
