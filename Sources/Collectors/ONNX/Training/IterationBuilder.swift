import Profiles

/// Collects the tensors and operators of one training iteration, in execution order.
struct IterationBuilder {
  let network: Network
  let real: RealType
  let roofline: Roofline
  let optimizer: Optimizer

  private(set) var tensors: [Tensor] = []
  private(set) var operators: [Profiles.Operator] = []
  private var bytes: [String: Int] = [:]
  /// The tensor that owns the memory of each alias.
  private var ownerOfAlias: [String: String] = [:]
  private var tensorNames = UniqueNames()
  private var operatorNames = UniqueNames()
  /// The tensor of each value of the graph that has one.
  private var tensorOfValue: [String: String] = [:]

  init(network: Network, real: RealType, roofline: Roofline, optimizer: Optimizer) {
    self.network = network
    self.real = real
    self.roofline = roofline
    self.optimizer = optimizer
  }

  // MARK: Tensors

  /// Adds a tensor and returns its name. An alias of an alias becomes one of the owner.
  mutating func addTensor(
    _ wanted: String, _ value: Value, _ kind: Tensor.Kind, aliasOf owner: String? = nil,
    isPersistent: Bool? = nil
  ) -> String {
    let name = tensorNames.unique(wanted)
    let size = value.count * value.type.bytes(in: real)
    bytes[name] = size
    let owner = owner.map { ownerOfAlias[$0] ?? $0 }
    ownerOfAlias[name] = owner
    tensors.append(
      Tensor(
        id: name, bytes: size, dtype: value.type.name(in: real), shape: value.shape, kind: kind,
        isPersistent: isPersistent, aliasOf: owner))
    return name
  }

  /// Adds the tensor of a value of the graph.
  mutating func addTensor(
    of name: String, _ value: Value, _ kind: Tensor.Kind, aliasOf owner: String? = nil
  ) -> String {
    let tensor = addTensor(name, value, kind, aliasOf: owner)
    tensorOfValue[name] = tensor
    return tensor
  }

  /// Returns the tensor of a value; nil for one that is passed to kernels as an argument.
  ///
  /// Parameters and constants get theirs when first asked for; both outlive the iteration.
  mutating func tensor(of name: String) -> String? {
    if let tensor = tensorOfValue[name] { return tensor }
    guard let value = network.values[name], !value.isArgument else { return nil }
    guard value.origin == .parameter || value.constant != nil else { return nil }
    return addTensor(of: name, value, .parameter)
  }

  // MARK: Operators

  /// Adds an operator with the time of its work and traffic.
  mutating func addOperator(
    _ wanted: String, _ phase: Profiles.Operator.Phase, reads: [String], writes: [String],
    flops: Double, usesMatrixUnits: Bool = false, bytesAccessed: Double? = nil,
    isRecomputable: Bool = false
  ) {
    let reads = distinct(reads)
    let writes = distinct(writes)
    let traffic =
      bytesAccessed
      ?? (reads + writes).reduce(0) { $0 + Double(bytes[$1] ?? 0) }
    operators.append(
      Profiles.Operator(
        id: operatorNames.unique(wanted), phase: phase,
        durationMicroseconds: roofline.microseconds(
          flops: flops, bytes: traffic, usesMatrixUnits: usesMatrixUnits),
        reads: reads, writes: writes, flops: flops, bytesAccessed: traffic,
        isRecomputable: isRecomputable))
  }

  private func distinct(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
