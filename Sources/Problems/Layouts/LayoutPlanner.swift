public import Plans
public import Profiles

/// What a search for a path found.
public enum LayoutAnswer: Sendable, Hashable {
  /// The fastest path; no other is faster.
  case path(LayoutPath)
  /// The cap forbids every path; the least that works, in bytes.
  case overCap(leastBytes: Int)
  /// No steps lead there: partial sums can be added up, but nothing makes them.
  case unreachable
}

/// Finds the fastest way from one layout of a tensor to another.
///
/// The layouts are the nodes of a graph and the steps its arcs; the least sum of times is found exactly, so
/// the value is its own lower bound. A cap on memory holds at each step alone and leaves arcs out. What
/// was found from one layout is kept for the next question.
///
/// A mesh of three axes and a tensor of four dimensions have 296 layouts, four axes 2424.
public struct LayoutPlanner: Sendable {
  /// The tensor.
  public let tensor: MeshTensor
  /// The mesh.
  public let mesh: DeviceMesh
  /// The most that a device may hold during a step; nil for no cap.
  public let memoryCapBytes: Int?
  let graph: LayoutGraph
  private var trees: [Int: LayoutTree] = [:]

  /// Prepares the search.
  public init(tensor: MeshTensor, mesh: DeviceMesh, memoryCapBytes: Int? = nil) {
    self.tensor = tensor
    self.mesh = mesh
    self.memoryCapBytes = memoryCapBytes
    graph = LayoutGraph(tensor, mesh)
  }

  /// All layouts with even parts.
  public var layouts: [TensorLayout] { graph.layouts }

  /// Finds the fastest path.
  ///
  /// - Throws: `LayoutError` where a layout isn't one of the tensor on the mesh.
  public mutating func path(
    from source: TensorLayout, to target: TensorLayout
  ) throws(LayoutError) -> LayoutAnswer {
    let (start, end) = (try position(of: source), try position(of: target))
    if let path = tree(from: start).path(to: end, in: graph) { return .path(path) }
    guard memoryCapBytes != nil else { return .unreachable }
    let least = LayoutTree(graph, from: start, goal: .peak, cap: nil).values[end]
    return least.isFinite ? .overCap(leastBytes: Int(least)) : .unreachable
  }

  /// Returns the time of the fastest path, in microseconds; nil where there is none.
  ///
  /// - Throws: `LayoutError` where a layout isn't one of the tensor on the mesh.
  public mutating func microseconds(
    from source: TensorLayout, to target: TensorLayout
  ) throws(LayoutError) -> Double? {
    let (start, end) = (try position(of: source), try position(of: target))
    let value = tree(from: start).values[end]
    return value.isFinite ? value : nil
  }

  /// Looks a layout up, and says what is wrong with one that isn't there.
  func position(of layout: TensorLayout) throws(LayoutError) -> Int {
    try tensor.check(layout, on: mesh)
    guard let position = graph.position(of: layout) else {
      throw LayoutError(
        "layout \(layout.text)", "its parts are uneven", "choose another")
    }
    return position
  }

  private mutating func tree(from source: Int) -> LayoutTree {
    if let known = trees[source] { return known }
    let tree = LayoutTree(graph, from: source, goal: .time, cap: memoryCapBytes)
    trees[source] = tree
    return tree
  }
}

/// Planners of all tensors that were asked for, each with what it found: by extents, size of an element,
/// mesh and links.
public struct LayoutPlanners: Sendable {
  private struct Key: Hashable, Sendable {
    let tensor: MeshTensor
    let mesh: DeviceMesh
    let memoryCapBytes: Int?
  }

  private var planners: [Key: LayoutPlanner] = [:]

  /// Creates an empty cache.
  public init() {}

  /// Finds the fastest path.
  ///
  /// - Throws: `LayoutError` where a layout isn't one of the tensor on the mesh.
  public mutating func path(
    of tensor: MeshTensor, on mesh: DeviceMesh, from source: TensorLayout, to target: TensorLayout,
    memoryCapBytes: Int? = nil
  ) throws(LayoutError) -> LayoutAnswer {
    let key = Key(tensor: tensor, mesh: mesh, memoryCapBytes: memoryCapBytes)
    var planner =
      planners.removeValue(forKey: key)
      ?? LayoutPlanner(tensor: tensor, mesh: mesh, memoryCapBytes: memoryCapBytes)
    defer { planners[key] = planner }
    return try planner.path(from: source, to: target)
  }
}
