public import Plans
public import Profiles

/// What the replay of a path found.
public struct LayoutReplayResult: Sendable, Hashable {
  /// What is wrong, the first fault ends the replay.
  public internal(set) var faults: [String] = []
  /// The layout reached.
  public internal(set) var layout: TensorLayout
  /// How long the steps take, one after another.
  public internal(set) var microseconds = 0.0
  /// The most that a device holds at any time.
  public internal(set) var peakBytes = 0
  /// What each step so far has exchanged.
  public internal(set) var traffic: [Traffic] = []

  /// What a step exchanges.
  public struct Traffic: Sendable, Hashable {
    /// The step.
    public var step: LayoutStep
    /// What each device contributes or, of a gathering, ends with.
    public var bytes: Int
    /// How long it takes.
    public var microseconds: Double
  }

  /// Whether every step could be made.
  public var isValid: Bool { faults.isEmpty }
}

/// Follows the steps of a path and works out layout, times and memory anew.
///
/// It counts how many bytes each device receives: of an all-gather the parts of all others, of an all-to-all and
/// a reduce-scatter one of `n` parts from each other, of an all-reduce those of a reduce-scatter and of an
/// all-gather behind it.
public struct LayoutReplay: Sendable {
  private let tensor: MeshTensor
  private let mesh: DeviceMesh

  /// Prepares replays.
  public init(tensor: MeshTensor, mesh: DeviceMesh) {
    self.tensor = tensor
    self.mesh = mesh
  }

  /// Follows a path; its own predictions are not used.
  public func run(_ path: LayoutPath) -> LayoutReplayResult {
    var result = LayoutReplayResult(layout: path.source)
    do throws(LayoutError) {
      try tensor.check(path.source, on: mesh)
    } catch {
      result.faults.append(error.description)
      return result
    }
    var extents = tensor.shape
    for (dimension, axes) in path.source.dimensions.enumerated() {
      for axis in axes { extents[dimension] /= mesh.axes[axis].size }
    }
    let source = extents.reduce(tensor.elementBytes, *)
    result.peakBytes = source
    for (index, stage) in path.stages.enumerated() {
      let before = extents.reduce(tensor.elementBytes, *)
      guard let fault = make(stage.step, &result.layout, &extents) else {
        let after = extents.reduce(tensor.elementBytes, *)
        let packed = if case .allToAll = stage.step { before } else { 0 }
        let kept = index == 0 ? 0 : source
        result.peakBytes = max(result.peakBytes, kept + before + packed + after)
        let time = microseconds(stage.step, before: before, after: after)
        result.microseconds += time
        result.traffic.append(
          LayoutReplayResult.Traffic(
            step: stage.step, bytes: max(before, after), microseconds: time))
        continue
      }
      result.faults.append("step \(index + 1), \(stage.step.name): \(fault)")
      return result
    }
    return result
  }

  /// Makes one step; returns what forbids it.
  private func make(
    _ step: LayoutStep, _ layout: inout TensorLayout, _ extents: inout [Int]
  ) -> String? {
    let axis = step.axis
    guard mesh.axes.indices.contains(axis) else { return "the mesh has no axis \(axis)" }
    func leave(_ dimension: Int) -> String? {
      guard layout.dimensions.indices.contains(dimension),
        layout.dimensions[dimension].last == axis
      else { return "axis \(axis) is not the last to shard dimension \(dimension)" }
      layout.dimensions[dimension].removeLast()
      extents[dimension] *= mesh.axes[axis].size
      return nil
    }
    func enter(_ dimension: Int) -> String? {
      guard layout.dimensions.indices.contains(dimension) else {
        return "the tensor has no dimension \(dimension)"
      }
      let (part, rest) = extents[dimension].quotientAndRemainder(dividingBy: mesh.axes[axis].size)
      guard rest == 0 else {
        return "\(extents[dimension]) of dimension \(dimension) can't be split by axis \(axis)"
      }
      layout.dimensions[dimension].append(axis)
      extents[dimension] = part
      return nil
    }
    func addUp() -> String? {
      guard let place = layout.partialAxes.firstIndex(of: axis) else {
        return "axis \(axis) holds no partial sums"
      }
      layout.partialAxes.remove(at: place)
      return nil
    }
    switch step {
    case .allGather(_, let dimension): return leave(dimension)
    case .allToAll(_, let from, let to):
      if from == to { return "both dimensions are \(from)" }
      return leave(from) ?? enter(to)
    case .slice(_, let dimension):
      let isUsed = layout.partialAxes.contains(axis) || layout.dimensions.joined().contains(axis)
      return isUsed ? "axis \(axis) is in use" : enter(dimension)
    case .reduceScatter(_, let dimension): return addUp() ?? enter(dimension)
    case .allReduce: return addUp()
    }
  }

  private func microseconds(_ step: LayoutStep, before: Int, after: Int) -> Double {
    let axis = mesh.axes[step.axis]
    let received: Double
    switch step {
    case .slice: return 0
    case .allGather: received = Double(after - before)
    case .allToAll, .reduceScatter: received = Double(before) - Double(before) / Double(axis.size)
    case .allReduce: received = 2 * (Double(before) - Double(before) / Double(axis.size))
    }
    return axis.size > 1
      ? axis.latencyMicroseconds + received / (axis.gbPerSecond * 1e3) : 0
  }
}
