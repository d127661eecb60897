/// One exchange, or one local cut, that turns a layout into another.
///
/// Dimensions are the tensor's, axes the mesh's, both counted from 0. All groups of devices along the axis do
/// the same at once.
public enum LayoutStep: Sendable, Hashable {
  /// The devices along the axis join their parts of the dimension; it was the last axis to shard it.
  case allGather(axis: Int, dimension: Int)
  /// The devices along the axis trade parts: it was the last axis to shard `from` and becomes that of `to`.
  case allToAll(axis: Int, from: Int, to: Int)
  /// Each device keeps its part of the dimension and forgets the others; nothing crosses a link.
  case slice(axis: Int, dimension: Int)
  /// The devices along the axis add up their summands, and each keeps its part of the dimension.
  case reduceScatter(axis: Int, dimension: Int)
  /// The devices along the axis add up their summands.
  case allReduce(axis: Int)

  /// What the step is called in tables and files.
  public var name: String {
    switch self {
    case .allGather: "all-gather"
    case .allToAll: "all-to-all"
    case .slice: "slice"
    case .reduceScatter: "reduce-scatter"
    case .allReduce: "all-reduce"
    }
  }

  /// The mesh axis along which it happens.
  public var axis: Int {
    switch self {
    case .allGather(let axis, _), .allToAll(let axis, _, _), .slice(let axis, _),
      .reduceScatter(let axis, _), .allReduce(let axis):
      axis
    }
  }
}
