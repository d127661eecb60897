/// Numbers as findings show them.
enum TraceNumber {
  static func milliseconds(_ value: Double) -> String { "\(fixed(value)) ms" }

  static func mebibytes(_ bytes: Int) -> String { "\(fixed(Double(bytes) / 1_048_576)) MiB" }

  /// Two decimals.
  static func fixed(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
    let hundredths = Int((value * 100).rounded())
    let rest = abs(hundredths % 100)
    let sign = hundredths < 0 ? "-" : ""
    return "\(sign)\(abs(hundredths / 100)).\(rest < 10 ? "0" : "")\(rest)"
  }
}
