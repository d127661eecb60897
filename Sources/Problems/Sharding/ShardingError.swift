/// Why an instance can't be planned.
public enum ShardingError: Error, Hashable, Sendable {
  /// The sum of the largest finite costs, or of the largest memory, passes what is counted without
  /// rounding.
  case tooLarge(what: String)
}

extension ShardingError: CustomStringConvertible {
  /// The error as a sentence with its remedy.
  public var description: String {
    switch self {
    case .tooLarge(let what):
      "sharding: the \(what) of all nodes and edges add up to more than 2^59; "
        + "divide all of them by the same number"
    }
  }
}
