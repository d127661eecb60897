/// Why a file could not become a profile: what is wrong, where, and what would help.
public enum CollectorError: Error, Hashable {
  /// The file isn't what it claims to be: truncated, corrupt, or of another format.
  case malformed(file: String, problem: String)
  /// The file contradicts itself or lacks something.
  case invalid(file: String, place: String, problem: String, remedy: String)
  /// The file is in order, but asks for something that the collector doesn't know.
  case unsupported(file: String, place: String, problem: String, remedy: String)
  /// The file asks for more than any device or this program could hold.
  case tooLarge(file: String, place: String, problem: String)
  /// An option doesn't fit the device or the network.
  case option(name: String, problem: String, remedy: String)
  /// The catalogue has no device of that name.
  case unknownDevice(name: String, nearest: String?, known: [String])
}

extension CollectorError: CustomStringConvertible {
  /// One line with the place and the remedy.
  public var description: String {
    switch self {
    case .malformed(let file, let problem):
      "\(file): \(problem)"
    case .invalid(let file, let place, let problem, let remedy),
      .unsupported(let file, let place, let problem, let remedy):
      "\(file): \(place): \(problem); \(remedy)"
    case .tooLarge(let file, let place, let problem):
      "\(file): \(place): \(problem)"
    case .option(let name, let problem, let remedy):
      "\(name): \(problem); \(remedy)"
    case .unknownDevice(let name, let nearest, let known):
      "no device '\(name)' in the catalogue"
        + (nearest.map { "; did you mean '\($0)'?" } ?? "")
        + "; known are \(known.joined(separator: ", "))"
    }
  }
}
