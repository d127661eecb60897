import Profiles

/// Collects the tensors and operators of one device's iteration.
///
/// Tensors are numbered while the iteration grows and named at the end, so that long models stay
/// cheap.
struct TransformerBuilder {
  /// A tensor by its position.
  typealias Reference = Int

  /// The types that tensors have besides the training type.
  enum Element {
    case real, float32, int64, boolean

    func type(_ real: RealType) -> (name: String, bytes: Int) {
      switch self {
      case .real: (real.rawValue, real.bytes)
      case .float32: ("float32", 4)
      case .int64: ("int64", 8)
      case .boolean: ("bool", 1)
      }
    }
  }

  let real: RealType
  let roofline: Roofline
  let interconnect: Interconnect?

  private(set) var tensors: [Tensor] = []
  private(set) var operators: [Profiles.Operator] = []
  /// The first tensor that no device could hold.
  private(set) var oversized: String?
  private var tensorNames = UniqueNames()
  private var operatorNames = UniqueNames()

  init(real: RealType, roofline: Roofline, interconnect: Interconnect?) {
    self.real = real
    self.roofline = roofline
    self.interconnect = interconnect
  }

  /// Adds a tensor.
  mutating func tensor(
    _ name: String, _ shape: [Int], _ kind: Tensor.Kind = .activation, _ element: Element = .real
  ) -> Reference {
    let type = element.type(real)
    let count = Value.count(of: shape)
    if count == nil, oversized == nil { oversized = name }
    tensors.append(
      Tensor(
        id: tensorNames.unique(name), bytes: (count ?? 0) * type.bytes, dtype: type.name,
        shape: shape, kind: kind))
    return tensors.count - 1
  }

  func bytes(_ references: [Reference]) -> Double {
    references.reduce(0) { $0 + Double(tensors[$1].bytes) }
  }

  func count(_ reference: Reference) -> Double {
    Double(Value.count(of: tensors[reference].shape ?? []) ?? 0)
  }

  /// Adds an operator that computes.
  mutating func compute(
    _ name: String, _ phase: Profiles.Operator.Phase, reads: [Reference], writes: [Reference],
    work: Work
  ) {
    let reads = distinct(reads)
    let traffic = work.bytes ?? bytes(reads) + bytes(distinct(writes))
    let time = roofline.microseconds(
      flops: work.flops, bytes: traffic, usesMatrixUnits: work.isProduct)
    add(
      name, phase, reads: reads, writes: writes, microseconds: time, flops: work.flops,
      traffic: traffic, isRecomputable: phase == .forward)
  }

  /// Adds an operator that exchanges data with other devices.
  mutating func exchange(
    _ name: String, _ exchange: Interconnect.Exchange, reads: [Reference], writes: [Reference],
    bytes: Double, among count: Int
  ) {
    let time = interconnect?.microseconds(exchange, bytes: bytes, among: count) ?? 0
    add(
      name, .communication, reads: reads, writes: writes, microseconds: time, flops: nil,
      traffic: nil, isRecomputable: false)
  }

  private mutating func add(
    _ name: String, _ phase: Profiles.Operator.Phase, reads: [Reference], writes: [Reference],
    microseconds: Double, flops: Double?, traffic: Double?, isRecomputable: Bool
  ) {
    operators.append(
      Profiles.Operator(
        id: operatorNames.unique(name), phase: phase, durationMicroseconds: microseconds,
        reads: distinct(reads).map { tensors[$0].id },
        writes: distinct(writes).map { tensors[$0].id }, flops: flops, bytesAccessed: traffic,
        isRecomputable: isRecomputable))
  }

  private func distinct(_ references: [Reference]) -> [Reference] {
    var seen: [Reference] = []
    for reference in references where !seen.contains(reference) { seen.append(reference) }
    return seen
  }
}

/// What an operator does.
struct Work {
  /// Floating-point operations; a multiplication with an addition is two.
  var flops = 0.0
  /// Memory traffic where it isn't what is read and written.
  var bytes: Double?
  /// Whether the operations are matrix products.
  var isProduct = false

  static func product(_ flops: Double) -> Work { Work(flops: flops, isProduct: true) }
}
