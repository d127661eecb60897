public import Plans
import Profiles

/// Carries a path out on a small tensor of integers, device by device.
///
/// Every device holds an array. A step knows nothing of layouts: devices along an axis send arrays, join them in
/// the order of their coordinates, cut them into equal parts or add them up. At the end each device's array
/// must be what the definition of the target says.
public struct LayoutExecutor: Sendable {
  /// An array in row-major order.
  private struct Block: Hashable {
    var shape: [Int]
    var values: [Int]
  }

  /// The most integers that all devices together hold.
  public static let maximumElements = 1 << 22

  private let sizes: [Int]
  private let strides: [Int]
  private let deviceCount: Int

  /// Prepares the execution on a mesh of any links.
  ///
  /// - Parameter sizes: The devices along each axis.
  public init(sizes: [Int]) {
    self.sizes = sizes
    var strides = [Int](repeating: 1, count: sizes.count)
    for axis in sizes.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * sizes[axis + 1]
    }
    self.strides = strides
    deviceCount = sizes.reduce(1, *)
  }

  /// Returns the least extents on which all layouts of a path are even.
  public func smallShape(for path: LayoutPath) -> [Int] {
    var shape = [Int](repeating: 1, count: path.source.dimensions.count)
    for layout in [path.source] + path.stages.map(\.layout) {
      for (dimension, axes) in layout.dimensions.enumerated() {
        let parts = axes.reduce(1) { $0 * sizes[$1] }
        shape[dimension] = shape[dimension] / divisor(shape[dimension], parts) * parts
      }
    }
    return shape
  }

  /// Carries out a path and compares every device's array with what its target demands.
  ///
  /// - Parameters:
  ///   - path: A path that `LayoutReplay` finds valid.
  ///   - shape: The tensor's extents; nil for `smallShape(for:)`.
  /// - Returns: What is wrong; nil if nothing is.
  public func fault(in path: LayoutPath, shape: [Int]? = nil) -> String? {
    let shape = shape ?? smallShape(for: path)
    guard isSmall(shape) else { return "a tensor of \(shape) is too large to be carried out" }
    let count = shape.reduce(1, *)
    // Values without a pattern that blocks could share by chance.
    let whole = Block(
      shape: shape, values: (0..<count).map { ($0 &* 2_654_435_761 &+ 97) % 1_000_003 })
    var blocks = (0..<deviceCount).map { block(of: path.source, whole, on: $0) }
    spread(&blocks, over: path.source.partialAxes)
    for (index, stage) in path.stages.enumerated() {
      guard let next = made(stage.step, blocks) else {
        return "step \(index + 1), \(stage.step.name), can't be carried out on \(blocks[0].shape)"
      }
      blocks = next
    }
    let sums = path.target.partialAxes.reduce(blocks) { added($0, along: $1) }
    for device in 0..<deviceCount where sums[device] != block(of: path.target, whole, on: device) {
      return "device \(device) doesn't hold what \(path.target.text) demands"
    }
    return nil
  }

  /// Whether a tensor is small enough to be carried out.
  public func isSmall(_ shape: [Int]) -> Bool {
    var count = deviceCount
    for extent in shape {
      guard extent > 0, count <= LayoutExecutor.maximumElements / extent else { return false }
      count *= extent
    }
    return true
  }

  // MARK: Steps

  private func made(_ step: LayoutStep, _ blocks: [Block]) -> [Block]? {
    let axis = step.axis
    switch step {
    case .allGather(_, let dimension):
      return (0..<deviceCount).map { device in
        join(group(of: device, along: axis).map { blocks[$0] }, dimension)
      }
    case .slice(_, let dimension):
      return cut(blocks, dimension, along: axis)
    case .allToAll(_, let from, let to):
      guard blocks[0].shape[to] % sizes[axis] == 0 else { return nil }
      let parts = blocks.map { pieces(of: $0, to, sizes[axis]) }
      return (0..<deviceCount).map { device in
        let coordinate = device / strides[axis] % sizes[axis]
        return join(group(of: device, along: axis).map { parts[$0][coordinate] }, from)
      }
    case .reduceScatter(_, let dimension):
      return cut(added(blocks, along: axis), dimension, along: axis)
    case .allReduce:
      return added(blocks, along: axis)
    }
  }

  /// The devices that differ from a device in one coordinate only, in its order.
  private func group(of device: Int, along axis: Int) -> [Int] {
    let coordinate = device / strides[axis] % sizes[axis]
    return (0..<sizes[axis]).map { device + ($0 - coordinate) * strides[axis] }
  }

  private func cut(_ blocks: [Block], _ dimension: Int, along axis: Int) -> [Block]? {
    guard blocks[0].shape[dimension] % sizes[axis] == 0 else { return nil }
    return blocks.enumerated().map { device, block in
      pieces(of: block, dimension, sizes[axis])[device / strides[axis] % sizes[axis]]
    }
  }

  private func added(_ blocks: [Block], along axis: Int) -> [Block] {
    (0..<deviceCount).map { device in
      var sum = blocks[device]
      for other in group(of: device, along: axis) where other != device {
        for index in sum.values.indices { sum.values[index] += blocks[other].values[index] }
      }
      return sum
    }
  }

  private func join(_ blocks: [Block], _ dimension: Int) -> Block {
    var joined = blocks[0]
    joined.shape[dimension] *= blocks.count
    let run = blocks[0].shape[dimension...].reduce(1, *)
    joined.values = []
    joined.values.reserveCapacity(run * blocks.count)
    for start in stride(from: 0, to: blocks[0].values.count, by: run) {
      for block in blocks { joined.values += block.values[start..<start + run] }
    }
    return joined
  }

  private func pieces(of block: Block, _ dimension: Int, _ count: Int) -> [Block] {
    var shape = block.shape
    shape[dimension] /= count
    let run = shape[dimension...].reduce(1, *)
    var pieces = [Block](repeating: Block(shape: shape, values: []), count: count)
    for (position, start) in stride(from: 0, to: block.values.count, by: run).enumerated() {
      pieces[position % count].values += block.values[start..<start + run]
    }
    return pieces
  }

  // MARK: Layouts by their definition

  /// The part of a whole tensor that a layout gives a device, partial sums aside.
  private func block(of layout: TensorLayout, _ whole: Block, on device: Int) -> Block {
    var starts: [Int] = []
    var shape: [Int] = []
    for (extent, axes) in zip(whole.shape, layout.dimensions) {
      var (start, length) = (0, extent)
      for axis in axes {
        length /= sizes[axis]
        start += device / strides[axis] % sizes[axis] * length
      }
      starts.append(start)
      shape.append(length)
    }
    var values: [Int] = []
    var index = [Int](repeating: 0, count: shape.count)
    for _ in 0..<shape.reduce(1, *) {
      var position = 0
      for dimension in shape.indices {
        position = position * whole.shape[dimension] + starts[dimension] + index[dimension]
      }
      values.append(whole.values[position])
      for dimension in shape.indices.reversed() {
        index[dimension] += 1
        if index[dimension] < shape[dimension] { break }
        index[dimension] = 0
      }
    }
    return Block(shape: shape, values: values)
  }

  /// Splits values into summands: along each axis all but the first device hold something of their own, and
  /// the first the rest.
  private func spread(_ blocks: inout [Block], over axes: [Int]) {
    for axis in axes {
      for device in blocks.indices where device / strides[axis] % sizes[axis] == 0 {
        for other in group(of: device, along: axis).dropFirst() {
          for index in blocks[other].values.indices {
            let part = (index &* 7919 &+ other &* 104_729) % 1009 - 504
            blocks[other].values[index] = part
            blocks[device].values[index] -= part
          }
        }
      }
    }
  }

  private func divisor(_ first: Int, _ second: Int) -> Int {
    second == 0 ? first : divisor(second, first % second)
  }
}
