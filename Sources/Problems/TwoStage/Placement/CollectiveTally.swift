import Plans
import Profiles

/// Adds up collective operations that are alike.
///
/// One along several axes is carried out axis by axis: a reduction scatters along the fastest first, so that
/// slower ones carry less, and a gathering goes the other way round. `B` bytes along an axis of `n` devices take
/// `α + f·(n − 1)/n·B/β`, where `f` is 2 for an all-reduce and 1 for all others.
struct CollectiveTally {
  private struct Key: Hashable {
    var pass: PlacementBlock.Pass
    var cause: PlacementBlock.Cause
    var kind: CollectiveKind
    var axis: Int
    var bytes: Int
  }

  private let mesh: DeviceMesh
  private var counts: [Key: (count: Int, microseconds: Double)] = [:]

  init(_ mesh: DeviceMesh) {
    self.mesh = mesh
  }

  /// The rows in their order.
  var collectives: [PlacementBlock.Collective] {
    counts.map { key, value in
      PlacementBlock.Collective(
        pass: key.pass, cause: key.cause, kind: key.kind, axis: key.axis, bytes: key.bytes,
        count: value.count, microseconds: value.microseconds)
    }.sorted()
  }

  /// Counts an exchange of so many bytes.
  mutating func add(
    _ kind: CollectiveKind, _ bytes: Double, along axes: [Int], _ pass: PlacementBlock.Pass,
    _ cause: PlacementBlock.Cause, times: Int = 1
  ) {
    let order = axes.sorted {
      (-mesh.axes[$0].gbPerSecond, $0) < (-mesh.axes[$1].gbPerSecond, $1)
    }
    var shares: [Double] = []
    var rest = bytes
    for axis in order {
      shares.append(rest)
      rest /= Double(mesh.axes[axis].size)
    }
    func count(_ kind: CollectiveKind, _ axis: Int, _ bytes: Double) {
      let size = mesh.axes[axis].size
      guard size > 1 else { return }
      let key = Key(
        pass: pass, cause: cause, kind: kind, axis: axis, bytes: Int(bytes.rounded(.up)))
      let factor = Double(size - 1) / Double(size) * (kind == .allReduce ? 2 : 1)
      let time =
        mesh.axes[axis].latencyMicroseconds + factor * bytes / (mesh.axes[axis].gbPerSecond * 1e3)
      let known = counts[key] ?? (0, 0)
      counts[key] = (known.count + times, known.microseconds + Double(times) * time)
    }
    switch kind {
    case .allToAll:
      for axis in order { count(kind, axis, bytes) }
    case .allGather, .reduceScatter:
      for (axis, share) in zip(order, shares) { count(kind, axis, share) }
    case .allReduce:
      for (axis, share) in zip(order.dropLast(), shares) {
        count(.reduceScatter, axis, share)
        count(.allGather, axis, share)
      }
      if let slowest = order.last, let share = shares.last { count(.allReduce, slowest, share) }
    }
  }
}
