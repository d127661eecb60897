/// Writes JSON in one canonical form: members in the order of the tree, the shortest numbers that
/// read back the same, no escapes but the necessary ones, a line feed at the end.
package struct JSONWriter {
  /// Down to which depth a value that holds a list of objects is spread over lines.
  private static let spreadDepth = 2

  private let isPretty: Bool
  private var bytes: [UInt8] = []

  /// Returns a value as UTF-8.
  ///
  /// The pretty form has one line for each element of the long lists, such as the tensors: files stay
  /// small and differences between two versions are easy to read.
  package static func encode(_ value: JSON, pretty: Bool) -> [UInt8] {
    var writer = JSONWriter(isPretty: pretty)
    writer.write(value, depth: 0)
    writer.bytes.append(UInt8(ascii: "\n"))
    return writer.bytes
  }

  /// Returns the shortest text that reads back as the same number.
  package static func text(of number: Double) -> String {
    if number == number.rounded(), number.magnitude < 0x1p53 { return String(Int(number)) }
    return number.description
  }

  private init(isPretty: Bool) {
    self.isPretty = isPretty
  }

  private mutating func write(_ value: JSON, depth: Int) {
    switch value {
    case .null: append("null")
    case .boolean(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .number(let value): append(value.isFinite ? JSONWriter.text(of: value) : "null")
    case .string(let text): write(text)
    case .array(let elements):
      writeList(UInt8(ascii: "["), UInt8(ascii: "]"), elements, isSpread(value, depth), depth) {
        $0.write($1, depth: depth + 1)
      }
    case .object(let members):
      writeList(UInt8(ascii: "{"), UInt8(ascii: "}"), members, isSpread(value, depth), depth) {
        $0.write($1.key)
        $0.append($0.isPretty ? ": " : ":")
        $0.write($1.value, depth: depth + 1)
      }
    }
  }

  private mutating func writeList<Item>(
    _ open: UInt8, _ close: UInt8, _ items: [Item], _ isSpread: Bool, _ depth: Int,
    _ writeItem: (inout JSONWriter, Item) -> Void
  ) {
    bytes.append(open)
    var isFirst = true
    for item in items {
      if !isFirst { append(isPretty && !isSpread ? ", " : ",") }
      isFirst = false
      if isSpread { breakLine(depth + 1) }
      writeItem(&self, item)
    }
    if isSpread { breakLine(depth) }
    bytes.append(close)
  }

  /// Whether a value takes several lines: the whole text does, and so does everything near the top
  /// that is or holds a list of objects.
  private func isSpread(_ value: JSON, _ depth: Int) -> Bool {
    guard isPretty, depth <= JSONWriter.spreadDepth else { return false }
    switch value {
    case .object(let members):
      return depth == 0 || members.contains { isSpread($0.value, depth + 1) }
    case .array(let elements):
      if case .object? = elements.first { return depth > 0 }
      return false
    default: return false
    }
  }

  private mutating func breakLine(_ depth: Int) {
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<(2 * depth) { bytes.append(UInt8(ascii: " ")) }
  }

  private mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x0A: append("\\n")
      case 0x0D: append("\\r")
      case 0x09: append("\\t")
      case 0..<0x20: append((byte < 16 ? "\\u000" : "\\u00") + String(byte, radix: 16))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
