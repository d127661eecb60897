/// One comparison, or a remark about one that isn't made.
struct Line {
  /// What a value is.
  enum Unit: String {
    case seconds = "s"
    case milliseconds = "ms"
    case mebibytes = "MiB"
    case imbalance = "max/mean"
    case megabytesPerSecond = "MB/s"
    case operatorsPerSecond = "operators/s"
    case energy = "of the energy"

    /// Whether more is better.
    var isRate: Bool { [.megabytesPerSecond, .operatorsPerSecond, .energy].contains(self) }
  }

  /// What is measured, and on what.
  let subject: String
  /// The first of the two, ours.
  let first: String
  /// The second of the two.
  let second: String
  let unit: Unit
  /// The values of the first, one for each round.
  let firstValues: [Double]
  /// The values of the second.
  let secondValues: [Double]
  /// What else is worth knowing.
  var note = ""

  /// The ratio of each round.
  var ratios: [Double] { zip(firstValues, secondValues).map { $0 / $1 } }

  /// A remark in place of a comparison.
  static func remark(_ subject: String, _ note: String) -> Line {
    Line(
      subject: subject, first: "", second: "", unit: .seconds, firstValues: [], secondValues: [],
      note: note)
  }

  /// Compares two durations as rates of the same amount of work.
  static func rates(
    _ subject: String, _ first: String, _ second: String, _ unit: Unit, amount: Double,
    _ seconds: ([Double], [Double]), note: String = ""
  ) -> Line {
    Line(
      subject: subject, first: first, second: second, unit: unit,
      firstValues: seconds.0.map { amount / $0 }, secondValues: seconds.1.map { amount / $0 },
      note: note)
  }
}
