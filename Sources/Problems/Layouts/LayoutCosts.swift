import Plans
import Profiles

/// What one step takes.
///
/// `t = α + f · V / β` with the axis' α and β, `V` bytes of a device before the step and `n` devices:
/// - all-gather: `f = n - 1`
/// - all-to-all, reduce-scatter: `f = (n - 1) / n`
/// - all-reduce: `f = 2 (n - 1) / n`
/// - a slice, and anything among one device: nothing
///
/// These are the rates of ring algorithms as nccl-tests counts them, and the project's other exchanges.
struct LayoutCosts: Sendable {
  let mesh: DeviceMesh

  /// Returns how long a step takes on `bytes` of each device.
  func microseconds(_ step: LayoutStep, bytes: Int) -> Double {
    let axis = mesh.axes[step.axis]
    guard axis.size > 1 else { return 0 }
    let others = Double(axis.size - 1)
    let share =
      switch step {
      case .allGather: others
      case .allToAll, .reduceScatter: others / Double(axis.size)
      case .allReduce: 2 * others / Double(axis.size)
      case .slice: 0.0
      }
    guard share > 0 else { return 0 }
    return axis.latencyMicroseconds + share * Double(bytes) / (axis.gbPerSecond * 1e3)
  }

  /// Returns what a step needs besides input and output: an all-to-all packs what it sends.
  func temporaryBytes(_ step: LayoutStep, bytes: Int) -> Int {
    if case .allToAll = step { bytes } else { 0 }
  }
}

extension LayoutStep {
  /// Returns the layout after the step.
  ///
  /// - Precondition: The step can be made from the layout.
  func applied(to layout: TensorLayout) -> TensorLayout {
    var result = layout
    switch self {
    case .allGather(_, let dimension):
      result.dimensions[dimension].removeLast()
    case .allToAll(let axis, let from, let to):
      result.dimensions[from].removeLast()
      result.dimensions[to].append(axis)
    case .slice(let axis, let dimension):
      result.dimensions[dimension].append(axis)
    case .reduceScatter(let axis, let dimension):
      result.partialAxes.removeAll { $0 == axis }
      result.dimensions[dimension].append(axis)
    case .allReduce(let axis):
      result.partialAxes.removeAll { $0 == axis }
    }
    return result
  }
}
