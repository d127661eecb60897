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
  /// The operator whose start allocates the memory; nil if nothing makes it: it is there from one
  /// iteration to the next, or it comes with each iteration.
  public let producer: Int?
  /// The idle gap from the last access of one iteration to the first access of the next; nil if the
  /// content doesn't last so long, or if no operator lies in between.
  public let boundaryGap: IdleGap?

  /// The memory, in bytes.
  public var bytes: Int { tensor.bytes }
  /// The last operator that touches the memory, if any does.
  public var lastAccess: Int? { accesses.last }

  /// Whether the memory is taken anew in each iteration without an operator that makes it: an input.
  public var comesWithIteration: Bool {
    producer == nil && !tensor.isPersistent && !accesses.isEmpty
  }

  /// The idle gaps: consecutive accesses with at least one operator in between, the gap over the
  /// boundary of the iteration last.
  public var gaps: [IdleGap] {
    zip(accesses, accesses.dropFirst()).filter { $1 >= $0 + 2 }.map {
      IdleGap(storage: index, after: $0, before: $1)
    } + (boundaryGap.map { [$0] } ?? [])
  }
}

/// A stretch of the iteration in which a storage's content is needed later but not touched.
///
/// A gap that wraps begins in one iteration and ends in the next: its `before` is not after its
/// `after`.
public struct IdleGap: Sendable, Hashable {
  /// The storage, as a position in `Storages.all`.
  public let storage: Int
  /// The operator that touches the storage last before the gap.
  public let after: Int
  /// The operator that touches the storage next.
  public let before: Int

  /// Whether the gap lies over the boundary between two iterations.
  public var wraps: Bool { before <= after }

  /// Whether the storage is idle while an operator runs.
  public func contains(_ step: Int) -> Bool {
    wraps ? step > after || step < before : step > after && step < before
  }

  /// Whether an operator's end may queue the copy to the host when another one's start queues the copy
  /// back: it begins the gap, or lies between the two.
  public func isOffload(_ step: Int, before trigger: Int) -> Bool {
    step == after || IdleGap(storage: storage, after: after, before: trigger).contains(step)
  }

  /// Whether an operator's start may queue the read from NVMe between the end of `offload`, which queues
  /// the copy to the host, and the start of `trigger`, which queues the copy back: it is `trigger` or lies
  /// between the two.
  public func isRead(_ step: Int, from offload: Int, to trigger: Int) -> Bool {
    step == trigger || IdleGap(storage: storage, after: offload, before: trigger).contains(step)
  }

  /// The operator whose start queues the read from NVMe where a plan names none: the last one that leaves
  /// the read its time before `trigger` starts if nothing waits, else the first one after `offload`.
  ///
  /// - Parameters:
  ///   - offload: The operator whose end queues the copy to the host.
  ///   - trigger: The operator whose start queues the copy back.
  ///   - time: How long the read takes, in microseconds.
  ///   - durations: Those of all operators, in microseconds.
  public func defaultRead(
    from offload: Int, to trigger: Int, lasting time: Double, durations: [Double]
  ) -> Int {
    var step = trigger
    var passed = 0.0
    while passed < time {
      let previous = step == 0 ? durations.count - 1 : step - 1
      if previous == offload { break }
      step = previous
      passed += durations[step]
    }
    return step
  }

  /// The operators in the gap as ranges of one iteration of `count` operators, ascending.
  public func ranges(operators count: Int) -> [Range<Int>] {
    wraps ? [0..<before, (after + 1)..<count] : [(after + 1)..<before]
  }

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
    let count = profile.operators.count
    all = owners.enumerated().map { index, tensor in
      let first = accesses[index].first
      var boundaryGap: IdleGap?
      if tensor.isPersistent, let first, let last = accesses[index].last,
        count - 1 - last + first > 0
      {
        boundaryGap = IdleGap(storage: index, after: last, before: first)
      }
      let isMade =
        first.map { step in
          !tensor.isPersistent && !reads[step].contains(index) && writers[index].first == step
        } ?? false
      return Storage(
        index: index, tensor: tensor, accesses: accesses[index], writes: writers[index],
        producer: isMade ? first : nil, boundaryGap: boundaryGap)
    }
  }

  /// All idle gaps, by next use, then by last use, then by storage: the order of swap-in deadlines.
  public var gaps: [IdleGap] {
    all.flatMap(\.gaps).sorted {
      ($0.before, $0.after, $0.storage) < ($1.before, $1.after, $1.storage)
    }
  }
}
