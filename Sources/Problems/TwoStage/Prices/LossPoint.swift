import Profiles

/// A choice of strategies and nodes that are kept, seen when the backward pass begins: its time if every other
/// node runs once more, and the memory that it takes then.
struct LossPoint: Sendable, Hashable {
  let choice: [Int]
  let microseconds: Double
  let bytes: Int

  init(_ point: PricedStages.Point, of instance: StageInstance) {
    choice = point.choice
    let figures = instance.figures(of: point.choice)
    var time = figures.leastMicroseconds
    for (node, isKept) in point.keeps.enumerated() where !isKept {
      time += figures.nodeForward[node]
    }
    var bytes = figures.stateBytes
    for node in instance.graph.nodes.indices {
      let own = instance.lossBytes(of: node, instance.strategy(of: node, in: point.choice))
      bytes += own.always + (point.keeps[node] ? own.kept : 0)
    }
    for node in point.holds {
      bytes += instance.strategy(of: node, in: point.choice).outputBytes
    }
    microseconds = time
    self.bytes = bytes
  }
}

/// The lower bound of strategies and schedules together.
///
/// When the backward pass begins, everything that is kept is there, and a node that isn't runs its forward
/// pass once more, alone or with its whole stage. Time as a function of the memory at that moment has a convex
/// lower hull, whose corners are the optima for one price of a byte; they serve all budgets.
struct LossHull: Sendable {
  private let instance: StageInstance
  private let prices: PricedStages
  /// Corners by ascending memory.
  private(set) var points: [LossPoint] = []
  /// Pairs of neighbours between which there is no other corner.
  private var closed: Set<[Int]> = []

  /// - Parameter keeping: Whether nodes may run once more; else all are kept, as in the first stage of Colossal-Auto.
  init(_ instance: StageInstance, keeping: Bool = true) {
    self.instance = instance
    prices = PricedStages(instance, keeping: keeping)
    let fastest = LossPoint(prices.minimum(statePrice: 0, activationPrice: 0), of: instance)
    // One byte is worth more than the slowest choice takes.
    let price = max(1, 2 * LossHull.slowest(instance.graph))
    let smallest = LossPoint(
      prices.minimum(statePrice: price, activationPrice: price), of: instance)
    points = smallest.bytes < fastest.bytes ? [smallest, fastest] : [fastest]
  }

  /// What no choice takes longer than, if every node and every exchange runs twice.
  private static func slowest(_ graph: StageGraph) -> Double {
    let nodes = graph.nodes.reduce(0) { sum, node in
      sum
        + (node.strategies.map {
          2 * $0.forwardMicroseconds + $0.backwardMicroseconds + $0.synchronizationMicroseconds
        }.max() ?? 0)
    }
    return graph.edges.reduce(nodes) { sum, edge in
      sum + 2 * (edge.forwardMicroseconds.joined().max() ?? 0)
        + 2 * (edge.backwardMicroseconds.joined().max() ?? 0)
    }
  }

  /// The least memory that any choice takes when the backward pass begins.
  var leastBytes: Int { points[0].bytes }

  /// The fastest corner within a budget; nil if there is none.
  func fastest(within budget: Int) -> LossPoint? {
    points.last { $0.bytes <= budget }
  }

  /// Returns what no plan within a budget takes less than; infinite if there is none.
  mutating func bound(within budget: Int) -> Double {
    if budget < points[0].bytes { return .infinity }
    while let right = points.firstIndex(where: { $0.bytes > budget }) {
      let (low, high) = (points[right - 1], points[right])
      let price = (low.microseconds - high.microseconds) / Double(high.bytes - low.bytes)
      let line = low.microseconds - price * Double(budget - low.bytes)
      if price <= 0 { return high.microseconds }
      if closed.contains([low.bytes, high.bytes]) { return line }
      let point = LossPoint(
        prices.minimum(statePrice: price, activationPrice: price), of: instance)
      let value = point.microseconds + price * Double(point.bytes)
      let known = low.microseconds + price * Double(low.bytes)
      if value >= known * (1 - 1e-12) || point.bytes <= low.bytes || point.bytes >= high.bytes {
        closed.insert([low.bytes, high.bytes])
        // What the minimum leaves below the line, it leaves below the bound.
        return line - max(0, known - value)
      }
      points.insert(point, at: right)
    }
    return points[points.count - 1].microseconds
  }
}
