import Profiles

/// The operators of a network with what flows between them, in execution order.
///
/// What doesn't depend on the network's input is known before the iteration and left out; weights that are
/// computed from others are not supported.
struct NetworkAnalysis {
  /// An operator with the positions of those that it reads from.
  struct Entry {
    var operation: NetworkOperator
    var sources: [Int]
    /// Whether it reads the input of the network.
    var readsNetworkInput: Bool
  }

  private(set) var entries: [Entry] = []
  /// Weights that a further operator uses count with the first.
  private(set) var sharedWeights: Set<String> = []

  private let network: Network
  private let batch: Int
  private let real: RealType
  private let file: String
  /// The operator that makes each value that flows.
  private var producers: [String: Int] = [:]
  /// The operator that made the memory of each operator's output; others are views of it.
  private var roots: [Int] = []
  private var needsGradient: [Bool] = []
  private var owners: Set<String> = []
  /// The weight behind each value that is one under another shape.
  private var reshaped: [String: String] = [:]
  private var names = UniqueNames()

  init(_ network: Network, batch: Int, real: RealType, file: String) throws(CollectorError) {
    self.network = network
    self.batch = batch
    self.real = real
    self.file = file
    for node in network.nodes { try add(node) }
  }

  // MARK: One operator

  private mutating func add(_ entry: Network.Node) throws(CollectorError) {
    let (node, operation) = (entry.node, entry.operation)
    var flowing: [(position: Int, value: Value)] = []
    var weights: [(position: Int, value: Value)] = []
    // Others, such as running statistics, don't train.
    let trained = Set(operation.backward.flatMap(\.gradients).map(\.input))
    for (position, name) in node.inputs.enumerated()
    where !name.isEmpty && !operation.hostInputs.contains(position) {
      guard let value = network.values[name] else { continue }
      if producers[name] != nil || (value.origin == .input && value.constant == nil) {
        flowing.append((position, value))
      } else if value.isTrainable || reshaped[name] != nil, trained.contains(position) {
        weights.append((position, value))
      }
    }
    guard !flowing.isEmpty else {
      if weights.isEmpty { return }
      if operation.isView {
        let name = node.inputs[weights[0].position]
        reshaped[node.outputs[0]] = reshaped[name] ?? name
        return
      }
      throw .unsupported(
        file: file, place: "node \(entry.name) (\(node.type))",
        problem: "strategies for weights that are computed from others aren't known",
        remedy: "fold them into initialisers (onnxsim) first")
    }
    let rank = flowing[0].value.shape.count
    guard flowing.allSatisfy({ $0.value.shape.count == rank }) else {
      throw .unsupported(
        file: file, place: "node \(entry.name) (\(node.type))",
        problem: "its operands \(flowing.map(\.value.shape)) have different ranks",
        remedy: "strategies need operands of one rank: reshape them in the model")
    }
    let index = entries.count
    entries.append(made(entry, flowing, weights))
    roots.append(operation.isView ? entries[index].sources.first.map { roots[$0] } ?? index : index)
    let gradient = !weights.isEmpty || entries[index].sources.contains { needsGradient[$0] }
    needsGradient.append(gradient)
    for name in node.outputs where !name.isEmpty { producers[name] = index }
    if gradient { addBackward(entry, index) }
  }

