/// The place of a value in a JSON text, such as `tensors[3].bytes`.
package indirect enum JSONPath: Sendable, Hashable, CustomStringConvertible {
  /// The whole text.
  case root
  case member(String, of: JSONPath)
  case element(Int, of: JSONPath)

  /// The place of a member.
  package subscript(key: String) -> JSONPath { .member(key, of: self) }

  /// The place of an element.
  package subscript(index: Int) -> JSONPath { .element(index, of: self) }

  /// The place as text; empty for the whole text.
  package var description: String {
    switch self {
    case .root: return ""
    case .element(let index, let parent): return "\(parent)[\(index)]"
    case .member(let key, let parent):
      let isPlain = !key.isEmpty && key.utf8.count <= 60 && key.utf8.allSatisfy(JSONPath.isPlain)
      guard isPlain else { return "\(parent)[\(JSON.quoted(key))]" }
      if case .root = parent { return key }
      return "\(parent).\(key)"
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
