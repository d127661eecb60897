/// What kind of topology the rates of single pairs show, after TA-MoE (Chen et al., NeurIPS 2022), with
/// the evidence.
public struct Topology: Sendable, Hashable {
  /// The kinds.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// All pairs are alike.
    case homogeneous
    /// Every device has two fast neighbours, and these form one circle.
    case ring
    /// At each level all groups have the same size.
    case symmetricTree = "symmetric tree"
    /// Groups of one level differ in size.
    case asymmetricTree = "asymmetric tree"
    /// None of these.
    case general
  }

  /// A range of rates without a large step, and what pairs of at least these rates connect.
  public struct Band: Sendable, Hashable {
    /// The slowest and the fastest pair, in 10⁹ bytes per second.
    public let gbPerSecond: ClosedRange<Double>
    /// How many pairs there are.
    public let pairCount: Int
    /// The devices that pairs of this band and of faster ones connect.
    public let groups: [[Int]]
    /// Whether every two devices of a group are so connected.
    public let areCliques: Bool
  }

  /// Neighbouring rates with a larger ratio are different bands: repeated measurements of one link differ
  /// by 1.03, the least difference of two kinds of links in published probes is 1.17.
  public static let step = 1.12

  /// The kind.
  public let kind: Kind
  /// The bands from the fastest to the slowest.
  public let bands: [Band]
  /// The devices in the order of the ring; empty for other kinds.
  public let ring: [Int]

  /// Looks at the rates of all pairs, `[from][to]`; of two directions the mean counts.
  public init(rates: [[Double]]) {
    let count = rates.count
    var values: [Double] = []
    values.reserveCapacity(count * max(0, count - 1) / 2)
    func rate(_ i: Int, _ j: Int) -> Double { (rates[i][j] + rates[j][i]) / 2 }
    for i in 0..<count {
      for j in 0..<i { values.append(rate(i, j)) }
    }
    values.sort(by: >)
    var bands: [Band] = []
    var begin = 0
    for index in values.indices {
      let isLast = index + 1 == values.count
      guard isLast || values[index] > Topology.step * values[index + 1] else { continue }
      let least = values[index]
      let (groups, areCliques) = Topology.components(count) { rate($0, $1) >= least }
      bands.append(
        Band(
          gbPerSecond: least...values[begin], pairCount: index + 1 - begin, groups: groups,
          areCliques: areCliques))
      begin = index + 1
    }
    self.bands = bands
    let fast = bands.first?.gbPerSecond.lowerBound ?? 0
    let ring = bands.count > 1 ? Topology.ring(count) { rate($0, $1) >= fast } : nil
    self.ring = ring ?? []
    if bands.count <= 1 {
      kind = .homogeneous
    } else if bands.allSatisfy(\.areCliques) {
      let isEven = bands.allSatisfy { Set($0.groups.map(\.count)).count == 1 }
      kind = isEven ? .symmetricTree : .asymmetricTree
    } else {
      kind = ring == nil ? .general : .ring
    }
  }

  /// Returns the components of a graph, and whether each is complete.
  private static func components(
    _ count: Int, _ isEdge: (Int, Int) -> Bool
  ) -> (groups: [[Int]], areCliques: Bool) {
    var group = [Int](repeating: -1, count: count)
    var groups: [[Int]] = []
    for start in 0..<count where group[start] < 0 {
      group[start] = groups.count
      var members = [start]
      var next = 0
      while next < members.count {
        for other in 0..<count where group[other] < 0 && isEdge(members[next], other) {
          group[other] = groups.count
          members.append(other)
        }
        next += 1
      }
      groups.append(members.sorted())
    }
    let areCliques = groups.allSatisfy { members in
      members.allSatisfy { i in members.allSatisfy { $0 == i || isEdge(i, $0) } }
    }
    return (groups, areCliques)
  }

  /// Returns the devices along the one circle that the edges form; nil if they form anything else.
  private static func ring(_ count: Int, _ isEdge: (Int, Int) -> Bool) -> [Int]? {
    guard count > 3 else { return nil }
    let neighbours = (0..<count).map { i in (0..<count).filter { $0 != i && isEdge(i, $0) } }
    guard neighbours.allSatisfy({ $0.count == 2 }) else { return nil }
    var order = [0]
    var previous = -1
    while let here = order.last, let next = neighbours[here].first(where: { $0 != previous }) {
      if next == 0 { break }
      previous = here
      order.append(next)
      if order.count > count { return nil }
    }
    return order.count == count ? order : nil
  }

  /// What was found, one line for each band and one for the conclusion.
  public var evidence: [String] {
    var lines = bands.map { band -> String in
      let low = Quantity.fixed(band.gbPerSecond.lowerBound, decimals: 1)
      let high = Quantity.fixed(band.gbPerSecond.upperBound, decimals: 1)
      let range = low == high ? "\(low) GB/s" : "\(low) to \(high) GB/s"
      let sizes = Set(band.groups.map(\.count)).sorted().map(String.init)
      let groups =
        band.groups.count == 1
        ? "connect all devices"
        : "make \(band.groups.count) groups of \(sizes.joined(separator: " or "))"
      return "\(band.pairCount) pairs at \(range) \(groups)"
        + (band.areCliques ? "" : ", not every two devices of a group directly")
    }
    if !ring.isEmpty {
      lines.append("the fastest pairs form one circle of \(ring.count) devices")
    }
    return lines
  }
}

extension ClusterRoutes {
  /// The kind of topology that single pairs show; nil where the rate of a pair is unknown.
  public func topology() -> Topology? {
    guard let rates = isolatedRates() else { return nil }
    return Topology(rates: rates)
  }

  /// The rates of all pairs, `[from][to]`, in 10⁹ bytes per second; nil where one is unknown. The
  /// diagonal is 0.
  public func isolatedRates() -> [[Double]]? {
    var rates: [[Double]] = []
    for source in 0..<cluster.deviceCount {
      var row: [Double] = []
      row.reserveCapacity(cluster.deviceCount)
      for target in 0..<cluster.deviceCount {
        if source == target {
          row.append(0)
        } else if let rate = isolatedRate(from: source, to: target) {
          row.append(rate)
        } else {
          return nil
        }
      }
      rates.append(row)
    }
    return rates
  }
}
