import Optimization
import Plans
import Profiles
import Simulation
import TokenDispatch

/// Dispatching tokens: the linear program against TA-MoE's closed form at the same deviation, as the
/// replay measures both, and how planning grows with the devices.
struct DispatchBenchmark: Benchmark {
  let title = "dispatch"
  var subjects: [String] { Self.contended.map(\.name) + Self.growing.map(\.name) }

  /// Trees whose links are shared, and two that closed forms are made for.
  private static let contended: [(name: String, tree: DispatchTree)] = [
    ("2 x 8", DispatchTree(leaves: [[8], [8]])),
    ("4 x 8", DispatchTree(leaves: [[8], [8], [8], [8]])),
    ("[[4,4],[4,4]]", DispatchTree(leaves: [[4, 4], [4, 4]], spine: 100)),
    ("[[8,8],[8]]", DispatchTree(leaves: [[8, 8], [8]], spine: 100)),
    ("[8,4,4]", DispatchTree(leaves: [[8, 4, 4]])),
    ("4 x 4, one slow node", DispatchTree(leaves: [[4, 4, 4, 4]], slowNode: 12.5)),
  ]

  /// Symmetric trees.
  private static let growing: [(name: String, tree: DispatchTree)] = [
    ("64 devices", DispatchTree(leaves: Array(repeating: [8, 8, 8, 8], count: 2), spine: 400)),
    (
      "320 devices",
      DispatchTree(leaves: Array(repeating: Array(repeating: 8, count: 10), count: 4), spine: 2000)
    ),
    (
      "1024 devices",
      DispatchTree(leaves: Array(repeating: Array(repeating: 8, count: 16), count: 8), spine: 3200)
    ),
  ]

  func run(_ setting: Setting, print: (Line) -> Void) throws {
    let solver = try Engines.cbc(setting)
    for (name, tree) in Self.contended where setting.includes(name, of: self) {
      let profile = tree.profile(name)
      let planner = try DispatchPlanner(profile: profile)
      guard let deviation = planner.closedFormDeviation else { continue }
      let ours = try plan(profile, deviation, nil, solver)
      let theirs = try plan(profile, deviation, .taMoE, solver)
      guard let first = milliseconds(ours, profile), let second = milliseconds(theirs, profile)
      else {
        print(.remark(name, "the replay rejects a plan"))
        continue
      }
      let percent = Int((deviation * 100).rounded())
      let gap = ours.gap.map { ", gap \(Int(($0 * 1000).rounded()))/1000" } ?? ""
      print(
        Line(
          subject: "\(name), exchange", first: "linear program", second: "1/beta (TA-MoE)",
          unit: .milliseconds, firstValues: [first], secondValues: [second],
          note: "deviation \(percent) %\(gap)"))
    }
    for (name, tree) in Self.growing where setting.includes(name, of: self) {
      let profile = tree.profile(name)
      var seconds: [Double] = []
      var evenSeconds: [Double] = []
      var last: DispatchPlan?
      for _ in 0..<setting.longRounds {
        seconds.append(
          try Contest.once { last = try plan(profile, 0.2, nil, solver) })
        evenSeconds.append(
          try Contest.once { _ = try plan(profile, 0.2, .even, solver) })
      }
      let gap = last?.gap.map { "gap \(Int(($0 * 1000).rounded()))/1000" } ?? ""
      print(
        Line(
          subject: "\(name), planning", first: "all strategies", second: "even dispatch and bound",
          unit: .seconds, firstValues: seconds, secondValues: evenSeconds, note: gap))
    }
  }

  private func plan(
    _ profile: Profile, _ deviation: Double, _ strategy: DispatchStrategy?, _ solver: any Solver
  ) throws -> DispatchPlan {
    var settings = DispatchSettings()
    settings.deviation = deviation
    settings.strategy = strategy
    return try DispatchPlanner(profile: profile, settings: settings).plan(solver: solver)
  }

  private func milliseconds(_ plan: DispatchPlan, _ profile: Profile) -> Double? {
    let result = DispatchReplay(plan, on: profile).run()
    return result.isValid ? result.microseconds / 1e3 : nil
  }
}

/// A cluster of leaf switches, nodes and devices with the rates of an A100 machine.
struct DispatchTree {
  /// The devices of each node under each leaf switch.
  let leaves: [[Int]]
  /// The rate of a leaf's uplink, in 10⁹ bytes per second; nil where it binds nothing.
  var spine: Double?
  /// The rate of the first node's network cards; nil for the others' 50.
  var slowNode: Double?

  /// A profile of 2048 tokens of 8 KiB a device.
  func profile(_ name: String) -> Profile {
    var nodes: [[Int]] = []
    var switches: [[Int]] = []
    var count = 0
    for leaf in leaves {
      let start = count
      for size in leaf {
        nodes.append(Array(count..<count + size))
        count += size
      }
      switches.append(Array(start..<count))
    }
    func link(_ rate: Double) -> Link { Link(latencyMicroseconds: 0, gbPerSecond: rate) }
    let slow = slowNode == nil ? [] : nodes[0]
    var cluster = Cluster(
      deviceCount: count, levels: [Cluster.Level(name: "node", groups: nodes)],
      links: [
        Cluster.SharedLink(name: "nvlink", within: "node", outgoing: link(160)),
        Cluster.SharedLink(
          name: "nic", only: slow.isEmpty ? nil : Array(slow.count..<count), outside: "node",
          outgoing: link(50)),
      ])
    if let slowNode {
      cluster.links.append(
        Cluster.SharedLink(name: "slow nic", only: slow, outside: "node", outgoing: link(slowNode)))
    }
    if let spine {
      cluster.levels.append(Cluster.Level(name: "leaf", groups: switches))
      cluster.links.append(
        Cluster.SharedLink(name: "spine", owner: "leaf", outside: "leaf", outgoing: link(spine)))
    }
    return Profile(
      name: name, tensors: [], operators: [], cluster: cluster,
      moe: MixtureOfExperts(
        experts: count, topK: 1, layerNumbers: [0], tokensPerDevice: 2048, tokenBytes: 8192))
  }
}
