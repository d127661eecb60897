import Profiles
import Simulation

/// A text under construction: headings, paragraphs and tables, line by line.
struct Page {
  /// The widest line.
  static let columns = 100

  /// What is said of a plan that tells no values to compare with those of its replay.
  static let noPrediction = "The plan predicts nothing that the replay could be compared with."

  private(set) var lines: [String] = []
  let isColored: Bool

  /// Creates an empty page.
  init(isColored: Bool) {
    self.isColored = isColored
  }

  /// The whole text, with a line break at its end.
  var text: String { lines.joined(separator: "\n") + "\n" }

  /// What a part of the text is about, for its colour.
  enum Tone: String {
    case heading = "1"
    case good = "32"
    case bad = "31"
  }

  /// Returns a text in its colour, if colour was asked for.
  func paint(_ text: String, _ tone: Tone) -> String {
    isColored ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// Adds an empty line and a heading.
  mutating func section(_ title: String) {
    lines.append("")
    paragraph(title, tone: .heading)
  }

  /// Adds a paragraph, broken at blanks.
  mutating func paragraph(_ text: String, indent: Int = 0, tone: Tone? = nil) {
    for line in Self.wrap(text, columns: Self.columns - indent) {
      lines.append(String(repeating: " ", count: indent) + (tone.map { paint(line, $0) } ?? line))
    }
  }

  /// Adds a table, with `note` as a paragraph below each row that has one.
  mutating func table(_ table: Table, notes: [String] = []) {
    let rows = table.lines(columns: Self.columns)
    for (index, row) in rows.enumerated() {
      lines.append(row)
      let position = index - (table.header == nil ? 0 : 1)
      if notes.indices.contains(position), !notes[position].isEmpty {
        paragraph(notes[position], indent: 6)
      }
    }
  }

  /// Breaks a text at blanks; a word that is too long has a line of its own and is shortened.
  static func wrap(_ text: String, columns: Int) -> [String] {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false).map(printable) {
      let indent = paragraph.prefix { $0 == " " }
      var line = String(indent)
      var isEmpty = true
      for word in paragraph.split(separator: " ") {
        let word = shorten(String(word), to: columns - indent.count)
        if !isEmpty, line.count + 1 + word.count > columns {
          lines.append(line)
          line = String(indent)
          isEmpty = true
        }
        line += isEmpty ? word : " \(word)"
        isEmpty = false
      }
      lines.append(line)
    }
    return lines
  }

  /// Returns a text without characters that command a terminal or turn its direction, which a name from a file may
  /// contain.
  static func printable(_ text: some StringProtocol) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      let category = scalar.properties.generalCategory
      return category == .control || category == .format
    }
    guard text.unicodeScalars.contains(where: isControl) else { return String(text) }
    var printable = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { printable.append(isControl(scalar) ? "?" : scalar) }
    return String(printable)
  }

  /// Returns a name without its middle if it is too long.
  static func shorten(_ name: String, to columns: Int) -> String {
    guard name.count > columns else { return name }
    guard columns > 1 else { return String(name.prefix(max(0, columns))) }
    let tail = (columns - 1) / 2
    return "\(name.prefix(columns - 1 - tail))…\(name.suffix(tail))"
  }

  /// Returns a bar of so many of `width` blocks.
  static func bar(_ value: Int, of whole: Int, width: Int = 30) -> String {
    guard whole > 0 else { return String(repeating: "░", count: width) }
    let share = min(1, max(0, Double(value) / Double(whole)))
    var filled = Int((share * Double(width)).rounded())
    if value > 0 { filled = max(1, filled) }
    if value < whole { filled = min(width - 1, filled) }
    return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
  }
}

extension Quantity {
  /// Returns a time in milliseconds, such as `12.345 ms`.
  package static func milliseconds(_ microseconds: Double) -> String {
    "\(fixed(microseconds / 1e3, decimals: 3)) ms"
  }

  /// Returns a share in per cent, such as `4.4 %`; below 1 % with a second decimal.
  static func percent(_ share: Double) -> String {
    let percent = share * 100
    return "\(fixed(percent, decimals: percent.magnitude < 0.995 ? 2 : 1)) %"
  }

  /// Returns an amount of memory that may be no whole number, or too large for one.
  static func bytes(rounding amount: Double) -> String {
    guard let whole = Int(exactly: amount.rounded()) else {
      return "\(amount) bytes"
    }
    return bytes(whole)
  }

  /// Returns a text with a plus sign before it unless it is negative.
  static func signed(_ text: String) -> String {
    text.hasPrefix("-") ? text : "+\(text)"
  }

  /// Returns a count with its noun, such as `1 gap` or `3 gaps`.
  static func count(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
