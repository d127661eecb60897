import Profiles

/// The strategy of each node, and in which order the stages run, save, and run again.
public struct StagePlan: Sendable, Hashable {
  /// The version of planner that made the plan.
  public var version: String
  /// The profile that the plan is for; its digest is that of the file as it is stored.
  public var profile: Plan.ProfileReference
  /// The memory of each device that the plan may take, in bytes.
  public var budgetBytes: Int
  /// The strategy of each node, every node once.
  public var strategies: [Assignment]
  /// What each device does, in order.
  public var schedule: [Step]
  /// Where tensors lie and what devices exchange; nil where the profile doesn't say how strategies place them.
  public var placement: PlacementBlock?
  /// What the planner expects.
  public var prediction: Prediction?
  /// The least time of any plan within the budget.
  public var lowerBound: LowerBound?
  /// The strategies tried, in order.
  public var search: [SearchEntry]
  /// Whether the same command gives the same plan again; false if something cut the search off.
  public var isRepeatable: Bool

  /// Creates a plan.
  public init(
    version: String, profile: Plan.ProfileReference, budgetBytes: Int, strategies: [Assignment],
    schedule: [Step], placement: PlacementBlock? = nil, prediction: Prediction? = nil,
    lowerBound: LowerBound? = nil, search: [SearchEntry] = [], isRepeatable: Bool = true
  ) {
    self.version = version
    self.profile = profile
    self.budgetBytes = budgetBytes
    self.strategies = strategies
    self.schedule = schedule
    self.placement = placement
    self.prediction = prediction
    self.lowerBound = lowerBound
    self.search = search
    self.isRepeatable = isRepeatable
  }

  /// The strategy of one node, both by name.
  public struct Assignment: Sendable, Hashable {
    /// The node.
    public var node: String
    /// Its strategy.
    public var strategy: String

    /// Creates an assignment.
    public init(node: String, strategy: String) {
      self.node = node
      self.strategy = strategy
    }
  }

  /// One pass through a stage. Its input is the output of the stage before, if that is there.
  public enum Step: Sendable, Hashable {
    /// The forward pass of a stage: what stays when it is over, besides its output.
    case forward(stage: String, keeping: Kept)
    /// Makes again what a stage has not kept of all that its backward pass needs, from what it has kept and from its
    /// input.
    case again(stage: String)
    /// The backward pass of a stage: what is stored of it is freed.
    case backward(stage: String)
  }

  /// What a forward pass leaves, besides its output.
  public enum Kept: Sendable, Hashable {
    /// Nothing: the input is freed.
    case nothing
    /// The input, so that the stage can run again.
    case input
    /// The input, and all that the backward pass needs.
    case all
    /// The input, and of all that the backward pass needs what these nodes make.
    case nodes([String])
  }

  /// What the planner expects.
  public struct Prediction: Sendable, Hashable {
    /// All passes, communication, and bringing gradients together.
    public var iterationMicroseconds: Double
    /// The forward passes beyond one of each stage.
    public var recomputeMicroseconds: Double
    /// The most memory of a device, in bytes.
    public var peakBytes: Int

    /// Creates a prediction.
    public init(iterationMicroseconds: Double, recomputeMicroseconds: Double, peakBytes: Int) {
      self.iterationMicroseconds = iterationMicroseconds
      self.recomputeMicroseconds = recomputeMicroseconds
      self.peakBytes = peakBytes
    }
  }

  /// How far the time may be from the least, relative to it; nil without a bound.
  public var gap: Double? {
    guard let bound = lowerBound, let value = prediction?.iterationMicroseconds else { return nil }
    return value > 0 ? max(0, value - bound.iterationMicroseconds) / value : 0
  }
}
