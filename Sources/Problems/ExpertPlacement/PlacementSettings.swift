public import Plans

/// How several load scenarios become one value.
public enum Robustness: Sendable, Hashable {
  /// Their sum is one load.
  case average
  /// The worst of them.
  case worst
  /// The mean of the worst share of them: the conditional value at risk at this level, 0 ..< 1.
  case conditional(Double)

  /// The value as users type it.
  public var name: String {
    switch self {
    case .average: "average"
    case .worst: "worst"
    case .conditional(let level): "cvar:\(level)"
    }
  }

  /// Returns one value for the values of all scenarios.
  func value(of scenarios: [Double]) -> Double {
    switch self {
    case .average: return scenarios.reduce(0, +) / Double(max(1, scenarios.count))
    case .worst: return scenarios.max() ?? 0
    case .conditional(let level):
      // The worst scenarios fill the tail; the last of them counts with what is left.
      let tail = (1 - level) * Double(scenarios.count)
      var (left, sum) = (tail, 0.0)
      for value in scenarios.sorted(by: >) where left > 0 {
        sum += min(1, left) * value
        left -= 1
      }
      return sum / tail
    }
  }
}

/// One way to place experts.
public enum PlacementStrategy: String, Sendable, Hashable, CaseIterable {
  /// Expert after expert, device after device.
  case contiguous
  /// Expert after expert, each on the next device.
  case roundRobin = "round-robin"
  /// The published algorithm of DeepSeek's EPLB: groups to nodes, replicas, devices, all greedily.
  case eplb
  /// Replicas by the largest share, then the heaviest to the lightest device that may hold it.
  case greedy
  /// Pairs of a heavy and a light replica, where each device has two slots.
  case pairing
  /// Annealing over swaps and re-replication, with steepest descent at the end of each round.
  case search
  /// One expert after the other, cut where a device is full (McNaughton); weighted split only.
  case wrapAround = "wrap-around"
  /// The fractional-split integer program; weighted split only.
  case integerProgram = "integer-program"
}

/// What the user may choose about placements.
public struct PlacementSettings: Sendable, Hashable {
  /// What is balanced.
  public var objective = ExpertPlacementPlan.Objective.tokens
  /// How tokens are shared out.
  public var split = ExpertPlacementPlan.Split.equal
  /// How scenarios become one value.
  public var robustness = Robustness.average
  /// The scenarios to plan on, by name; empty for all.
  public var scenarios: [String] = []
  /// The replicas beyond one for each expert; nil for as many as there are free slots.
  public var redundancy: Int?
  /// Look for the fewest redundant experts whose value, as the mean over layers, is at most this.
  public var targetImbalance: Double?
  /// The most replicas of each layer that may be copied to a device which lacks them; nil for no limit.
  public var maximumMoves: Int?
  /// Whether experts that tokens visit together share a node.
  public var usesCoactivation = false
  /// How far co-activation may raise the load of a node above the mean.
  public var coactivationLoadLimit = 1.02
  /// Whether the experts of a group share a node, where there are several of both.
  public var keepsGroups = true
  /// The tokens of a batch, for the objective of activated experts; nil for the profile's.
  public var batchTokens: Int?
  /// The strategies to try; empty for all that fit.
  public var strategies: [PlacementStrategy] = []
  /// The search of a layer ends when value and bound are this close, relative to the value.
  public var relativeGap = 2e-4
  /// Proposals of the search for each layer; that for nodes has a quarter of them.
  public var iterationLimit = 600_000
  /// Nodes of each integer program.
  public var nodeLimit = 300
  /// Integer programs of more places, experts times devices, are tried only if asked for by name.
  public var programLimit = 2_048
  /// Wall time for all layers, in seconds; nil for none.
  public var timeLimit: Double?
  /// Where the search begins.
  public var seed: UInt64 = 1

  /// Creates settings with all defaults.
  public init() {}
}

/// Why a profile's experts can't be placed.
public enum PlacementError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The profile lacks something: where, and what to do about it.
  case missing(place: String, remedy: String)
  /// A choice of the user contradicts the profile.
  case invalid(option: String, problem: String, remedy: String)
  /// No placement exists: what binds, and what would do.
  case infeasible(problem: String, remedy: String)
  /// No placement was found, which proves nothing: what failed, and what may help.
  case notFound(problem: String, remedy: String)

  /// The error as a sentence with its remedy.
  public var description: String {
    switch self {
    case .missing(let place, let remedy): "\(place): absent; \(remedy)"
    case .invalid(let option, let problem, let remedy): "\(option): \(problem); \(remedy)"
    case .infeasible(let problem, let remedy): "no placement exists: \(problem); \(remedy)"
    case .notFound(let problem, let remedy): "no plan found: \(problem); \(remedy)"
    }
  }
}
