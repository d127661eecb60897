/// A string or a number of a JSON text, as it stands there.
///
/// Valid as long as the text's bytes are; the readers copy what they keep.
struct JSONText {
  let bytes: UnsafeBufferPointer<UInt8>
  let hasEscapes: Bool

  /// Whether the text is exactly this.
  static func == (text: JSONText, name: StaticString) -> Bool {
    text.bytes.count == name.utf8CodeUnitCount
      && name.withUTF8Buffer { text.bytes.elementsEqual($0) }
  }

  /// Lets a `switch` compare keys.
  static func ~= (name: StaticString, text: JSONText) -> Bool { text == name }

  /// The text; escapes other than `\"`, `\\` and `\/` stay as they are written.
  var string: String {
    guard hasEscapes else { return String(decoding: bytes, as: UTF8.self) }
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count,
        JSONText.simple.contains(bytes[index + 1])
      {
        index += 1
      }
      plain.append(bytes[index])
      index += 1
    }
    return String(decoding: plain, as: UTF8.self)
  }

  private static let simple = [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/")]

  /// The whole number, decimal or with `0x`; nil if the text is none or doesn't fit.
  var integer: Int? {
    if bytes.starts(with: "0x".utf8) { return Int(string.dropFirst(2), radix: 16) }
    guard let first = bytes.first else { return nil }
    let isNegative = first == UInt8(ascii: "-")
    var value = 0
    var digits = 0
    for byte in bytes.dropFirst(isNegative ? 1 : 0) {
      let digit = byte &- UInt8(ascii: "0")
      guard digit < 10 else { return whole }
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = scaled.addingReportingOverflow(Int(digit))
      if overflow || carry { return nil }
      value = sum
      digits += 1
    }
    return digits == 0 ? nil : (isNegative ? -value : value)
  }

  /// The number if it is whole but written with a point or an exponent.
  private var whole: Int? { Double(string).flatMap { Int(exactly: $0) } }

  /// A time in microseconds as whole nanoseconds, exact: a `Double` can't hold the date and the
  /// nanosecond together.
  var nanoseconds: Int? {
    var value = 0
    var index = 0
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative { index = 1 }
    var decimals = -1
    var digits = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "."), decimals < 0 {
        decimals = 0
        continue
      }
      let digit = byte &- UInt8(ascii: "0")
      guard digit < 10 else { return roundedNanoseconds }
      digits += 1
      if decimals >= 3 { continue }
      if decimals >= 0 { decimals += 1 }
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = scaled.addingReportingOverflow(Int(digit))
      if overflow || carry { return nil }
      value = sum
    }
    guard digits > 0 else { return nil }
    for _ in max(decimals, 0)..<3 {
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = scaled
    }
    return isNegative ? -value : value
  }

  private var roundedNanoseconds: Int? {
    Double(string).flatMap { Int(exactly: ($0 * 1e3).rounded()) }
  }
}
