import Foundation
import Plans
import Profiles

/// The messages of one bucket's exchange, sent one by one.
///
/// With n nodes of d devices, P = n·d workers, m elements, density ρ, and u(q) for the share of elements
/// that any of q workers sends:
/// - dense: twice d−1 messages of ⌈m/d⌉ elements in the node, twice n−1 of ⌈m/n⌉ between nodes
/// - all-gather: messages of 1, 2, 4 … times what one worker sends, until each has what P send
/// - sparse mesh: d−1 messages of ⌈m/d⌉ elements at ρ in the node, n−1 of ⌈m/n⌉ at u(d) between nodes,
///   n−1 of ⌈m/n⌉ at u(P) between nodes, d−1 of ⌈m/d⌉ at u(P) in the node
/// - dense within, sparse between: d−1 messages of ⌈m/d⌉ whole elements in the node, the choice from ⌈m/d⌉
///   elements, n−1 messages of ⌈m/n⌉ at ρ and n−1 at u(n) between nodes, d−1 of ⌈m/d⌉ at u(n) in the node
/// - Ok-Topk: 2P + 2⌈log₂ P⌉ equal messages with together 3ρm (P−1)/P elements and their positions
///
/// The first and last mix all workers: with several nodes the d devices of each send over its link at once.
struct GradientMessages {
  private let exchange: GradientExchange
  private let bucket: GradientBucket
  private let decision: GradientPlan.Decision

  /// How long the device chooses before anything is sent.
  private(set) var selectionMicroseconds = 0.0
  /// How long the channel is held.
  private(set) var microseconds = 0.0
  private(set) var withinBytes = 0
  private(set) var betweenBytes = 0
  private(set) var count = 0

  init(_ exchange: GradientExchange, _ bucket: GradientBucket, _ decision: GradientPlan.Decision) {
    self.exchange = exchange
    self.bucket = bucket
    self.decision = decision
  }

  private var elements: Int { bucket.bytes / exchange.elementBytes }

  /// Sends everything; decision and profile have been checked.
  mutating func send() {
    let (nodes, devices, workers) = (exchange.nodes, exchange.devicesPerNode, exchange.workers)
    let part = (elements + devices - 1) / devices
    let nodePart = (elements + nodes - 1) / nodes
    guard let choice = decision.choice else {
      carryWithin(part * exchange.elementBytes, times: 2 * (devices - 1))
      carryBetween(nodePart * exchange.elementBytes, times: 2 * (nodes - 1))
      return
    }
    switch decision.algorithm {
    case .dense: break
    case .allGather:
      selectionMicroseconds = time(toChooseFrom: elements)
      let own = bytes(of: elements, at: choice.density, decision.wire[0])
      var known = 1
      while known < workers {
        let news = known <= workers - known ? known : workers - known
        carryBetweenWorkers(news * own)
        known += news
      }
    case .mesh:
      selectionMicroseconds = time(toChooseFrom: elements)
      let (some, all) = (share(ofAnyOf: devices), share(ofAnyOf: workers))
      let wire = decision.wire
      carryWithin(bytes(of: part, at: choice.density, wire[0]), times: devices - 1)
      carryBetween(bytes(of: nodePart, at: some, wire[1]), times: nodes - 1)
      carryBetween(bytes(of: nodePart, at: all, wire[2]), times: nodes - 1)
      carryWithin(bytes(of: part, at: all, wire[3]), times: devices - 1)
    case .denseWithin:
      let all = share(ofAnyOf: nodes)
      let wire = decision.wire
      carryWithin(part * exchange.elementBytes, times: devices - 1)
      microseconds += time(toChooseFrom: part)
      carryBetween(bytes(of: nodePart, at: choice.density, wire[0]), times: nodes - 1)
      carryBetween(bytes(of: nodePart, at: all, wire[1]), times: nodes - 1)
      carryWithin(bytes(of: part, at: all, wire[2]), times: devices - 1)
    case .okTopk:
      selectionMicroseconds = time(toChooseFrom: elements)
      var rounds = 0
      while 1 << rounds < workers { rounds += 1 }
      let messages = 2 * workers + 2 * rounds
      let sent = 3 * Double(elements) * choice.density * Double(workers - 1) / Double(workers)
      let each = sent * Double(exchange.elementBytes + positionBytes) / Double(messages)
      carryBetweenWorkers(whole(each), times: messages)
    }
  }

