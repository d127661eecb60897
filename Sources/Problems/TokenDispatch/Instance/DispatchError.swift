/// Why there is nothing to dispatch on a profile.
public enum DispatchError: Error, Hashable, Sendable {
  /// A section or a key is missing.
  case missing(place: String, remedy: String)
  /// The sections contradict each other.
  case contradiction(place: String, problem: String, remedy: String)
}

extension DispatchError: CustomStringConvertible {
  /// The place, what is wrong, and the remedy.
  public var description: String {
    switch self {
    case .missing(let place, let remedy): "\(place): absent; \(remedy)"
    case .contradiction(let place, let problem, let remedy): "\(place): \(problem); \(remedy)"
    }
  }
}
