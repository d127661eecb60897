/// Writes pickles of protocol 4 for tests.
struct PickleWriter {
  /// A value to write.
  indirect enum Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
  {
    case integer(Int)
    case text(String)
    case list([Value])
    case dictionary([(String, Value)])

    init(integerLiteral value: Int) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(arrayLiteral elements: Value...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, Value)...) { self = .dictionary(elements) }
  }

  private var bytes: [UInt8] = [0x80, 4]

  /// Returns the pickle of a value.
  static func pickle(_ value: Value) -> [UInt8] {
    var writer = PickleWriter()
    writer.write(value)
    return writer.bytes + [UInt8(ascii: ".")]
  }

  private mutating func write(_ value: Value) {
    switch value {
    case .integer(let number):
      bytes += [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    case .text(let text):
      bytes += [0x8C, UInt8(text.utf8.count)] + Array(text.utf8) + [0x94]
    case .list(let elements):
      bytes += Array("](".utf8)
      for element in elements { write(element) }
      bytes.append(UInt8(ascii: "e"))
    case .dictionary(let members):
      bytes += Array("}(".utf8)
      for (key, member) in members {
        write(.text(key))
        write(member)
      }
      bytes.append(UInt8(ascii: "u"))
    }
  }
}