  // MARK: Links

  private mutating func carryWithin(_ bytes: Int, times: Int) {
    guard let link = exchange.withinNode, times > 0 else { return }
    microseconds += link.copyMicroseconds(bytes: bytes) * Double(times)
    withinBytes += bytes * times
    count += times
  }

  private mutating func carryBetween(_ bytes: Int, times: Int) {
    guard let link = exchange.betweenNodes, times > 0 else { return }
    microseconds += link.copyMicroseconds(bytes: bytes) * Double(times)
    betweenBytes += bytes * times
    count += times
  }

  private mutating func carryBetweenWorkers(_ bytes: Int, times: Int = 1) {
    if exchange.nodes == 1 {
      carryWithin(bytes, times: times)
    } else {
      carryBetween(bytes * exchange.devicesPerNode, times: times)
    }
  }

  private func time(toChooseFrom elements: Int) -> Double {
    let isWhole = decision.choice?.selection == .whole
    let wholeRate = exchange.wholeSelectionGBPerSecond ?? exchange.selectionGBPerSecond
    let rate = isWhole ? wholeRate : exchange.selectionGBPerSecond
    return Double(elements * exchange.elementBytes) / (rate * 1e3)
  }

  // MARK: Bytes

  /// A position in a block has 16 bits, and so has one in a bucket that is small enough.
  private var positionBytes: Int {
    (decision.choice?.block ?? elements) > 65536 ? 4 : 2
  }

  private func bytes(of elements: Int, at density: Double, _ format: GradientPlan.WireFormat) -> Int
  {
    let values = Double(elements) * density * Double(exchange.elementBytes)
    switch format {
    case .dense: return elements * exchange.elementBytes
    case .bitmap: return whole(values + Double(elements) / 8)
    case .index: return whole(values + Double(elements) * density * Double(positionBytes))
    }
  }

  /// Rounds up, but for a billionth that products of rounded numbers may be off.
  private func whole(_ bytes: Double) -> Int { Int((bytes - bytes * 1e-9).rounded(.up)) }

  // MARK: Unions

  /// The share of elements that at least one of so many workers sends: as measured at the nearest density, on
  /// straight lines between logarithms, and never more than by chance.
  private func share(ofAnyOf workers: Int) -> Double {
    guard let density = decision.choice?.density, workers > 1 else {
      return decision.choice?.density ?? 1
    }
    // What a group misses of another's choice adds to its own; groups of 1, 2, 4 … make up all.
    var (chance, group, rest) = (0.0, density, workers)
    while rest > 0 {
      if rest & 1 == 1 { chance += (1 - chance) * group }
      group += (1 - group) * group
      rest >>= 1
    }
    var nearest: GradientBucket.UnionCurve?
    var least = Double.infinity
    for curve in bucket.unionCurves {
      let distance = abs(log(density) - log(curve.density))
      if distance < least { (nearest, least) = (curve, distance) }
    }
    guard let points = nearest?.points, !points.isEmpty else { return chance }
    var (lower, upper) = ((workers: 1, growth: 1.0), (workers: 1, growth: 1.0))
    for point in points where upper.workers < workers || upper.workers == 1 {
      lower = upper
      upper = (point.workers, point.growth)
    }
    let (x0, x1) = (log(Double(lower.workers)), log(Double(upper.workers)))
    let (y0, y1) = (log(lower.growth), log(upper.growth))
    let growth = exp(y0 + (y1 - y0) / (x1 - x0) * (log(Double(workers)) - x0))
    return max(density, min(density * growth, chance))
  }
}
