public import Plans
public import Profiles

/// Replays one exchange of tokens on a cluster, pair by pair.
///
/// The rules, written from the meaning of a plan and not from any formulation:
/// 1. Each device sends as many tokens as its batch has, times the experts of each; the experts of each
///    device take their even share of all tokens, in whole tokens.
/// 2. Every token goes over the path of its pair, and over each shared link whose owner has one end of the
///    pair and not the other, if the pair is within and outside of the groups that the link is for. A
///    link of one device counts both what goes out and what comes in.
/// 3. All begin at once. A link is busy for as long as its curve says for the sum of its bytes; the exchange ends
///    with the last link. What carries nothing takes no time.
/// 4. The deviation is half of the differences to the even dispatch; what an even dispatch in whole tokens
///    differs from its own shares is free.
public struct DispatchReplay: Sendable {
  private let plan: DispatchPlan
  private let profile: Profile
  private var result = DispatchResult()

  /// Prepares a plan, made by anyone, for a profile without faults.
  public init(_ plan: DispatchPlan, on profile: Profile) {
    self.plan = plan
    self.profile = profile
  }

  /// Returns what happens, or what is wrong with the plan.
  public func run() -> DispatchResult {
    var replay = self
    replay.replay()
    return replay.result
  }

  private mutating func fail(_ fault: String) {
    if result.faults.count < 10 { result.faults.append(fault) }
  }

  private mutating func replay() {
    guard let cluster = profile.cluster, let moe = profile.moe else {
      return fail("the profile has no sections cluster and moe")
    }
    checkAgreement(cluster, moe)
    guard result.faults.isEmpty else { return }
    checkTokens(devices: cluster.deviceCount)
    guard result.faults.isEmpty else { return }
    let groups = cluster.levels.map { level in
      var group = [Int](repeating: -1, count: cluster.deviceCount)
      for (index, members) in level.groups.enumerated() {
        for member in members { group[member] = index }
      }
      return group
    }
    result.tokensBySeparation = [Int](repeating: 0, count: groups.count + 1)
    for (source, row) in plan.tokens.enumerated() {
      for (target, count) in row.enumerated() {
        result.totalTokens += count
        if source == target {
          result.localTokens += count
        } else {
          let apart = groups.firstIndex { $0[source] == $0[target] } ?? groups.count
          result.tokensBySeparation[apart] += count
        }
      }
    }
    for link in cluster.links { carry(link, cluster, groups) }
    sendPairs(cluster, groups)
    let all = result.links + (result.slowestPair.map { [$0] } ?? [])
    for use in all where use.microseconds > result.microseconds {
      result.microseconds = use.microseconds
      result.binding = use
    }
  }

  // MARK: What the plan promises

  private mutating func checkAgreement(_ cluster: Cluster, _ moe: MixtureOfExperts) {
    for (what, planned, found) in [
      ("devices", plan.tokens.count, cluster.deviceCount),
      ("experts", plan.experts, moe.experts), ("top_k", plan.topK, moe.topK),
      ("tokens_per_device", plan.tokensPerDevice, moe.tokensPerDevice ?? 0),
      ("token_bytes", plan.tokenBytes, moe.tokenBytes ?? 0),
    ] where planned != found {
      fail("\(what): the plan is for \(planned), the profile has \(found)")
    }
    let bytes = [plan.topK, plan.tokensPerDevice, plan.tokens.count, plan.tokenBytes].reduce(1.0) {
      $0 * Double($1)
    }
    if bytes >= 0x1p53 { fail("an exchange of more than 8 PiB; check the units of the profile") }
  }

