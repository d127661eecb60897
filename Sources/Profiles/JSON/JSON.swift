/// A JSON value. Whole numbers stay apart from fractions, and the members of an object keep their
/// order and their duplicates, so that a reader can tell every fault with its place.
package enum JSON: Sendable, Hashable {
  case null
  case boolean(Bool)
  /// A number written without fraction and exponent that fits in 64 bits.
  case integer(Int)
  /// Any other number; infinite if it is too large for a `Double`.
  case number(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  /// One member of an object.
  package struct Member: Sendable, Hashable {
    /// The key.
    package var key: String
    /// The value.
    package var value: JSON

    /// Creates a member.
    package init(key: String, value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// The value as a message shows it: short, on one line.
  package var shown: String {
    switch self {
    case .null: "null"
    case .boolean(let value): String(value)
    case .integer(let value): String(value)
    case .number(let value): value.isFinite ? JSONWriter.text(of: value) : "a number beyond 1.8e308"
    case .string(let text): JSON.quoted(text)
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// Returns a text in quotation marks, shortened and without control characters.
  package static func quoted(_ text: String, atMost length: Int = 60) -> String {
    var shown = "\""
    for (position, character) in text.unicodeScalars.prefix(length + 1).enumerated() {
      if position == length { return shown + "…\"" }
      if character.properties.generalCategory == .control {
        shown += "\\u{" + String(character.value, radix: 16) + "}"
      } else {
        shown.unicodeScalars.append(character)
      }
    }
    return shown + "\""
  }
}
