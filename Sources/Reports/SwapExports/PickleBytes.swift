/// Writes plain values as a pickle of protocol 2.
struct PickleBytes {
  /// A value.
  indirect enum Value {
    case integer(Int)
    case boolean(Bool)
    case text(String)
    case list([Value])
    /// Members in this order.
    case dictionary([(String, Value)])
  }

  private var bytes: [UInt8] = [0x80, 2]

  /// Returns the pickle of a value.
  static func pickle(_ value: Value) -> [UInt8] {
    var writer = PickleBytes()
    writer.write(value)
    return writer.bytes + [UInt8(ascii: ".")]
  }

  private mutating func write(_ value: Value) {
    switch value {
    case .integer(let number):
      if let small = Int32(exactly: number) {
        bytes.append(UInt8(ascii: "J"))
        append(Int(small), bytes: 4)
      } else {
        bytes += [0x8A, 8]  // LONG1
        append(number, bytes: 8)
      }
    case .boolean(let isTrue): bytes.append(isTrue ? 0x88 : 0x89)
    case .text(let text):
      bytes.append(UInt8(ascii: "X"))
      append(text.utf8.count, bytes: 4)
      bytes += text.utf8
    case .list(let elements):
      bytes += "](".utf8
      for element in elements { write(element) }
      bytes.append(UInt8(ascii: "e"))
    case .dictionary(let members):
      bytes += "}(".utf8
      for (key, member) in members {
        write(.text(key))
        write(member)
      }
      bytes.append(UInt8(ascii: "u"))
    }
  }

  private mutating func append(_ number: Int, bytes count: Int) {
    for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
  }
}