  private mutating func checkTokens(devices: Int) {
    let perDevice = plan.topK * plan.tokensPerDevice
    let total = perDevice * devices
    func share(_ expert: Int) -> Int {
      Int((Double(total) * Double(expert) / Double(plan.experts)).rounded(.down))
    }
    var differences = 0.0
    var free = 0.0
    for device in 0..<devices {
      let sent = plan.tokens[device].reduce(0, +)
      if sent != perDevice {
        fail("device \(device) sends \(sent) tokens, but has \(perDevice)")
      }
      let (first, end) = (
        device * plan.experts / devices, (device + 1) * plan.experts / devices
      )
      let due = share(end) - share(first)
      let taken = plan.tokens.reduce(0) { $0 + $1[device] }
      if taken != due {
        fail("the experts of device \(device) take \(taken) tokens; their share is \(due)")
      }
      let room = plan.expertCapacity[first..<end].reduce(0, +)
      if taken > room {
        fail("the experts of device \(device) take \(taken) tokens, but have room for \(room)")
      }
      let even = Double(due) / Double(devices)
      let part = even.truncatingRemainder(dividingBy: 1)
      free += Double(devices) * part * (1 - part)
      for source in 0..<devices { differences += abs(Double(plan.tokens[source][device]) - even) }
    }
    guard total > 0 else { return }
    result.deviation = differences / 2 / Double(total)
    result.roundingDeviation = free / Double(total)
    if result.deviation > plan.deviationBudget + result.roundingDeviation + 1e-9 {
      fail(
        "the tokens deviate by \(percent(result.deviation)) from the even dispatch, the budget is "
          + percent(plan.deviationBudget))
    }
  }

  private func percent(_ share: Double) -> String {
    "\(Quantity.fixed(share * 100, decimals: 2)) %"
  }

  // MARK: Links

  private mutating func carry(_ link: Cluster.SharedLink, _ cluster: Cluster, _ groups: [[Int]]) {
    func level(_ name: String?) -> [Int]? {
      cluster.levels.firstIndex { $0.name == name }.map { groups[$0] }
    }
    let owner = level(link.owner) ?? Array(0..<cluster.deviceCount)
    let count = link.owner == nil ? cluster.deviceCount : (owner.max() ?? -1) + 1
    let (within, outside) = (level(link.within), level(link.outside))
    var out = [Int](repeating: 0, count: count)
    var incoming = out
    for (source, row) in plan.tokens.enumerated() {
      for (target, tokens) in row.enumerated() where tokens > 0 {
        if owner[source] == owner[target] { continue }
        if let within, within[source] != within[target] { continue }
        if let outside, outside[source] == outside[target] { continue }
        out[owner[source]] += tokens
        incoming[owner[target]] += tokens
      }
    }
    let place = link.owner ?? "device"
    for (direction, loads, path) in [
      ("out", out, link.outgoing), ("in", incoming, link.incoming ?? link.outgoing),
    ] {
      for number in link.only ?? Array(0..<count) {
        let bytes = loads[number] * plan.tokenBytes
        result.links.append(
          DispatchResult.LinkUse(
            name: "\(link.name) of \(place) \(number), \(direction)", kind: link.name, bytes: bytes,
            microseconds: bytes > 0 ? path.copyMicroseconds(bytes: bytes) : 0,
            isAssumed: link.isAssumed))
      }
    }
  }

  private mutating func sendPairs(_ cluster: Cluster, _ groups: [[Int]]) {
    for (source, row) in plan.tokens.enumerated() {
      for (target, tokens) in row.enumerated() where tokens > 0 {
        let figures: Cluster.PairFigures?
        if source == target {
          figures = nil
        } else if let level = groups.firstIndex(where: { $0[source] == $0[target] }) {
          figures = cluster.levels[level].pair
        } else {
          figures = cluster.beyond
        }
        var path = figures?.path
        var isAssumed = figures?.isAssumed ?? false
        if let latency = cluster.pairs?.latencyMicroseconds?[source][target], source != target {
          path = path ?? Link(latencyMicroseconds: 0, gbPerSecond: 1e9)
          path?.latencyMicroseconds = latency
        }
        if let rate = cluster.pairs?.gbPerSecond?[source][target], rate > 0 {
          path = Link(latencyMicroseconds: path?.latencyMicroseconds ?? 0, gbPerSecond: rate)
          isAssumed = cluster.pairs?.isAssumed ?? false
        }
        guard let path else { continue }
        let bytes = tokens * plan.tokenBytes
        let time = path.copyMicroseconds(bytes: bytes)
        guard time > result.slowestPair?.microseconds ?? -1 else { continue }
        result.slowestPair = DispatchResult.LinkUse(
          name: source == target
            ? "the copy within device \(source)" : "the path from device \(source) to \(target)",
          kind: "pair", bytes: bytes, microseconds: time, isAssumed: isAssumed)
      }
    }
  }
}
