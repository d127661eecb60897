/// The memory behind a tensor and all its aliases, with the operators that touch it.
public struct Storage: Sendable, Hashable {
  /// The position in `Storages.all`.
  public let index: Int
  /// The tensor that owns the memory.
  public let tensor: Tensor
  /// The operators that read or write the memory, ascending, each once.
  public let accesses: [Int]
  /// The operators that write the memory, ascending, each once.
  public let writes: [Int]
  /// The operator whose start allocates the memory; nil if it is resident from the start.
  public let producer: Int?

  /// The memory, in bytes.
  public var bytes: Int { tensor.bytes }
  /// The last operator that touches the memory, if any does.
  public var lastAccess: Int? { accesses.last }

  /// The idle gaps: consecutive accesses with at least one operator in between.
  public var gaps: [IdleGap] {
    zip(accesses, accesses.dropFirst()).filter { $1 >= $0 + 2 }.map {
      IdleGap(storage: index, after: $0, before: $1)
    }
  }
}

/// A stretch of the iteration in which a storage's content is needed later but not touched.
public struct IdleGap: Sendable, Hashable {
  /// The storage, as a position in `Storages.all`.
  public let storage: Int
  /// The operator that touches the storage last before the gap.
  public let after: Int
  /// The operator that touches the storage next.
  public let before: Int

  /// Creates a gap.
  public init(storage: Int, after: Int, before: Int) {
    self.storage = storage
    self.after = after
    self.before = before
  }
}

/// The storages of a profile and who touches them: tensors with aliases resolved and names turned
/// into positions.
///
/// Shapes: `all[storage]`, `reads[operator]`, `writes[operator]`.
public struct Storages: Sendable {
  /// The storages in the order of the tensors that own them.
  public let all: [Storage]
  /// The storages that each operator reads, ascending.
  public let reads: [[Int]]
  /// The storages that each operator writes, ascending.
  public let writes: [[Int]]
  /// The storage of each tensor by name, aliases included.
  public let indexByTensor: [String: Int]
  /// The operators' positions by name.
  public let operatorIndex: [String: Int]

  /// Resolves the names of a valid profile.
  ///
  /// - Precondition: `profile.validate()` finds no fault.
  public init(of profile: Profile) {
    var tensorByID: [String: Tensor] = [:]
    for tensor in profile.tensors { tensorByID[tensor.id] = tensor }
    var indexByTensor: [String: Int] = [:]
    var owners: [Tensor] = []
    for tensor in profile.tensors where tensor.aliasOf == nil {
      indexByTensor[tensor.id] = owners.count
      owners.append(tensor)
    }
    for tensor in profile.tensors {
      var owner = tensor
      while let next = owner.aliasOf, let target = tensorByID[next] { owner = target }
      indexByTensor[tensor.id] = indexByTensor[owner.id]
    }
    self.indexByTensor = indexByTensor

    func resolve(_ names: [String]) -> [Int] {
      Set(names.compactMap { indexByTensor[$0] }).sorted()
    }
    reads = profile.operators.map { resolve($0.reads) }
    writes = profile.operators.map { resolve($0.writes) }
    var operatorIndex: [String: Int] = [:]
    var accesses = [[Int]](repeating: [], count: owners.count)
    var writers = [[Int]](repeating: [], count: owners.count)
    for step in profile.operators.indices {
      operatorIndex[profile.operators[step].id] = step
      for storage in Set(reads[step]).union(writes[step]) { accesses[storage].append(step) }
      for storage in writes[step] { writers[storage].append(step) }
    }
    self.operatorIndex = operatorIndex

    let reads = reads
    all = owners.enumerated().map { index, tensor in
      let first = accesses[index].first
      let isMade =
        first.map { step in
          !tensor.isPersistent && !reads[step].contains(index) && writers[index].first == step
        } ?? false
      return Storage(
        index: index, tensor: tensor, accesses: accesses[index], writes: writers[index],
        producer: isMade ? first : nil)
    }
  }

  /// All idle gaps, by next use, then by last use, then by storage: the order of swap-in deadlines.
  public var gaps: [IdleGap] {
    all.flatMap(\.gaps).sorted {
      ($0.before, $0.after, $0.storage) < ($1.before, $1.after, $1.storage)
    }
  }
}
