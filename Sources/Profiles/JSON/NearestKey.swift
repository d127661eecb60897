/// Finds the key that a wrong key was probably meant to be.
enum NearestKey {
  /// What a unit at the end of a key stands for.
  private static let units = [
    ("_gb_per_s", "10⁹ bytes per second"), ("_us", "microseconds"), ("_bytes", "bytes"),
  ]
  /// Endings that tell a unit or nothing at all, the longer ones first.
  private static let endings = [
    "_gb_per_s", "_gbps", "_seconds", "_micros", "_millis", "_bytes", "_gib", "_mib", "_kib",
    "_sec",
    "_us", "_ms", "_ns", "_gb", "_mb", "_kb", "_s",
  ]

  /// Returns the known key that resembles a wrong one most, with the advice to use it.
  static func find(_ wrong: String, among keys: [String]) -> (key: String, advice: String)? {
    guard wrong.utf8.count <= 40 else { return nil }
    let folded = wrong.lowercased()
    let stem = withoutEnding(folded)
    if let key = keys.first(where: { withoutEnding($0) == stem && $0 != folded }) {
      let unit = units.first { key.hasSuffix($0.0) }.map { ", in \($0.1)" } ?? ""
      return (key, "use \(key)\(unit)")
    }
    var best: (key: String, distance: Int)?
    for key in keys {
      let distance = distance(Array(folded.utf8), Array(key.utf8))
      if distance <= max(1, key.utf8.count / 3), distance < best?.distance ?? .max {
        best = (key, distance)
      }
    }
    return best.map { ($0.key, "use \($0.key)") }
  }

  private static func withoutEnding(_ key: String) -> Substring {
    guard let ending = endings.first(where: { key.hasSuffix($0) && key.count > $0.count }) else {
      return key[...]
    }
    return key.dropLast(ending.count)
  }

  /// Returns how many bytes must be inserted, deleted or replaced to turn one text into the other
  /// (Levenshtein 1965).
  private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var row = Array(0...second.count)
    for (line, byte) in first.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for column in second.indices {
        let replaced = diagonal + (second[column] == byte ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[second.count]
  }
}
