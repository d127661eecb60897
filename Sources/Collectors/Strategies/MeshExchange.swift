import Profiles

/// How long exchanges along one or several axes of a mesh take, by the α-β model of `Interconnect`.
///
/// Along several axes the exchange is hierarchical: a reduction scatters along the fastest axis first, so that
/// slower ones carry less, and a gathering goes the other way round.
struct MeshExchange: Sendable {
  private let links: [Interconnect]
  private let sizes: [Int]

  init(_ mesh: DeviceMesh) {
    sizes = mesh.axes.map(\.size)
    links = mesh.axes.map {
      Interconnect(
        name: "axis", latencyMicroseconds: $0.latencyMicroseconds, busGBPerSecond: $0.gbPerSecond,
        source: "")
    }
  }

  /// Axes from the fastest to the slowest.
  private func ordered(_ axes: [Int]) -> [Int] {
    axes.sorted { (-links[$0].busGBPerSecond, $0) < (-links[$1].busGBPerSecond, $1) }
  }

  /// Each device has `bytes` to add up, and keeps its share of the sum.
  func reduceScatter(_ bytes: Double, along axes: [Int]) -> Double {
    var rest = bytes
    return ordered(axes).reduce(0) { sum, axis in
      defer { rest /= Double(sizes[axis]) }
      return sum + links[axis].microseconds(.reduceScatter, bytes: rest, among: sizes[axis])
    }
  }

  /// Each device has its share of `bytes`, and ends with all.
  func allGather(_ bytes: Double, along axes: [Int]) -> Double {
    var rest = bytes
    return ordered(axes).reduce(0) { sum, axis in
      defer { rest /= Double(sizes[axis]) }
      return sum + links[axis].microseconds(.allGather, bytes: rest, among: sizes[axis])
    }
  }

  /// Each device has `bytes` to add up, and ends with the sum.
  func allReduce(_ bytes: Double, along axes: [Int]) -> Double {
    let order = ordered(axes)
    guard let slowest = order.last else { return 0 }
    let outer = Array(order.dropLast())
    let rest = bytes / outer.reduce(1.0) { $0 * Double(sizes[$1]) }
    return reduceScatter(bytes, along: outer)
      + links[slowest].microseconds(.allReduce, bytes: rest, among: sizes[slowest])
      + allGather(bytes, along: outer)
  }

  /// Each device has `bytes`, of which all along the axes get equal parts.
  func allToAll(_ bytes: Double, along axes: [Int]) -> Double {
    axes.reduce(0) {
      $0 + links[$1].microseconds(.allToAll, bytes: bytes, among: sizes[$1])
    }
  }
}
