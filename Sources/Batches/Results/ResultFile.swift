import Profiles

/// The lines of result files.
package struct ResultFile: Sendable {
  /// The whole lines, in the file's order.
  package private(set) var lines: [ResultLine] = []
  /// The numbers of lines that are no results.
  package private(set) var damaged: [Int] = []
  /// How many bytes the lines take up to the last line feed.
  package private(set) var wholeBytes = 0
  /// Whether something stands behind the last line feed: a line that was never finished.
  package private(set) var hasHalfLine = false

  /// Reads lines; what follows the last line feed is no line.
  package init(_ bytes: [UInt8]) {
    var number = 0
    var start = bytes.startIndex
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      number += 1
      if let line = ResultLine(Array(bytes[start..<end])) {
        lines.append(line)
      } else {
        damaged.append(number)
      }
      start = end + 1
    }
    wholeBytes = start
    hasHalfLine = start < bytes.endIndex
  }

  /// The last line of each item.
  package var latest: [String: ResultLine] {
    Dictionary(lines.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
  }

  /// Brings files together: of each item the last line, in the order of the input.
  ///
  /// Merging what is merged already changes nothing.
  package static func merged(_ files: [ResultFile]) -> [ResultLine] {
    let all = files.flatMap(\.lines)
    let latest = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    return latest.values.sorted {
      $0.item != $1.item
        ? $0.item < $1.item : $0.id.utf8.lexicographicallyPrecedes($1.id.utf8)
    }
  }
}
