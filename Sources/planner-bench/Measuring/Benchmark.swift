/// What holds for all groups of one run.
struct Setting {
  /// How many rounds are measured.
  let rounds: Int
  /// Wall time for a solver that is left alone, in seconds.
  let limit: Double
  /// Whether only what takes seconds is run.
  let isQuick: Bool
  /// The folder of the networks' profiles.
  let networks: String
  /// The Python that has the peers, if any.
  let python: String?
  /// The folder of the workers.
  let workers: String
  /// What subjects must contain.
  let filter: String?

  /// Rounds for what takes many seconds.
  var longRounds: Int { min(rounds, 3) }

  /// Whether a subject is asked for, given that its group is.
  func includes(_ subject: String, of group: any Benchmark) -> Bool {
    guard let filter else { return true }
    return group.title.contains(filter) || subject.contains(filter)
  }
}

/// A group of comparisons.
protocol Benchmark {
  /// What the group is called.
  var title: String { get }
  /// The subjects that a filter may name.
  var subjects: [String] { get }
  /// Measures, and prints each line as soon as it is known.
  func run(_ setting: Setting, print: (Line) -> Void) throws
}

extension Benchmark {
  /// Whether a filter asks for anything in the group.
  func matches(_ filter: String?) -> Bool {
    guard let filter else { return true }
    return title.contains(filter) || subjects.contains { $0.contains(filter) }
  }
}
