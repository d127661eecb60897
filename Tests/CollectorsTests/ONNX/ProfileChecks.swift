import Profiles
import Testing

/// What every profile of a collector has to keep.
enum ProfileChecks {
  /// Checks names, aliases, and that nothing is read before it is written.
  static func expectConsistent(_ profile: Profile) {
    let tensors = Dictionary(
      profile.tensors.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    #expect(tensors.count == profile.tensors.count, "tensor names repeat")
    #expect(
      Set(profile.operators.map(\.id)).count == profile.operators.count, "operator names repeat")
    for tensor in profile.tensors {
      guard let target = tensor.aliasOf else { continue }
      let owner = tensors[target]
      #expect(owner != nil, "\(tensor.id) is an alias of nothing")
      #expect(tensor.bytes <= owner?.bytes ?? 0, "\(tensor.id) is larger than its owner")
    }
    func owner(_ name: String) -> Tensor? {
      var tensor = tensors[name]
      while let next = tensor?.aliasOf { tensor = tensors[next] }
      return tensor
    }
    var written: Set<String> = []
    for step in profile.operators {
      #expect(step.durationMicroseconds > 0 && step.durationMicroseconds.isFinite)
      #expect(Set(step.reads).count == step.reads.count)
      for name in step.reads {
        guard let tensor = owner(name) else {
          Issue.record("\(step.id) reads '\(name)', which doesn't exist")
          continue
        }
        #expect(
          tensor.kind.mayPrecedeIteration || written.contains(tensor.id),
          "\(step.id) reads '\(name)' before it is written")
      }
      for name in step.writes {
        guard let tensor = owner(name) else {
          Issue.record("\(step.id) writes '\(name)', which doesn't exist")
          continue
        }
        written.insert(tensor.id)
      }
    }
  }

  /// Returns the most bytes live at once when every storage lives from its producer to its last use.
  static func peakBytes(_ profile: Profile) -> Int {
    var change = [Int](repeating: 0, count: profile.operators.count + 1)
    for storage in Storages(of: profile).all {
      let stays = storage.tensor.isPersistent
      guard stays || storage.lastAccess != nil else { continue }
      change[storage.producer ?? 0] += storage.bytes
      if !stays, let last = storage.lastAccess { change[last + 1] -= storage.bytes }
    }
    var (live, peak) = (0, 0)
    for bytes in change {
      live += bytes
      peak = max(peak, live)
    }
    return peak
  }
}
