import Profiles

/// Tells storages apart whose numbers are used again: the allocator hands out a freed storage's
/// address, and with it its number.
struct StorageTracker {
  /// A stretch of a storage's life with one content.
  struct Instance {
    var bytes: Int
    /// Whether the first operator that touches it reads it.
    var isEarlier: Bool
    /// Whether an operator changed it after that.
    var isChanged = false
    /// The part of the iteration in which it is made.
    var phase: Profiles.Operator.Phase
    var tensors: Set<Int>
  }

  private(set) var instances: [Instance] = []
  private var current: [Int: Int] = [:]
  /// Tensors on the host, which take no device memory.
  private(set) var hostTensors = 0

  /// Returns what an operator reads and writes, as positions in `instances`.
  ///
  /// A storage that an operator gives without taking it, as a tensor that it hasn't held before, is
  /// new. An operator that gives nothing changes its first argument.
  mutating func follow(
    inputs: PythonList, outputs: PythonList, phase: Profiles.Operator.Phase
  ) -> (reads: [Int], writes: [Int]) {
    let taken = onDevice(inputs.arguments.flatMap { $0 })
    var given = onDevice(outputs.arguments.flatMap { $0 })
    if given.isEmpty { given = onDevice(inputs.arguments.first ?? []) }
    var reads: [Int] = []
    for tensor in taken {
      let known = current[tensor.storage]
      reads.append(known ?? begin(tensor, isEarlier: true, phase))
      note(tensor, in: reads[reads.count - 1])
    }
    let touched = Set(taken.map(\.storage))
    var writes: Set<Int> = []
    for tensor in given {
      if let known = current[tensor.storage],
        touched.contains(tensor.storage) || writes.contains(known)
          || instances[known].tensors.contains(tensor.id)
      {
        note(tensor, in: known)
        instances[known].isChanged = true
        writes.insert(known)
      } else {
        writes.insert(begin(tensor, isEarlier: false, phase))
      }
    }
    return (Set(reads).sorted(), writes.sorted())
  }

  private mutating func onDevice(_ tensors: [TracedTensor]) -> [TracedTensor] {
    let kept = tensors.filter { $0.isOnDevice && $0.extent > 0 }
    hostTensors += tensors.count - kept.count
    return kept
  }

  private mutating func begin(
    _ tensor: TracedTensor, isEarlier: Bool, _ phase: Profiles.Operator.Phase
  ) -> Int {
    instances.append(
      Instance(bytes: tensor.extent, isEarlier: isEarlier, phase: phase, tensors: [tensor.id]))
    current[tensor.storage] = instances.count - 1
    return instances.count - 1
  }

  private mutating func note(_ tensor: TracedTensor, in instance: Int) {
    instances[instance].bytes = max(instances[instance].bytes, tensor.extent)
    instances[instance].tensors.insert(tensor.id)
  }

  /// Returns the tensors of the profile, by position.
  func tensors() -> [Tensor] {
    instances.enumerated().map { index, instance in
      let kind: Tensor.Kind =
        if instance.isEarlier {
          instance.isChanged ? .parameter : .input
        } else {
          switch instance.phase {
          case .forward: .activation
          case .backward: .gradient
          case .optimizer, .communication: .workspace
          }
        }
      return Tensor(id: "s\(index)", bytes: instance.bytes, kind: kind)
    }
  }
}
