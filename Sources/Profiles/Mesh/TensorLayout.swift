/// How the parts of a tensor lie on the devices of a mesh.
///
/// Each axis of the mesh does one of three things: the devices along it hold the same (it replicates), each
/// holds its part of one dimension of the tensor (it shards), or each holds a summand of the same values (it
/// holds partial sums). Several axes may shard one dimension: the first splits it into equal blocks, the
/// next each block again.
public struct TensorLayout: Sendable, Hashable {
  /// The axes that shard each dimension, the one with the larger blocks first.
  public var dimensions: [[Int]]
  /// The axes whose devices hold partial sums, ascending.
  public var partialAxes: [Int]

  /// Creates a layout.
  public init(dimensions: [[Int]], partialAxes: [Int] = []) {
    self.dimensions = dimensions
    self.partialAxes = partialAxes.sorted()
  }

  /// A tensor that every device holds whole.
  public static func replicated(rank: Int) -> TensorLayout {
    TensorLayout(dimensions: Array(repeating: [], count: rank))
  }

  /// Whether the axis replicates.
  public func isReplicated(along axis: Int) -> Bool {
    !partialAxes.contains(axis) && !dimensions.contains { $0.contains(axis) }
  }

  /// The dimension that an axis shards; nil if it shards none.
  public func dimension(shardedBy axis: Int) -> Int? {
    dimensions.firstIndex { $0.contains(axis) }
  }

  /// The layout as people write it: one entry for each dimension, `R` or `S` with the axes, and at the end `P`
  /// with the axes of partial sums, such as `S01,R,P2`.
  public var text: String {
    var entries = dimensions.map { axes in
      axes.isEmpty ? "R" : "S" + axes.map(String.init).joined()
    }
    if !partialAxes.isEmpty { entries.append("P" + partialAxes.map(String.init).joined()) }
    return entries.joined(separator: ",")
  }

  /// Reads the form of `text`.
  ///
  /// - Throws: `LayoutError` with the entry that isn't understood.
  public init(text: String) throws(LayoutError) {
    var dimensions: [[Int]] = []
    var partial: [Int] = []
    let entries = text.split(separator: ",", omittingEmptySubsequences: false)
    for (index, entry) in entries.enumerated() {
      let axes = entry.dropFirst().map { $0.isASCII ? $0.wholeNumberValue ?? -1 : -1 }
      let isWhole = axes.allSatisfy { $0 >= 0 } && Set(axes).count == axes.count
      switch entry.first {
      case "R" where axes.isEmpty: dimensions.append([])
      case "S" where isWhole && !axes.isEmpty: dimensions.append(axes)
      case "P" where isWhole && !axes.isEmpty && index > 0 && index + 1 == entries.count:
        partial = axes
      default:
        throw LayoutError(
          "layout \(JSON.quoted(text))", "the entry \(JSON.quoted(String(entry))) isn't understood",
          "write R or S with mesh axes for each dimension, then P with axes of partial sums, as S01,R,P2"
        )
      }
    }
    self.init(dimensions: dimensions, partialAxes: partial)
  }
}

/// A tensor that is spread over a mesh: its extents and the size of an element.
public struct MeshTensor: Sendable, Hashable {
  /// The most dimensions.
  public static let maximumRank = 8

  /// The extents of the whole tensor.
  public let shape: [Int]
  /// The size of one element.
  public let elementBytes: Int

  /// Creates a tensor.
  ///
  /// - Throws: `LayoutError` where there are no dimensions or too many, or more than 2⁵³ bytes.
  public init(shape: [Int], elementBytes: Int) throws(LayoutError) {
    guard (1...MeshTensor.maximumRank).contains(shape.count) else {
      throw LayoutError(
        "shape", "\(shape.count) dimensions are not between 1 and \(MeshTensor.maximumRank)",
        "give the extents, as 64x1024x4096")
    }
    var bytes = elementBytes
    for extent in [1] + shape {
      guard extent > 0, bytes > 0, bytes <= FaultList.maximumBytes / extent else {
        throw LayoutError(
          "shape", "the extents \(shape) of \(elementBytes) bytes each are out of range",
          "give whole numbers above 0, and at most 2^53 bytes in all")
      }
      bytes *= extent
    }
    self.shape = shape
    self.elementBytes = elementBytes
  }

  /// The size of the whole tensor.
  public var bytes: Int { shape.reduce(elementBytes, *) }

  /// The extents of what one device holds; nil where a dimension can't be split evenly.
  public func part(of layout: TensorLayout, on mesh: DeviceMesh) -> [Int]? {
    var part = shape
    for (dimension, axes) in layout.dimensions.enumerated() {
      for axis in axes {
        guard part[dimension] % mesh.axes[axis].size == 0 else { return nil }
        part[dimension] /= mesh.axes[axis].size
      }
    }
    return part
  }

  /// The size of what one device holds; nil where a dimension can't be split evenly.
  public func bytes(of layout: TensorLayout, on mesh: DeviceMesh) -> Int? {
    part(of: layout, on: mesh)?.reduce(elementBytes, *)
  }

  /// Checks that a layout is one of this tensor on a mesh.
  ///
  /// - Throws: `LayoutError` with what doesn't fit.
  public func check(_ layout: TensorLayout, on mesh: DeviceMesh) throws(LayoutError) {
    let place = "layout \(JSON.quoted(layout.text))"
    guard layout.dimensions.count == shape.count else {
      throw LayoutError(
        place, "\(layout.dimensions.count) dimensions are not the tensor's \(shape.count)",
        "write one entry, R or S with axes, for each dimension")
    }
    var used: Set<Int> = []
    for axis in layout.dimensions.joined() + layout.partialAxes {
      guard mesh.axes.indices.contains(axis) else {
        throw LayoutError(
          place, "the mesh \(mesh.title) has no axis \(axis)",
          "count axes from 0 to \(mesh.axes.count - 1)")
      }
      guard used.insert(axis).inserted else {
        throw LayoutError(place, "axis \(axis) stands twice", "use each axis once")
      }
    }
    guard part(of: layout, on: mesh) != nil else {
      throw LayoutError(
        place, "the extents \(shape) can't be split evenly over the mesh \(mesh.title)",
        "shard a dimension that the axis' devices divide")
    }
  }
}
