import Profiles

/// How many tokens each device sends to each other device's experts in one all-to-all exchange.
///
/// A gate follows the pattern only as far as its training makes it: through the weights of an auxiliary
/// loss, and through capacities (TA-MoE, Chen et al., NeurIPS 2022).
public struct DispatchPlan: Sendable, Hashable {
  /// The version of planner that made the plan.
  public var version: String
  /// The profile that the plan is for.
  public var profile: Plan.ProfileReference
  /// The experts of the layer; device *j* of P holds a block of neighbours.
  public var experts: Int
  /// The experts that each token visits.
  public var topK: Int
  /// The tokens of each device before they are copied to `topK` experts.
  public var tokensPerDevice: Int
  /// The size of one token's data.
  public var tokenBytes: Int
  /// The share of all tokens that may go elsewhere than in an even dispatch; at most 1.
  public var deviationBudget: Double
  /// The strategy that the tokens come from.
  public var strategy: String
  /// The tokens, `[from device][to device]`.
  public var tokens: [[Int]]
  /// The tokens that each expert has room for.
  public var expertCapacity: [Int]
  /// What the planner expects.
  public var prediction: Prediction?
  /// The least time of any dispatch within the same budget, in microseconds.
  public var lowerBoundMicroseconds: Double?
  /// The least times for other budgets, by ascending budget.
  public var pareto: [ParetoPoint]
  /// The strategies tried, in order; their values are the times of the exchange.
  public var search: [SearchEntry]
  /// Whether the same command gives the same plan again; false if a time limit cut the search off.
  public var isRepeatable: Bool

  /// Creates a plan.
  public init(
    version: String, profile: Plan.ProfileReference, experts: Int, topK: Int,
    tokensPerDevice: Int, tokenBytes: Int, deviationBudget: Double, strategy: String,
    tokens: [[Int]], expertCapacity: [Int], prediction: Prediction? = nil,
    lowerBoundMicroseconds: Double? = nil, pareto: [ParetoPoint] = [],
    search: [SearchEntry] = [], isRepeatable: Bool = true
  ) {
    self.version = version
    self.profile = profile
    self.experts = experts
    self.topK = topK
    self.tokensPerDevice = tokensPerDevice
    self.tokenBytes = tokenBytes
    self.deviationBudget = deviationBudget
    self.strategy = strategy
    self.tokens = tokens
    self.expertCapacity = expertCapacity
    self.prediction = prediction
    self.lowerBoundMicroseconds = lowerBoundMicroseconds
    self.pareto = pareto
    self.search = search
    self.isRepeatable = isRepeatable
  }

  /// What the planner expects of the exchange.
  public struct Prediction: Sendable, Hashable {
    /// From the first byte to the last, in microseconds.
    public var timeMicroseconds: Double
    /// The time of the even dispatch, in microseconds.
    public var evenMicroseconds: Double
    /// The share of tokens that go elsewhere than in an even dispatch.
    public var deviation: Double

    /// Creates a prediction.
    public init(timeMicroseconds: Double, evenMicroseconds: Double, deviation: Double) {
      self.timeMicroseconds = timeMicroseconds
      self.evenMicroseconds = evenMicroseconds
      self.deviation = deviation
    }
  }

  /// The least time for one budget, of the linear program: whole tokens take at least as long.
  public struct ParetoPoint: Sendable, Hashable {
    /// The budget.
    public var deviation: Double
    /// The least time, in microseconds.
    public var timeMicroseconds: Double

    /// Creates a point.
    public init(deviation: Double, timeMicroseconds: Double) {
      self.deviation = deviation
      self.timeMicroseconds = timeMicroseconds
    }
  }

  /// How far the time may be from the least, relative to it; nil without a bound.
  public var gap: Double? {
    guard let bound = lowerBoundMicroseconds, let value = prediction?.timeMicroseconds else {
      return nil
    }
    return value > 0 ? max(0, value - bound) / value : 0
  }

  /// The first expert of each device, and the number of experts after the last.
  public static func firstExperts(experts: Int, devices: Int) -> [Int] {
    (0...devices).map { $0 * experts / devices }
  }
}
