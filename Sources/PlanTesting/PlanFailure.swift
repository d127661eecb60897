/// Why an expectation of a plan isn't met: what broke, and where.
public struct PlanFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What isn't met.
  public let summary: String
  /// The faults or differences, one each.
  public let details: [String]

  init(_ summary: String, _ details: [String] = []) {
    self.summary = summary
    self.details = details
  }

  /// The summary, and a line for each detail.
  public var description: String {
    ([summary] + details.map { "  \($0)" }).joined(separator: "\n")
  }
}
