import Plans
import Profiles

/// All layouts of a tensor on a mesh, and the steps between them.
struct LayoutGraph: Sendable {
  /// A step from one layout to another.
  struct Arc: Sendable {
    let step: LayoutStep
    let target: Int
    let microseconds: Double
    /// Memory besides that of input and output.
    let temporaryBytes: Int
  }

  /// The layouts whose parts are even.
  let layouts: [TensorLayout]
  /// What a device holds of each.
  let bytes: [Int]
  /// The steps from each layout.
  let arcs: [[Arc]]
  private let positions: [UInt64: Int]

  init(_ tensor: MeshTensor, _ mesh: DeviceMesh) {
    var layouts = [TensorLayout.replicated(rank: tensor.shape.count)]
    for axis in mesh.axes.indices {
      layouts = layouts.flatMap { LayoutGraph.uses(of: axis, in: $0) }
        .filter { tensor.part(of: $0, on: mesh) != nil }
    }
    let bytes = layouts.map { tensor.bytes(of: $0, on: mesh) ?? 0 }
    var positions: [UInt64: Int] = [:]
    positions.reserveCapacity(layouts.count)
    for (index, layout) in layouts.enumerated() { positions[LayoutGraph.code(layout)] = index }
    let costs = LayoutCosts(mesh: mesh)
    arcs = layouts.enumerated().map { index, layout in
      LayoutGraph.steps(from: layout, axes: mesh.axes.count).compactMap { step in
        // A layout that isn't listed has uneven parts.
        positions[LayoutGraph.code(step.applied(to: layout))].map { target in
          Arc(
            step: step, target: target, microseconds: costs.microseconds(step, bytes: bytes[index]),
            temporaryBytes: costs.temporaryBytes(step, bytes: bytes[index]))
        }
      }
    }
    self.layouts = layouts
    self.bytes = bytes
    self.positions = positions
  }

  /// Returns the position of a layout; nil if its parts are uneven.
  func position(of layout: TensorLayout) -> Int? { positions[LayoutGraph.code(layout)] }

  /// The layout with one more axis in use, in all ways: replicating, with partial sums, or anywhere among the
  /// axes of a dimension.
  private static func uses(of axis: Int, in layout: TensorLayout) -> [TensorLayout] {
    var list = [layout]
    var partial = layout
    partial.partialAxes.append(axis)
    list.append(partial)
    for dimension in layout.dimensions.indices {
      for place in 0...layout.dimensions[dimension].count {
        var sharded = layout
        sharded.dimensions[dimension].insert(axis, at: place)
        list.append(sharded)
      }
    }
    return list
  }

  /// All steps that can be made from a layout, even or not.
  private static func steps(from layout: TensorLayout, axes: Int) -> [LayoutStep] {
    let dimensions = layout.dimensions.indices
    var steps: [LayoutStep] = []
    for from in dimensions {
      guard let axis = layout.dimensions[from].last else { continue }
      steps.append(.allGather(axis: axis, dimension: from))
      steps += dimensions.filter { $0 != from }.map { .allToAll(axis: axis, from: from, to: $0) }
    }
    for axis in 0..<axes {
      if layout.partialAxes.contains(axis) {
        steps.append(.allReduce(axis: axis))
        steps += dimensions.map { .reduceScatter(axis: axis, dimension: $0) }
      } else if layout.isReplicated(along: axis) {
        steps += dimensions.map { .slice(axis: axis, dimension: $0) }
      }
    }
    return steps
  }

  /// A number that no other layout has: eight bits an axis, for the dimension and the place among its axes.
  private static func code(_ layout: TensorLayout) -> UInt64 {
    var code: UInt64 = 0
    for (dimension, axes) in layout.dimensions.enumerated() {
      for (place, axis) in axes.enumerated() {
        code |= UInt64(2 + dimension * DeviceMesh.maximumRank + place) << UInt64(8 * axis)
      }
    }
    for axis in layout.partialAxes { code |= 1 << UInt64(8 * axis) }
    return code
  }
}
