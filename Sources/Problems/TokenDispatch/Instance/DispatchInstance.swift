import Plans
public import Profiles

/// One all-to-all exchange as numbers: who has how many tokens, who takes how many, and what the links do.
///
/// Symbols, as in `Models/Formulations/dispatch.mod`: P devices, *r* tokens that each device sends (the
/// batch times top-k), *q_j* tokens that the experts of device *j* take, *n_ij = r q_j / (r P)* the
/// even dispatch. Matrices are flat, the target running faster.
public struct DispatchInstance: Sendable {
  /// The cluster's links.
  public let routes: ClusterRoutes
  /// The experts of the layer.
  public let experts: Int
  /// The experts that a token visits.
  public let topK: Int
  /// The tokens of each device.
  public let tokensPerDevice: Int
  /// The size of a token's data.
  public let tokenBytes: Int
  /// q: what the experts of each device take.
  public let columns: [Int]
  /// Where the rate of copies within a device isn't known, the closed forms suppose this one, in
  /// 10⁹ bytes per second; it binds nothing.
  public static let assumedLocalRate = 1000.0

  /// Takes the sections `cluster` and `moe` of a valid profile.
  public init(of profile: Profile) throws(DispatchError) {
    guard let cluster = profile.cluster else {
      throw .missing(
        place: "cluster", remedy: "make one with `planner collect cluster`, or write it by hand")
    }
    guard let moe = profile.moe else {
      throw .missing(
        place: "moe", remedy: "add experts, top_k, layers, tokens_per_device and token_bytes")
    }
    guard let tokens = moe.tokensPerDevice, tokens > 0 else {
      throw .missing(
        place: "moe.tokens_per_device", remedy: "add the tokens of one device's batch")
    }
    guard let bytes = moe.tokenBytes else {
      throw .missing(
        place: "moe.token_bytes", remedy: "add hidden size times bytes of an element")
    }
    if let devices = moe.devices, devices != cluster.deviceCount {
      throw .contradiction(
        place: "moe.devices",
        problem: "\(devices) devices, but the cluster has "
          + "\(cluster.deviceCount)", remedy: "write the same number")
    }
    try self.init(
      cluster: cluster, experts: moe.experts, topK: moe.topK, tokensPerDevice: tokens,
      tokenBytes: bytes)
  }

  /// Creates an instance for a valid cluster.
  public init(
    cluster: Cluster, experts: Int, topK: Int, tokensPerDevice: Int, tokenBytes: Int
  ) throws(DispatchError) {
    let count = cluster.deviceCount
    let (perDevice, overflow) = topK.multipliedReportingOverflow(by: tokensPerDevice)
    guard !overflow, Double(perDevice) * Double(count) * Double(tokenBytes) < 0x1p53 else {
      throw .contradiction(
        place: "moe.tokens_per_device", problem: "an exchange of more than 8 PiB",
        remedy: "check the units of tokens_per_device and token_bytes")
    }
    routes = ClusterRoutes(cluster)
    self.experts = experts
    self.topK = topK
    self.tokensPerDevice = tokensPerDevice
    self.tokenBytes = tokenBytes
    let total = perDevice * count
    let first = DispatchPlan.firstExperts(experts: experts, devices: count)
    // Whole tokens: the shares of the experts so far, rounded down.
    let ends = first.map { share in
      Int((Double(total) * Double(share) / Double(experts)).rounded(.down))
    }
    columns = zip(ends, ends.dropFirst()).map { $1 - $0 }
  }

  /// The instance with other links.
  func on(_ cluster: Cluster) throws(DispatchError) -> DispatchInstance {
    try DispatchInstance(
      cluster: cluster, experts: experts, topK: topK, tokensPerDevice: tokensPerDevice,
      tokenBytes: tokenBytes)
  }

  /// P.
  public var deviceCount: Int { columns.count }
  /// r: what each device sends.
  public var row: Int { topK * tokensPerDevice }
  /// All tokens.
  public var total: Int { row * deviceCount }

  /// n: what each device sends to a device when all experts get the same.
  public func even(to target: Int) -> Double { Double(columns[target]) / Double(deviceCount) }

  /// The even dispatch.
  public var even: [Double] {
    let row = (0..<deviceCount).map { self.even(to: $0) }
    return (0..<deviceCount).flatMap { _ in row }
  }

  /// What the even dispatch itself deviates, in tokens, when it is rounded to whole ones: free for every
  /// dispatch. With *f* the fraction of *n_ij*, a share *f* of a column's cells is rounded up by *1 − f*.
  public var roundingTokens: Double {
    (0..<deviceCount).reduce(0) { sum, target in
      let even = self.even(to: target)
      let fraction = even - even.rounded(.down)
      return sum + Double(deviceCount) * 2 * fraction * (1 - fraction)
    }
  }

  /// How many tokens may go to others than in the even dispatch.
  public func movableTokens(deviation: Double) -> Double {
    deviation * Double(total) + roundingTokens / 2
  }

  /// Returns how many tokens go to others than in the even dispatch.
  public func movedTokens(_ tokens: [Double]) -> Double {
    let even = (0..<deviceCount).map { self.even(to: $0) }
    var sum = 0.0
    for source in 0..<deviceCount {
      for target in 0..<deviceCount {
        sum += abs(tokens[source * deviceCount + target] - even[target])
      }
    }
    return sum / 2
  }

  /// Returns the share of tokens that go to others than in the even dispatch.
  public func deviation(_ tokens: [Double]) -> Double {
    total == 0 ? 0 : movedTokens(tokens) / Double(total)
  }
}
