public import Optimization
public import Plans
public import Profiles

/// Finds how small a budget, or how large a batch, still does.
public struct SwapFit: Sendable {
  /// What was measured.
  public let profile: Profile
  /// Host memory, in bytes; nil for the device's own limit.
  public let hostBudgetBytes: Int?
  /// What plans may do, and how hard to search.
  public let settings: SwapSettings
  /// Solves the relaxations.
  public let solver: any Solver
  /// Receives each step in a few words.
  public var progressHandler: (@Sendable (String) -> Void)?

  /// Creates a search.
  public init(
    profile: Profile, hostBudgetBytes: Int? = nil, settings: SwapSettings = SwapSettings(),
    solver: any Solver
  ) {
    self.profile = profile
    self.hostBudgetBytes = hostBudgetBytes
    self.settings = settings
    self.solver = solver
  }

  /// The smallest budget found, and the largest one that is proven too small.
  public struct Budget: Sendable {
    /// Device memory, in bytes.
    public let bytes: Int
    /// A plan that keeps both the budget and the time.
    public let plan: Plan
    /// No plan within this budget keeps the time; bytes.
    public let tooSmallBytes: Int
  }

  /// Returns the smallest budget with a plan of at most a given time, to a thousandth of the peak; nil if
  /// no budget is enough, because the operators alone take longer.
  ///
  /// - Parameter microseconds: The iteration may take so long.
  public func smallestBudget(within microseconds: Double) throws -> Budget? {
    var sweep = SwapSweep(
      profile: profile, hostBudgetBytes: hostBudgetBytes, settings: settings, solver: solver)
    sweep.progressHandler = progressHandler
    let open = try SwapProblem(
      profile: profile, budgetBytes: Int.max / 4, hostBudgetBytes: hostBudgetBytes,
      settings: settings)
    if open.unconstrainedMicroseconds > microseconds * (1 + 1e-9) { return nil }
    var search = SwapSweep.Search(sweep: sweep)
    var high = max(1, open.unconstrainedPeakBytes)
    guard var best = try search.point(budget: high).plan else { return nil }
    var low = open.smallestBudget.bytes - 1
    var tooSmall = low
    let precision = max(1, high / 1000)
    while high - low > precision {
      let middle = low + (high - low) / 2
      progressHandler?("budget \(Quantity.bytes(middle))")
      let point = try search.point(budget: middle)
      if let plan = point.plan, let time = plan.prediction?.iterationMicroseconds,
        time <= microseconds * (1 + 1e-9)
      {
        (high, best) = (middle, plan)
      } else {
        low = middle
      }
      if let bound = point.lowerBoundMicroseconds, bound > microseconds {
        tooSmall = max(tooSmall, middle)
      }
      tooSmall = max(tooSmall, search.tooSmall(for: microseconds, below: high))
    }
    return Budget(bytes: high, plan: best, tooSmallBytes: min(tooSmall, high - 1))
  }

  /// The largest batch found.
  public struct Batch: Sendable {
    /// How many samples.
    public let size: Int
    /// The profile, scaled to the batch.
    public let profile: Profile
    /// A plan that keeps the budget.
    public let plan: Plan
  }

  /// Returns the largest batch with a plan within a budget, or nil if not even one sample fits.
  ///
  /// What depends on the batch is scaled by `Profile.scaled(batch:from:)`.
  ///
  /// - Parameters:
  ///   - measured: The batch of the profile.
  ///   - budgetBytes: Device memory, in bytes.
  ///   - slowdown: How much longer the iteration may take than with memory without limit, as a share; nil
  ///     for any.
  public func largestBatch(
    measured: Int, budgetBytes: Int, slowdown: Double?
  ) throws -> Batch? {
    func batch(_ size: Int) throws -> Batch? {
      progressHandler?("batch \(size)")
      let scaled = profile.scaled(batch: size, from: measured)
      var sweep = SwapSweep(
        profile: scaled, hostBudgetBytes: hostBudgetBytes, settings: settings, solver: solver)
      sweep.progressHandler = nil
      var search = SwapSweep.Search(sweep: sweep)
      guard let plan = try search.point(budget: budgetBytes).plan,
        let prediction = plan.prediction
      else { return nil }
      let limit = slowdown.map { prediction.computeMicroseconds * (1 + $0) } ?? .infinity
      guard prediction.iterationMicroseconds <= limit else { return nil }
      return Batch(size: size, profile: scaled, plan: plan)
    }
    guard var best = try batch(1) else { return nil }
    var high = max(2, measured)
    while high < 1 << 24, let next = try batch(high) {
      best = next
      high *= 2
    }
    while high - best.size > 1 {
      let middle = best.size + (high - best.size) / 2
      if let next = try batch(middle) { best = next } else { high = middle }
    }
    return best
  }
}

extension SwapSweep.Search {
  /// The largest budget that the tangents rule out for a time, in bytes.
  func tooSmall(for microseconds: Double, below high: Int) -> Int {
    tangents.map { tangent in
      guard tangent.slope > 0 else { return tangent.value > microseconds ? high - 1 : 0 }
      // Where the line crosses the time, and a byte less for rounding.
      let crossing = Double(tangent.budget) + (tangent.value - microseconds) / tangent.slope
      return min(high - 1, max(0, Int(crossing.rounded(.down)) - 1))
    }.max() ?? 0
  }
}
