/// One decision of a plan in words.
public struct PlanDecision: Sendable, Hashable {
  /// What is decided, such as `node 'attention'`. No two decisions of a plan have the same.
  public let subject: String
  /// What is chosen, such as `zero3`.
  public let choice: String

  init(_ subject: String, _ choice: String) {
    self.subject = subject
    self.choice = choice
  }
}

/// A decision that two plans take differently.
public struct DecisionDifference: Sendable, Hashable, CustomStringConvertible {
  /// What is decided.
  public let subject: String
  /// What the first plan chooses; nil if it doesn't decide it.
  public let base: String?
  /// What the second plan chooses; nil if it doesn't decide it.
  public let new: String?

  /// The difference as a phrase.
  public var description: String {
    "\(subject): \(new ?? "not decided") instead of \(base ?? "not decided")"
  }

  /// Returns the differences between two lists, in the order of the first, then of the second.
  static func all(from base: [PlanDecision], to new: [PlanDecision]) -> [DecisionDifference] {
    func index(_ decisions: [PlanDecision]) -> [String: String] {
      Dictionary(
        decisions.map { ($0.subject, $0.choice) }, uniquingKeysWith: { first, _ in first })
    }
    let (old, young) = (index(base), index(new))
    var seen: Set<String> = []
    var differences: [DecisionDifference] = []
    for subject in (base + new).map(\.subject) where seen.insert(subject).inserted {
      if old[subject] != young[subject] {
        differences.append(
          DecisionDifference(subject: subject, base: old[subject], new: young[subject]))
      }
    }
    return differences
  }

  /// Returns the first differences as phrases, and how many more there are.
  static func phrases(_ all: [DecisionDifference], limit: Int = 10) -> [String] {
    let more = all.count - limit
    return all.prefix(limit).map(\.description) + (more > 0 ? ["and \(more) more"] : [])
  }
}
