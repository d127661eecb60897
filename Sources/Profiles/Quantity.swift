/// Amounts as people read them.
package enum Quantity {
  /// Returns a number with a fixed count of decimals, rounded half up in magnitude.
  package static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let whole = Int(scaled)
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(whole)" }
    let digits = String(whole)
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
  }

  /// Returns an amount of memory in the largest binary unit that it fills, such as `1.50 GiB`.
  package static func bytes(_ bytes: Int) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]
    var value = Double(bytes)
    guard value.magnitude >= 1024 else { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
    var unit = -1
    while value.magnitude >= 1023.995, unit + 1 < units.count {
      value /= 1024
      unit += 1
    }
    return "\(fixed(value, decimals: 2)) \(units[unit])"
  }

  /// Returns an amount of memory with all its digits where the unit would round them off.
  package static func exactBytes(_ count: Int) -> String {
    count.magnitude >= 1024 ? "\(bytes(count)) (\(count) bytes)" : bytes(count)
  }
}
