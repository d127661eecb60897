/// What the replay of a plan finds: its figures, or what is wrong with it.
public struct PlanOutcome: Sendable, Hashable {
  /// The problem that the plan is for, as its file names it.
  public let problem: String
  /// The profile that the plan names.
  public let profile: String
  /// What is wrong with the plan, at most ten faults, each with its place; empty for a plan that holds.
  public let faults: [String]
  /// What the replay finds, what plans are judged by first; empty if something is wrong.
  public let figures: [PlanFigure]
  /// What no plan of the kind can beat, in the unit of `value`; nil if the plan tells none.
  public let lowerBound: Double?

  init(
    problem: String, profile: String, faults: [String], figures: [PlanFigure],
    lowerBound: Double? = nil
  ) {
    self.problem = problem
    self.profile = profile
    self.faults = Array(faults.prefix(10))
    self.figures = faults.isEmpty ? figures : []
    self.lowerBound = lowerBound
  }

  /// Whether the plan runs through within its budget.
  public var isValid: Bool { faults.isEmpty }
  /// What plans of the kind are judged by: a time, a cost or a balance. Nil if something is wrong.
  public var value: PlanFigure? { figures.first { $0.role == .value } }
  /// The most memory of a device; nil where the kind knows none, or if something is wrong.
  public var memory: PlanFigure? { figures.first { $0.role == .memory } }
  /// The most memory of the host; nil where the kind knows none, or if something is wrong.
  public var host: PlanFigure? { figures.first { $0.role == .host } }

  /// What the plan is called in messages.
  var title: String { "the \(problem) plan for '\(profile)'" }

  /// Returns the same with more faults.
  func adding(_ more: [String]) -> PlanOutcome {
    PlanOutcome(
      problem: problem, profile: profile, faults: faults + more, figures: figures,
      lowerBound: lowerBound)
  }

  /// Returns what is wrong with the plan's own prediction and bound.
  ///
  /// - Parameter accuracy: How far a predicted number may be off the replayed one, relative to it.
  func misstatements(accuracy: Double) -> [String] {
    var found: [String] = []
    for figure in figures {
      guard let predicted = figure.predicted else { continue }
      let off = (predicted - figure.value).magnitude
      if off > accuracy * figure.value.magnitude + 1e-6 {
        found.append(
          "prediction: \(figure.name): the plan expects \(figure.unit.text(of: predicted)), the replay"
            + " finds \(figure.text); make the plan again")
      }
    }
    if let value, let lowerBound, lowerBound > value.value * (1 + accuracy) + 1e-6 {
      found.append(
        "lower bound: \(value.unit.text(of: lowerBound)) is above the \(value.text) that the replay"
          + " finds, so it is none; make the plan again")
    }
    return found
  }

  /// Returns true, or throws why the plan is worse than another one.
  ///
  /// Worse is a plan that fails, or whose `value` is larger by more than the tolerance. Peaks of memory don't
  /// make a plan worse: its budget says what they may be.
  ///
  /// - Parameters:
  ///   - base: The plan to compare with.
  ///   - tolerance: How much larger the value may be, relative to that of the base; 0.01 is 1 %.
  /// - Throws: `PlanFailure`, whose text names both values, or the faults.
  @discardableResult
  public func isNoWorse(
    than base: PlanOutcome, within tolerance: Double = 0
  ) throws(PlanFailure) -> Bool {
    precondition(tolerance >= 0, "a tolerance is not negative")
    try check()
    guard let value else { return true }
    guard let old = base.value else { return true }
    if problem != base.problem {
      throw PlanFailure("\(title) is for another problem than \(base.title)")
    }
    // The last digits of sums depend on the order of their terms.
    if value.value > old.value * (1 + tolerance) + 1e-9 * old.value.magnitude {
      let change = value.unit.text(ofChange: value.value - old.value, from: old.value)
      throw PlanFailure(
        "\(title) is worse: \(value.name) \(value.text) instead of \(old.text), \(change);"
          + " \(PlanFigure.Unit.share.text(of: tolerance)) more would be allowed")
    }
    return true
  }

  /// Throws what is wrong, if anything is.
  func check() throws(PlanFailure) {
    guard isValid else {
      throw PlanFailure("\(title) doesn't hold:", faults)
    }
  }
}
