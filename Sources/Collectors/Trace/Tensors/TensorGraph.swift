import Profiles

/// The tensors of a step and who touches them. Operators and tensors are positions.
struct TensorGraph {
  var tensors: [Tensor] = []
  var reads: [[Int]]
  var writes: [[Int]]
  var workspace: [Int]
  var isRecomputable: [Bool]
  var flops: [Double?]
  var bytesAccessed: [Double?]

  init(operatorCount: Int) {
    reads = Array(repeating: [], count: operatorCount)
    writes = reads
    workspace = Array(repeating: 0, count: operatorCount)
    isRecomputable = Array(repeating: false, count: operatorCount)
    flops = Array(repeating: nil, count: operatorCount)
    bytesAccessed = flops
  }

  /// Adds a tensor and returns its position.
  mutating func add(_ tensor: Tensor) -> Int {
    tensors.append(tensor)
    return tensors.count - 1
  }

  /// Whether an operator touches memory.
  func isIdle(_ operation: Int) -> Bool {
    reads[operation].isEmpty && writes[operation].isEmpty && workspace[operation] == 0
  }

  /// Makes the operators of a profile, without those that take neither time nor memory.
  func operators(
    named names: [String], phases: [Operator.Phase], microseconds: [Double]
  ) -> [Operator] {
    func ids(_ positions: [Int]) -> [String] { Set(positions).sorted().map { tensors[$0].id } }
    return names.indices.compactMap { index in
      if isIdle(index) && microseconds[index] <= 0 { return nil }
      return Operator(
        id: names[index], phase: phases[index], durationMicroseconds: microseconds[index],
        reads: ids(reads[index]), writes: ids(writes[index]), workspaceBytes: workspace[index],
        flops: flops[index], bytesAccessed: bytesAccessed[index],
        isRecomputable: isRecomputable[index])
    }
  }

  /// Names that are unique: each operator's own with the number of its occurrence.
  static func uniqueNames(_ names: [String]) -> [String] {
    var count: [String: Int] = [:]
    return names.map { name in
      let plain = TracedName.identifier(name)
      count[plain, default: 0] += 1
      return "\(plain)#\(count[plain] ?? 1)"
    }
  }
}
