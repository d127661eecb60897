import Profiles

/// Pairs of devices that a linear program need not tell apart.
///
/// The classes are the stable colours of colour refinement on the devices, the groups and the pairs. Pairs of
/// one class lie in the same numbers of rows of the same kinds, so the mean of an optimum over each
/// class is an optimum too: one variable for each class gives the same optimum as one for each pair
/// (Grohe, Kersting, Mladenov and Selman, "Dimension reduction via colour refinement", ESA 2014).
public struct PairClasses: Sendable {
  /// The class of each pair, flat, the target running faster; a device with itself is a pair too.
  public let ofPair: [Int32]
  /// The number of pairs of each class.
  public let sizes: [Int]
  /// The first pair of each class.
  public let first: [(source: Int, target: Int)]
  /// The colour of each device.
  public let deviceColors: [Int]
  /// The colour of each group, `[level][group]`.
  public let groupColors: [[Int]]

  /// The number of classes.
  public var count: Int { sizes.count }

  /// Puts each pair in a class of its own.
  public static func single(_ instance: DispatchInstance) -> PairClasses {
    let count = instance.deviceCount
    return PairClasses(
      ofPair: (0..<count * count).map(Int32.init), sizes: Array(repeating: 1, count: count * count),
      first: (0..<count * count).map { ($0 / count, $0 % count) },
      deviceColors: Array(0..<count),
      groupColors: instance.routes.cluster.levels.map { Array($0.groups.indices) })
  }

  private init(
    ofPair: [Int32], sizes: [Int], first: [(source: Int, target: Int)], deviceColors: [Int],
    groupColors: [[Int]]
  ) {
    self.ofPair = ofPair
    self.sizes = sizes
    self.first = first
    self.deviceColors = deviceColors
    self.groupColors = groupColors
  }

  /// Refines until nothing changes.
  public init(of instance: DispatchInstance) {
    let routes = instance.routes
    let levels = routes.cluster.levels
    let count = instance.deviceCount
    let edges = EdgeColors(instance)
    let links = LinkColors(routes)
    var devices = PairClasses.ranks((0..<count).map { [instance.columns[$0]] + links.ofDevice[$0] })
    var groups = links.ofGroup.map(PairClasses.ranks)
    var colors = 0
    while true {
      let deviceKeys = (0..<count).map { device in
        [devices[device]]
          + levels.indices.map { groups[$0][routes.groupOfDevice[$0][device]] }
          + edges.signature(of: device, devices)
      }
      let groupKeys = levels.indices.map { level in
        levels[level].groups.enumerated().map { index, members in
          [groups[level][index]] + members.map { devices[$0] }.sorted()
        }
      }
      devices = PairClasses.ranks(deviceKeys)
      groups = groupKeys.map(PairClasses.ranks)
      let now = Set(devices).count + groups.reduce(0) { $0 + Set($1).count }
      if now == colors { break }
      colors = now
    }
    deviceColors = devices
    groupColors = groups

    var number: [PairKey: Int32] = [:]
    var ofPair = [Int32](repeating: 0, count: count * count)
    var sizes: [Int] = []
    var first: [(source: Int, target: Int)] = []
    for source in 0..<count {
      for target in 0..<count {
        let key = PairKey(
          source: devices[source], target: devices[target],
          separation: source == target ? -1 : routes.separation(source, target),
          edge: edges.color(source, target))
        let index = number[key] ?? Int32(sizes.count)
        if Int(index) == sizes.count {
          number[key] = index
          sizes.append(0)
          first.append((source, target))
        }
        sizes[Int(index)] += 1
        ofPair[source * count + target] = index
      }
    }
    self.ofPair = ofPair
    self.sizes = sizes
    self.first = first
  }

  private struct PairKey: Hashable {
    let source: Int
    let target: Int
    let separation: Int
    let edge: Int
  }

  /// Numbers keys in ascending order, equal keys alike.
  static func ranks(_ keys: [[Int]]) -> [Int] {
    let distinct = Set(keys).sorted { $0.lexicographicallyPrecedes($1) }
    let number = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
    return keys.map { number[$0] ?? 0 }
  }
}

/// The kinds of pairs by their own paths.
private struct EdgeColors {
  /// The colour of each pair; empty if pairs have no measured paths of their own.
  private let colors: [Int]
  private let count: Int
  private let separation: (Int, Int) -> Int

  init(_ instance: DispatchInstance) {
    count = instance.deviceCount
    let routes = instance.routes
    separation = { routes.separation($0, $1) }
    guard let pairs = routes.cluster.pairs else {
      colors = []
      return
    }
    struct Figures: Hashable {
      let latency: Double?
      let rate: Double?
    }
    var number: [Figures: Int] = [:]
    var colors: [Int] = []
    colors.reserveCapacity(count * count)
    for source in 0..<count {
      for target in 0..<count {
        let figures = Figures(
          latency: source == target ? nil : pairs.latencyMicroseconds?[source][target],
          rate: pairs.gbPerSecond?[source][target])
        let index = number[figures] ?? number.count
        number[figures] = index
        colors.append(index)
      }
    }
    self.colors = colors
  }

  func color(_ source: Int, _ target: Int) -> Int {
    colors.isEmpty ? 0 : colors[source * count + target]
  }

  /// How many pairs of each kind a device has with devices of each colour. Empty without measured
  /// paths, because the groups' colours tell it then.
  func signature(of device: Int, _ devices: [Int]) -> [Int] {
    if colors.isEmpty { return [] }
    var keys: [[Int]] = []
    for other in 0..<count where other != device {
      keys.append([
        color(device, other), color(other, device), separation(device, other), devices[other],
      ])
    }
    keys.sort { $0.lexicographicallyPrecedes($1) }
    return [color(device, device)] + keys.flatMap { $0 }
  }
}

/// The figures of the shared links that a device or a group owns.
private struct LinkColors {
  let ofDevice: [[Int]]
  let ofGroup: [[[Int]]]

  init(_ routes: ClusterRoutes) {
    let cluster = routes.cluster
    var device = [[Int]](repeating: [], count: cluster.deviceCount)
    var group = cluster.levels.map { [[Int]](repeating: [], count: $0.groups.count) }
    struct Kind: Hashable {
      let within: String?
      let outside: String?
      let path: Link
      let isOutgoing: Bool
    }
    var number: [Kind: Int] = [:]
    for shared in routes.shared {
      let link = cluster.links[shared.kind]
      let kind = Kind(
        within: link.within, outside: link.outside, path: shared.path,
        isOutgoing: shared.isOutgoing)
      let index = number[kind] ?? number.count
      number[kind] = index
      if let level = cluster.levels.firstIndex(where: { $0.name == link.owner }) {
        group[level][shared.owner].append(index)
      } else {
        device[shared.owner].append(index)
      }
    }
    ofDevice = device.map { $0.sorted() }
    ofGroup = group.map { $0.map { $0.sorted() } }
  }
}
