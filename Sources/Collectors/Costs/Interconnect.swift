/// How devices exchange data: a latency and a rate, as the α-β model has it.
public struct Interconnect: Sendable, Hashable {
  /// The name in the catalogue.
  public var name: String
  /// α: what an exchange takes without any data.
  public var latencyMicroseconds: Double
  /// β: the bus rate of collective operations, in 10⁹ bytes per second.
  public var busGBPerSecond: Double
  /// Where the figures come from.
  public var source: String

  /// Creates an interconnect.
  public init(
    name: String, latencyMicroseconds: Double, busGBPerSecond: Double, source: String
  ) {
    self.name = name
    self.latencyMicroseconds = latencyMicroseconds
    self.busGBPerSecond = busGBPerSecond
    self.source = source
  }

  /// What devices exchange.
  enum Exchange: String, Sendable {
    case allReduce = "all_reduce"
    case allGather = "all_gather"
    case reduceScatter = "reduce_scatter"
    case allToAll = "all_to_all"
    case send
    case receive

    /// The share of the data that each device's port carries, among `count` devices: the factor
    /// between nccl-tests' algorithm and bus rates.
    func traffic(among count: Int) -> Double {
      let others = Double(count - 1) / Double(count)
      return switch self {
      case .allReduce: 2 * others
      case .allGather, .reduceScatter, .allToAll: others
      case .send, .receive: 1
      }
    }
  }

  /// Returns how long an exchange takes: `α + f(n) · B / β`.
  ///
  /// - Parameters:
  ///   - bytes: B, the whole data: of a reduction what each device contributes, of a gathering what
  ///     each device has afterwards.
  ///   - count: n, the devices.
  func microseconds(_ exchange: Exchange, bytes: Double, among count: Int) -> Double {
    guard count > 1 else { return 0 }
    return latencyMicroseconds + exchange.traffic(among: count) * bytes / (busGBPerSecond * 1e3)
  }
}