  private mutating func made(
    _ entry: Network.Node, _ flowing: [(position: Int, value: Value)],
    _ weights: [(position: Int, value: Value)]
  ) -> Entry {
    let (node, operation) = (entry.node, entry.operation)
    // A weight of several operators belongs to the first.
    var own: [(position: Int, value: Value)] = []
    for weight in weights {
      let name = weightName(node.inputs[weight.position])
      if owners.insert(name).inserted { own.append(weight) } else { sharedWeights.insert(name) }
    }
    let shares = NetworkShares(
      node: node, operation: operation, flowing: flowing, weights: own, batch: batch
    ).all()
    var (operands, places) = ([NetworkOperator.Extent](), [NetworkOperator.Place]())
    for (position, name) in node.inputs.enumerated() {
      let value = network.values[name]
      operands.append(value.map(extent) ?? .init(shape: [0], elementBytes: 1))
      if flowing.contains(where: { $0.position == position }) {
        places.append(.flow)
      } else if let number = own.firstIndex(where: { $0.position == position }) {
        places.append(.weight(number))
      } else {
        places.append(.constant)
        if value == nil || value?.isArgument == true || operation.hostInputs.contains(position) {
          operands[position] = .init(shape: [0], elementBytes: 1)
        }
      }
    }
    let sources = flowing.compactMap { producers[node.inputs[$0.position]] }
    return Entry(
      operation: NetworkOperator(
        name: entry.name, type: node.type,
        weights: own.map {
          Weight(
            name: names.unique(weightName(node.inputs[$0.position])), shape: $0.value.shape)
        },
        operands: operands, places: places, outputs: operation.outputs.map(extent),
        saved: operation.saved.map { extent($0.value) }, shares: shares, flops: operation.flops,
        usesMatrixUnits: operation.usesMatrixUnits, isView: operation.isView, steps: [],
        isOutputNeeded: false, keepsNetworkInput: false, needsInput: false),
      sources: Array(Set(sources)).sorted(),
      readsNetworkInput: sources.count < flowing.count)
  }

  private func weightName(_ value: String) -> String { reshaped[value] ?? value }

  private func extent(_ value: Value) -> NetworkOperator.Extent {
    .init(
      shape: value.shape.isEmpty ? [1] : value.shape, elementBytes: value.type.bytes(in: real))
  }

  // MARK: The derivative

  /// Adds the kernels of the backward pass, and notes which outputs they need.
  private mutating func addBackward(_ entry: Network.Node, _ index: Int) {
    let inputs = entry.node.inputs
    func needs(_ input: Int) -> Bool {
      guard input < inputs.count, let value = network.values[inputs[input]] else { return false }
      return value.isTrainable || reshaped[inputs[input]] != nil
        || (value.isReal && producers[inputs[input]].map { needsGradient[$0] } ?? false)
    }
    for step in entry.operation.backward {
      let gradients = step.gradients.filter { needs($0.input) && $0.route == .computed }
      guard !gradients.isEmpty else { continue }
      var made = NetworkOperator.Step(
        flops: gradients.reduce(0) { $0 + $1.flops }, usesMatrixUnits: step.usesMatrixUnits,
        operands: [], outputs: [], saved: [], gradients: gradients.map(\.input))
      for need in Set(step.needs + gradients.flatMap(\.needs)) {
        switch need {
        case .input(let input) where input < inputs.count:
          made.operands.append(input)
          keep(inputs[input], of: index)
        case .output(let output) where output < entry.operation.outputs.count:
          made.outputs.append(output)
          if output == 0 { entries[roots[index]].operation.isOutputNeeded = true }
        case .saved(let number): made.saved.append(number)
        default: break
        }
      }
      made.operands.sort()
      made.outputs.sort()
      made.saved.sort()
      entries[index].operation.steps.append(made)
    }
  }

  private mutating func keep(_ name: String, of index: Int) {
    guard let value = network.values[name] else { return }
    if let producer = producers[name] {
      entries[roots[producer]].operation.isOutputNeeded = true
      entries[index].operation.needsInput = true
    } else if value.origin == .input {
      entries[index].operation.keepsNetworkInput = true
    }
  }

  // MARK: Stages

  /// The positions of operators that end a stage: all that later ones read is this one's output, and the
  /// backward pass needs it anyway. The last operator ends the last stage.
  func stageEnds() -> [Int] {
    var last = roots
    for (index, entry) in entries.enumerated() {
      for source in entry.sources { last[roots[source]] = max(last[roots[source]], index) }
    }
    var (ends, reach) = ([Int](), 0)
    for index in entries.indices.dropLast() {
      let operation = entries[index].operation
      // Whatever lies before is used up to here.
      if reach <= index, roots[index] == index, operation.isOutputNeeded, last[index] > index {
        ends.append(index)
      }
      reach = max(reach, last[roots[index]])
    }
    return ends + (entries.isEmpty ? [] : [entries.count - 1])
  }
}
