import Plans
import Profiles
import Simulation
import TestSupport

/// Meshes, tensors and steps for the tests.
enum Case {
  /// A mesh whose axes have a latency in µs and a rate in GB/s each.
  static func mesh(_ axes: (size: Int, latency: Double, rate: Double)...) throws -> DeviceMesh {
    try DeviceMesh(
      axes: axes.map {
        DeviceMesh.Axis(size: $0.size, latencyMicroseconds: $0.latency, gbPerSecond: $0.rate)
      })
  }

  /// A random mesh of up to three axes and a tensor of which some layouts are uneven.
  static func random(_ seed: UInt64) throws -> (MeshTensor, DeviceMesh) {
    var random = SeededGenerator(seed: seed)
    let axes = (0..<Int.random(in: 1...3, using: &random)).map { _ in
      DeviceMesh.Axis(
        size: [1, 2, 2, 3, 4].randomElement(using: &random) ?? 2,
        latencyMicroseconds: Double.random(in: 0...20, using: &random),
        gbPerSecond: Double.random(in: 1...400, using: &random))
    }
    let shape = (0..<Int.random(in: 1...3, using: &random)).map { _ in
      [4, 6, 8, 12, 16, 24, 48].randomElement(using: &random) ?? 8
    }
    return (
      try MeshTensor(shape: shape, elementBytes: Int.random(in: 1...4096, using: &random)),
      try DeviceMesh(axes: axes)
    )
  }

  /// All steps that the words allow, most of which can't be made from a given layout.
  static func steps(dimensions: Int, axes: Int) -> [LayoutStep] {
    (0..<axes).flatMap { axis -> [LayoutStep] in
      (0..<dimensions).flatMap { dimension -> [LayoutStep] in
        [
          .allGather(axis: axis, dimension: dimension), .slice(axis: axis, dimension: dimension),
          .reduceScatter(axis: axis, dimension: dimension),
        ]
          + (0..<dimensions).map { .allToAll(axis: axis, from: dimension, to: $0) }
      } + [.allReduce(axis: axis)]
    }
  }

  /// Makes one step by the replay's rules; nil where it can't be made.
  static func make(
    _ step: LayoutStep, from layout: TensorLayout, _ tensor: MeshTensor, _ mesh: DeviceMesh
  ) -> (layout: TensorLayout, microseconds: Double, peakBytes: Int)? {
    let stage = LayoutPath.Stage(step: step, layout: layout, microseconds: 0, peakBytes: 0)
    let result = LayoutReplay(tensor: tensor, mesh: mesh).run(
      LayoutPath(source: layout, sourceBytes: 0, stages: [stage]))
    return result.isValid ? (result.layout, result.microseconds, result.peakBytes) : nil
  }
}

/// All paths, one by one, by the replay's rules alone.
struct EveryPath {
  let tensor: MeshTensor
  let mesh: DeviceMesh
  let cap: Int
  /// Whether a path ends early that comes to a layout later than another path did.
  let skipsLate: Bool
  private let steps: [LayoutStep]

  init(_ tensor: MeshTensor, _ mesh: DeviceMesh, cap: Int = .max, skipsLate: Bool) {
    self.tensor = tensor
    self.mesh = mesh
    self.cap = cap
    self.skipsLate = skipsLate
    steps = Case.steps(dimensions: tensor.shape.count, axes: mesh.axes.count)
  }

  /// Returns the time of the fastest path that visits no layout twice; nil if there is none.
  func fastest(from source: TensorLayout, to target: TensorLayout) -> Double? {
    var search = Search(visited: [source], arrivals: [source: 0], nexts: [:])
    extend(source, source, target, 0, &search)
    return search.best
  }

  private struct Search {
    var visited: Set<TensorLayout>
    var arrivals: [TensorLayout: Double]
    var nexts: [TensorLayout: [(layout: TensorLayout, microseconds: Double, peakBytes: Int)]]
    var best: Double?
  }

  private func extend(
    _ source: TensorLayout, _ here: TensorLayout, _ target: TensorLayout, _ elapsed: Double,
    _ search: inout Search
  ) {
    if here == target {
      search.best = min(search.best ?? .infinity, elapsed)
      return
    }
    let nexts =
      search.nexts[here] ?? steps.compactMap { Case.make($0, from: here, tensor, mesh) }
    search.nexts[here] = nexts
    let kept = here == source ? 0 : tensor.bytes(of: source, on: mesh) ?? 0
    for next in nexts where kept + next.peakBytes <= cap {
      let arrival = elapsed + next.microseconds
      if skipsLate {
        if arrival >= search.arrivals[next.layout] ?? .infinity { continue }
        search.arrivals[next.layout] = arrival
      }
      guard search.visited.insert(next.layout).inserted else { continue }
      extend(source, next.layout, target, arrival, &search)
      search.visited.remove(next.layout)
    }
  }
}
