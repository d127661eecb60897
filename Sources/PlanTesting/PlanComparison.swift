/// Two plans of one kind, replayed on the same profile: what changes from the first to the second.
public struct PlanComparison: Sendable, Hashable {
  /// A number that both replays find.
  public struct Change: Sendable, Hashable {
    /// The number of the first plan.
    public let base: PlanFigure
    /// The number of the second plan.
    public let new: PlanFigure

    /// How much larger the second is.
    public var difference: Double { new.value - base.value }

    /// The change as people read it, such as `+1.20 ms (+3.14 %)`.
    public var text: String { base.unit.text(ofChange: difference, from: base.value) }
  }

  /// What the replay of the first plan finds.
  public let base: PlanOutcome
  /// What the replay of the second plan finds.
  public let new: PlanOutcome
  /// How many decisions the first plan takes, budgets among them.
  public let decisionCount: Int
  /// The decisions that the plans take differently, in the order of the first.
  public let decisions: [DecisionDifference]

  /// Replays two plans and compares them.
  ///
  /// - Parameters:
  ///   - base: The plan to compare with.
  ///   - new: The plan that may be better or worse.
  ///   - subject: The profile, or the instance of plans for sharding.
  public init<Kind: ReplayablePlan>(base: Kind, new: Kind, on subject: Kind.Subject) {
    self.base = base.outcome(on: subject)
    self.new = new.outcome(on: subject)
    let list = base.decisionList
    decisionCount = list.count
    decisions = DecisionDifference.all(from: list, to: new.decisionList)
  }

  /// The numbers that both replays find, what plans are judged by first; empty if one of the plans fails.
  public var changes: [Change] {
    base.figures.compactMap { figure in
      new.figures.first { $0.key == figure.key }.map { Change(base: figure, new: $0) }
    }
  }

  /// What plans of the kind are judged by: a time, a cost or a balance.
  public var value: Change? { changes.first { $0.base.role == .value } }
  /// The most memory of a device; nil where the kind knows none.
  public var memory: Change? { changes.first { $0.base.role == .memory } }
  /// The most memory of the host; nil where the kind knows none.
  public var host: Change? { changes.first { $0.base.role == .host } }

  /// Returns true, or throws why the second plan is worse, with the decisions that differ.
  ///
  /// Worse is a plan that fails, or whose value is larger by more than the tolerance.
  ///
  /// - Parameter tolerance: How much larger the value may be, relatively; 0.01 is 1 %.
  /// - Throws: `PlanFailure`.
  @discardableResult
  public func isNoWorse(within tolerance: Double = 0) throws(PlanFailure) -> Bool {
    do {
      return try new.isNoWorse(than: base, within: tolerance)
    } catch {
      throw PlanFailure(error.summary, error.details + DecisionDifference.phrases(decisions))
    }
  }
}

extension PlanComparison: CustomStringConvertible {
  /// What changes, a line for each number and for the first ten decisions.
  public var description: String {
    var lines: [String] = []
    for (name, outcome) in [("base", base), ("new", new)] where !outcome.isValid {
      lines.append("\(name) doesn't hold:")
      lines += outcome.faults.map { "  \($0)" }
    }
    for change in changes {
      lines.append("\(change.base.name): \(change.new.text), \(change.text)")
    }
    lines.append("\(decisions.count) of \(decisionCount) decisions differ")
    lines += DecisionDifference.phrases(decisions).map { "  \($0)" }
    return lines.joined(separator: "\n")
  }
}
