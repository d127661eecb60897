import Foundation

/// The output that a page shows, compared with the one that a command prints.
///
/// `…` stands for anything: alone on a line for any number of lines. Not compared are seconds and how
/// numbers are spaced.
struct ShownOutput {
  let lines: [String]

  init(_ lines: [String]) {
    self.lines = Self.masked(lines)
  }

  /// Returns the first line that isn't printed as it is shown; nil if all are.
  func firstDifference(from printed: [String]) -> String? {
    let printed = Self.masked(printed)
    // deepest[i]: the lines of the page up to i can be found.
    var reachable: Set<Int> = [0]
    for (index, line) in lines.enumerated() {
      var next: Set<Int> = []
      if line == "…" {
        if let first = reachable.min() { next = Set(first...printed.count) }
      } else {
        for position in reachable
        where position < printed.count && Self.matches(printed[position], line) {
          next.insert(position + 1)
        }
      }
      if next.isEmpty {
        let found = reachable.sorted().first { $0 < printed.count }.map { printed[$0] }
        return "line \(index + 1) of the output is shown as '\(line)'"
          + (found.map { ", printed as '\($0)'" } ?? ", but nothing more is printed")
      }
      reachable = next
    }
    if reachable.contains(printed.count) { return nil }
    let rest = reachable.sorted().first.map { printed[$0] } ?? ""
    return "the page doesn't show '\(rest)'"
  }

  /// Whether a line is as a pattern in which `…` stands for any text.
  static func matches(_ line: String, _ pattern: String) -> Bool {
    let parts = pattern.components(separatedBy: "…")
    guard parts.count > 1 else { return line == pattern }
    var rest = Substring(line)
    for (index, part) in parts.enumerated() {
      if index == 0 {
        guard rest.hasPrefix(part) else { return false }
        rest = rest.dropFirst(part.count)
      } else if index == parts.count - 1 {
        return rest.hasSuffix(part)
      } else {
        guard part.isEmpty || rest.contains(part) else { return false }
        if let range = rest.range(of: part) { rest = rest[range.upperBound...] }
      }
    }
    return true
  }

  /// Returns lines without seconds, with single blanks, and without empty lines at the end.
  static func masked(_ lines: [String]) -> [String] {
    var seconds: Range<Int>?
    var masked: [String] = []
    for line in lines {
      var characters = Array(line)
      if let column = column(of: " seconds", in: characters) {
        seconds = column
      } else if line.allSatisfy({ $0 == " " }) {
        seconds = nil
      } else if let range = seconds, characters.count >= range.upperBound {
        characters.replaceSubrange(range, with: " #")
      }
      let text = String(characters).replacing(/\b(Solved|Planned|Took)( in)? [0-9.]+ s\b/) {
        "\($0.output.1) # s"
      }
      masked.append(text.split(separator: " ").joined(separator: " "))
    }
    while masked.last == "" { masked.removeLast() }
    return masked
  }

  private static func column(of word: String, in line: [Character]) -> Range<Int>? {
    let word = Array(word)
    guard line.count >= word.count else { return nil }
    for start in 0...(line.count - word.count)
    where Array(line[start..<(start + word.count)]) == word {
      return start..<(start + word.count)
    }
    return nil
  }
}
