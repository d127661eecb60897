public import Plans
public import Profiles

/// The published greedy search of Colossal-AI's shape consistency manager, written from its description.
///
/// From each layout it goes to the neighbour whose dimensions look nearest to the target's, the first of equals:
/// for each dimension, the axes that must go (20 each) and come (5 each) behind those that both begin with, and
/// 6 for every operation after the first. Costs of links play no part. Its neighbours are all-gathers of a
/// dimension's last axis, all-to-alls between dimensions of at most one axis each, and slices; the axes of a
/// dimension ascend. It gives up after 20 steps.
public struct GreedyConversion: Sendable {
  private static let gatherScore = 20
  private static let sliceScore = 5
  private static let operationScore = 6
  private static let maximumSteps = 20

  private let tensor: MeshTensor
  private let mesh: DeviceMesh

  /// Prepares the search.
  public init(tensor: MeshTensor, mesh: DeviceMesh) {
    self.tensor = tensor
    self.mesh = mesh
  }

  /// Whether the greedy search has a name for the layout: no partial sums, and ascending axes.
  public static func knows(_ layout: TensorLayout) -> Bool {
    layout.partialAxes.isEmpty && layout.dimensions.allSatisfy { $0 == $0.sorted() }
  }

  /// Returns its path with this project's costs; nil where it gives up, or doesn't know a layout.
  public func path(from source: TensorLayout, to target: TensorLayout) -> LayoutPath? {
    guard Self.knows(source), Self.knows(target),
      let sourceBytes = tensor.bytes(of: source, on: mesh)
    else { return nil }
    let costs = LayoutCosts(mesh: mesh)
    var here = source
    var bytes = sourceBytes
    var stages: [LayoutPath.Stage] = []
    while here != target {
      guard stages.count < Self.maximumSteps, let step = next(from: here, to: target) else {
        return nil
      }
      let after = step.applied(to: here)
      guard let output = tensor.bytes(of: after, on: mesh) else { return nil }
      stages.append(
        LayoutPath.Stage(
          step: step, layout: after, microseconds: costs.microseconds(step, bytes: bytes),
          peakBytes: (stages.isEmpty ? 0 : sourceBytes) + bytes
            + costs.temporaryBytes(step, bytes: bytes) + output))
      here = after
      bytes = output
    }
    return LayoutPath(source: source, sourceBytes: sourceBytes, stages: stages)
  }

  private func next(from here: TensorLayout, to target: TensorLayout) -> LayoutStep? {
    var best: (score: Int, step: LayoutStep)?
    for step in neighbours(of: here) {
      let score = Self.score(step.applied(to: here), target)
      if best.map({ score < $0.score }) ?? true { best = (score, step) }
    }
    return best?.step
  }

  private func neighbours(of layout: TensorLayout) -> [LayoutStep] {
    let dimensions = layout.dimensions
    var steps: [LayoutStep] = []
    for (dimension, axes) in dimensions.enumerated() {
      if let axis = axes.last { steps.append(.allGather(axis: axis, dimension: dimension)) }
    }
    for (from, axes) in dimensions.enumerated() where axes.count == 1 {
      for to in dimensions.indices where to != from && dimensions[to].count <= 1 {
        if dimensions[to].allSatisfy({ $0 < axes[0] }) {
          steps.append(.allToAll(axis: axes[0], from: from, to: to))
        }
      }
    }
    for (dimension, axes) in dimensions.enumerated() {
      for axis in mesh.axes.indices where layout.isReplicated(along: axis) {
        if axes.allSatisfy({ $0 < axis }) {
          steps.append(.slice(axis: axis, dimension: dimension))
        }
      }
    }
    return steps.filter { tensor.part(of: $0.applied(to: layout), on: mesh) != nil }
  }

  /// How far a layout looks from the target.
  package static func score(_ layout: TensorLayout, _ target: TensorLayout) -> Int {
    zip(layout.dimensions, target.dimensions).reduce(0) { sum, pair in
      let common = zip(pair.0, pair.1).prefix { $0 == $1 }.count
      let (going, coming) = (pair.0.count - common, pair.1.count - common)
      let operations = going + coming
      return sum + going * gatherScore + coming * sliceScore
        + max(0, operations - 1) * operationScore
    }
  }
}
