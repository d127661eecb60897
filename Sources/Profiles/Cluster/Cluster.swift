/// How devices reach each other: groups of devices, the links that they share, and what single pairs
/// of devices do.
///
/// A device reaches another over a path of its own (`pairFigures`) and over the shared links that lie
/// between them. What several devices send over one shared link adds up there: this is what a probe of
/// single pairs can't see.
public struct Cluster: Sendable, Hashable {
  /// The number of devices. Devices are numbered from 0, as ranks are.
  public var deviceCount: Int
  /// What the devices are called, such as `NVIDIA H100 80GB HBM3`.
  public var deviceName: String?
  /// Partitions of the devices, from the finest (such as nodes) to the coarsest; each group of one level
  /// lies in one group of the next.
  public var levels: [Level]
  /// What a pair of devices does that has no group in common.
  public var beyond: PairFigures?
  /// Links that several pairs of devices share.
  public var links: [SharedLink]
  /// Measured figures of each pair; they stand before those of the levels.
  public var pairs: PairMatrix?
  /// Copies from the host to each device, in 10⁹ bytes per second; empty if not measured.
  public var hostToDeviceGBPerSecond: [Double]
  /// Copies from each device to the host, in 10⁹ bytes per second; empty if not measured.
  public var deviceToHostGBPerSecond: [Double]

  /// Creates a cluster.
  public init(
    deviceCount: Int, deviceName: String? = nil, levels: [Level] = [], beyond: PairFigures? = nil,
    links: [SharedLink] = [], pairs: PairMatrix? = nil, hostToDeviceGBPerSecond: [Double] = [],
    deviceToHostGBPerSecond: [Double] = []
  ) {
    self.deviceCount = deviceCount
    self.deviceName = deviceName
    self.levels = levels
    self.beyond = beyond
    self.links = links
    self.pairs = pairs
    self.hostToDeviceGBPerSecond = hostToDeviceGBPerSecond
    self.deviceToHostGBPerSecond = deviceToHostGBPerSecond
  }

  /// A partition of the devices.
  public struct Level: Sendable, Hashable {
    /// What a group of the level is called, such as `node` or `leaf switch`.
    public var name: String
    /// The devices of each group.
    public var groups: [[Int]]
    /// What a pair of devices does whose finest common group is of this level; nil if unknown.
    public var pair: PairFigures?

    /// Creates a level.
    public init(name: String, groups: [[Int]], pair: PairFigures? = nil) {
      self.name = name
      self.groups = groups
      self.pair = pair
    }
  }

  /// What one device sends to another when nothing else is sent.
  public struct PairFigures: Sendable, Hashable {
    /// Latency, and rates by size.
    public var path: Link
    /// Whether the figures are assumed, not measured.
    public var isAssumed: Bool

    /// Creates figures.
    public init(path: Link, isAssumed: Bool = false) {
      self.path = path
      self.isAssumed = isAssumed
    }
  }

  /// A kind of link that pairs of devices share: the port of each device to its node's switch, the
  /// network card of a node, the uplink of a leaf switch.
  ///
  /// Each owner (a device, or a group of a level) has one such link with these figures in each
  /// direction. What an owner's devices send to others goes through it, as far as `within` and
  /// `outside` say.
  public struct SharedLink: Sendable, Hashable {
    /// What the link is called.
    public var name: String
    /// The level whose groups own one each; nil for one at each device.
    public var owner: String?
    /// The owners that have one, by number; nil for all.
    public var only: [Int]?
    /// Counts only what stays within a group of this level; nil for everything.
    public var within: String?
    /// Counts only what leaves its group of this level; nil for everything.
    public var outside: String?
    /// What the owner sends.
    public var outgoing: Link
    /// What the owner receives; nil for the same as it sends.
    public var incoming: Link?
    /// Whether the figures are assumed, not measured.
    public var isAssumed: Bool

    /// Creates a kind of link.
    public init(
      name: String, owner: String? = nil, only: [Int]? = nil, within: String? = nil,
      outside: String? = nil, outgoing: Link, incoming: Link? = nil, isAssumed: Bool = false
    ) {
      self.name = name
      self.owner = owner
      self.only = only
      self.within = within
      self.outside = outside
      self.outgoing = outgoing
      self.incoming = incoming
      self.isAssumed = isAssumed
    }
  }

  /// Figures of every pair of devices, `[from][to]`.
  public struct PairMatrix: Sendable, Hashable {
    /// Latencies in microseconds; nil where not measured. The diagonal isn't used.
    public var latencyMicroseconds: [[Double]]?
    /// Rates in 10⁹ bytes per second; nil where not measured. The diagonal is the rate of copies
    /// within a device, 0 if unknown.
    public var gbPerSecond: [[Double]]?
    /// Whether the figures are assumed, not measured.
    public var isAssumed: Bool

    /// Creates a matrix.
    public init(
      latencyMicroseconds: [[Double]]? = nil, gbPerSecond: [[Double]]? = nil,
      isAssumed: Bool = false
    ) {
      self.latencyMicroseconds = latencyMicroseconds
      self.gbPerSecond = gbPerSecond
      self.isAssumed = isAssumed
    }
  }

  /// Everything that is assumed and not measured, one phrase each.
  public var assumptions: [String] {
    var list: [String] = []
    if pairs?.isAssumed == true { list.append("the rates of single pairs") }
    for level in levels where level.pair?.isAssumed == true {
      list.append("pairs within one \(level.name)")
    }
    if beyond?.isAssumed == true {
      list.append("pairs " + (levels.last.map { "in different groups of level \($0.name)" } ?? ""))
    }
    list += links.filter(\.isAssumed).map { "the link \($0.name)" }
    return list
  }
}
