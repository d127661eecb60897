/// What a collector says of its files; it becomes the notes of the profile's source.
struct Findings: Sendable {
  private var lines: [(order: Int, text: String)] = []

  /// Notes what a file holds.
  mutating func found(_ text: String) { lines.append((0, "found: \(text)")) }

  /// Notes what a file doesn't say and the collector supposes, with the rule.
  mutating func assumed(_ text: String) { lines.append((1, "assumed: \(text)")) }

  /// Notes what the profile lacks because the files lack it, and what would bring it.
  mutating func missing(_ text: String) { lines.append((2, "missing: \(text)")) }

  /// The notes: first what was found, then what was assumed, then what is missing.
  var notes: [String] {
    (0...2).flatMap { order in lines.filter { $0.order == order }.map(\.text) }
  }

  /// A size as a note shows it.
  static func mebibytes(_ bytes: Double) -> String {
    "\((bytes / 1_048_576 * 10).rounded() / 10) MiB"
  }

  /// A time as a note shows it.
  static func milliseconds(_ time: Double) -> String {
    "\((time * 1e3).rounded() / 1e3) ms"
  }
}

extension Findings {
  /// Adds the notes of another part of the same import.
  mutating func add(_ others: Findings) { lines += others.lines }
}
