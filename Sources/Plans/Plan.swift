import Profiles

/// What a program should do with one profile, and how good that is.
public struct Plan: Sendable, Hashable {
  /// The version of planner that made the plan.
  public var version: String
  /// The profile that the plan is for.
  public var profile: ProfileReference
  /// What the plan may use.
  public var budget: Budget
  /// What to do.
  public var decisions: Decisions
  /// What the planner expects; the simulator checks it.
  public var prediction: Prediction?
  /// What no plan of this kind can beat.
  public var lowerBound: LowerBound?
  /// How far the plan may be from the best.
  public var gap: Gap?
  /// The strategies tried, in order.
  public var search: [SearchEntry]
  /// Why each decision that costs something was taken.
  public var reasons: [Reason]
  /// Whether the same command gives the same plan again; false if a time limit cut the search off.
  public var isRepeatable: Bool

  /// Creates a plan.
  public init(
    version: String, profile: ProfileReference, budget: Budget, decisions: Decisions,
    prediction: Prediction? = nil, lowerBound: LowerBound? = nil, gap: Gap? = nil,
    search: [SearchEntry] = [], reasons: [Reason] = [], isRepeatable: Bool = true
  ) {
    self.version = version
    self.profile = profile
    self.budget = budget
    self.decisions = decisions
    self.prediction = prediction
    self.lowerBound = lowerBound
    self.gap = gap
    self.search = search
    self.reasons = reasons
    self.isRepeatable = isRepeatable
  }

  /// The profile that a plan is for.
  public struct ProfileReference: Sendable, Hashable {
    /// The profile's name.
    public var name: String
    /// The SHA-256 digest of the profile's file after decompression, in hexadecimal.
    public var sha256: String?

    /// Creates a reference.
    public init(name: String, sha256: String? = nil) {
      self.name = name
      self.sha256 = sha256
    }
  }

  /// What a plan may use.
  public struct Budget: Sendable, Hashable {
    /// Device memory, in bytes.
    public var deviceBytes: Int
    /// Host memory, in bytes; nil for no limit.
    public var hostBytes: Int?
    /// Room on NVMe, in bytes; nil for no limit.
    public var nvmeBytes: Int?

    /// Creates a budget.
    public init(deviceBytes: Int, hostBytes: Int? = nil, nvmeBytes: Int? = nil) {
      self.deviceBytes = deviceBytes
      self.hostBytes = hostBytes
      self.nvmeBytes = nvmeBytes
    }
  }

  /// What to do, by problem.
  public enum Decisions: Sendable, Hashable {
    case swap(SwapDecisions)
  }
}
