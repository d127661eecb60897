/// Why a profile can't be planned.
public enum GradientError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The profile lacks something; place and remedy follow.
  case missing(place: String, remedy: String)
  /// The sizes and rates give times that no plan can hold.
  case outOfRange(place: String, problem: String)

  /// The error on one line, with a remedy.
  public var description: String {
    switch self {
    case .missing(let place, let remedy): "\(place): absent; \(remedy)"
    case .outOfRange(let place, let problem): "\(place): \(problem); check the units"
    }
  }
}
