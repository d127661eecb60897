/// Reads JSON (RFC 8259) from UTF-8 bytes.
///
/// Written by hand because every fault of a file shall be told with its place: Foundation's readers
/// lose duplicate keys and the difference between 1 and 1.0, and give no path for a number
/// that doesn't fit.
package struct JSONScanner {
  private let bytes: [UInt8]
  private var position = 0
  private var valueCount = 0
  private let deepest = InputLimits.current[.depth]
  private let mostValues = InputLimits.current[.values]
  /// The elements of the arrays that are still open, and the members of the open objects.
  private var elements: [JSON] = []
  private var members: [JSON.Member] = []

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Returns the value that a text holds.
  package static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSON {
    var scanner = JSONScanner(bytes)
    return try scanner.document()
  }

  private mutating func document() throws(JSONSyntaxError) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    if UTF16.begins(bytes) {
      throw fault("the text is UTF-16", "save it as UTF-8")
    }
    skipBlanks()
    if position == bytes.count { throw fault("the text is empty", "write one JSON object") }
    let value = try value(depth: 0)
    skipBlanks()
    guard position == bytes.count else {
      throw fault("\(found) stands after the end of the JSON text", "remove it")
    }
    return value
  }

  // MARK: - Values

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSON {
    valueCount += 1
    guard valueCount <= mostValues else {
      throw fault("the text holds too many values", "split it up; \(InputLimits.raise(.values))")
    }
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw unexpected("a value")
    }
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSON {
    try open(depth: depth)
    if current == UInt8(ascii: "}") {
      position += 1
      return .object([])
    }
    let first = members.count
    while true {
      guard current == UInt8(ascii: "\"") else { throw unexpected("a key in quotation marks") }
      let key = try string()
      skipBlanks()
      guard current == UInt8(ascii: ":") else { throw unexpected("\":\" after a key") }
      position += 1
      skipBlanks()
      members.append(JSON.Member(key: key, value: try value(depth: depth + 1)))
      guard try goesOn(until: UInt8(ascii: "}")) else { break }
    }
    defer { members.removeSubrange(first...) }
    return .object(Array(members[first...]))
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSON {
    try open(depth: depth)
    if current == UInt8(ascii: "]") {
      position += 1
      return .array([])
    }
    let first = elements.count
    while true {
      elements.append(try value(depth: depth + 1))
      guard try goesOn(until: UInt8(ascii: "]")) else { break }
    }
    defer { elements.removeSubrange(first...) }
    return .array(Array(elements[first...]))
  }

  private mutating func open(depth: Int) throws(JSONSyntaxError) {
    guard depth < deepest else {
      throw fault(
        "more than \(deepest) levels of nesting",
        "flatten the value; \(InputLimits.raise(.depth))")
    }
    position += 1
    skipBlanks()
  }

  /// Passes a comma, or the end of an array or object, for which the answer is false.
  private mutating func goesOn(until end: UInt8) throws(JSONSyntaxError) -> Bool {
    skipBlanks()
    if current == end {
      position += 1
      return false
    }
    guard current == UInt8(ascii: ",") else {
      throw unexpected("\",\" or \"\(Character(Unicode.Scalar(end)))\"")
    }
    let comma = position
    position += 1
    skipBlanks()
    if current == end {
      position = comma
      throw fault("a comma stands before the end", "remove it")
    }
    return true
  }

  private mutating func word(_ text: StaticString, _ value: JSON) throws(JSONSyntaxError) -> JSON {
    let matches = text.withUTF8Buffer { bytes[position...].starts(with: $0) }
    guard matches else { throw unexpected("a value") }
    position += text.utf8CodeUnitCount
    return value
  }

  // MARK: - Numbers

  private mutating func number() throws(JSONSyntaxError) -> JSON {
    let start = position
    let isNegative = current == UInt8(ascii: "-")
    if isNegative { position += 1 }
    var digits: UInt64 = 0
    var isExact = true  // whether `digits` holds all digits
    var scale = 0
    let leading = current
    let whole = digitRun(&digits, &isExact)
    guard whole > 0 else { throw unexpected("a digit") }
    if leading == UInt8(ascii: "0") && whole > 1 {
      position = start
      throw fault("a number begins with 0", "remove the leading zeros")
    }
    var isInteger = true
    if current == UInt8(ascii: ".") {
      position += 1
      isInteger = false
      let fraction = digitRun(&digits, &isExact)
      guard fraction > 0 else { throw unexpected("a digit after the point") }
      scale = -fraction
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      position += 1
      isInteger = false
      let isSmall = current == UInt8(ascii: "-")
      if isSmall || current == UInt8(ascii: "+") { position += 1 }
      var exponent: UInt64 = 0
      var fits = true
      guard digitRun(&exponent, &fits) > 0 else { throw unexpected("a digit of the exponent") }
      fits = fits && exponent < 10_000
      isExact = isExact && fits
      if fits { scale += isSmall ? -Int(exponent) : Int(exponent) }
    }
    if isInteger && isExact {
      if isNegative && digits == UInt64(Int.max) + 1 { return .integer(Int.min) }
      if digits <= UInt64(Int.max) { return .integer(isNegative ? -Int(digits) : Int(digits)) }
    }
    // Up to 2^53 and 10^22 both factors are exact, so one rounding gives the nearest number
    // (Clinger 1990).
    if isExact && digits <= 1 << 53 && scale.magnitude < JSONScanner.powersOfTen.count {
      let power = JSONScanner.powersOfTen[Int(scale.magnitude)]
      let value = scale < 0 ? Double(digits) / power : Double(digits) * power
      return .number(isNegative ? -value : value)
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    return .number(Double(text) ?? (isNegative ? -.infinity : .infinity))
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// Passes digits and appends them to a value; answers how many there were.
  private mutating func digitRun(_ value: inout UInt64, _ isExact: inout Bool) -> Int {
    let start = position
    while position < bytes.count {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(UInt64(digit))
      if overflow || carry { isExact = false }
      value = sum
      position += 1
    }
    return position - start
  }

  // MARK: - Strings

  private mutating func string() throws(JSONSyntaxError) -> String {
    let start = position
    position += 1
    var hasEscapes = false
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      let byte = bytes[position]
      if byte < 0x20 { throw fault("a control character in a string", "write it as \\u00XX") }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        position += 1
      }
      position += 1
    }
    guard position < bytes.count else {
      position = bytes.count
      throw unexpected("the end of a string")
    }
    let content = bytes[(start + 1)..<position]
    position += 1
    let text =
      hasEscapes
      ? String(validating: try unescaped(content), as: UTF8.self)
      : String(validating: content, as: UTF8.self)
    guard let text else {
      position = start
      throw fault("the string is not valid UTF-8", "save the text as UTF-8")
    }
    return text
  }

  private func unescaped(_ content: ArraySlice<UInt8>) throws(JSONSyntaxError) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(content.count)
    var index = content.startIndex
    while index < content.endIndex {
      guard content[index] == UInt8(ascii: "\\") else {
        result.append(content[index])
        index += 1
        continue
      }
      let escape = index
      index += 2  // an escape never ends a string: the quotation mark would belong to it
      switch content[escape + 1] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
        result.append(content[escape + 1])
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "u"):
        let scalar = try unicodeScalar(content, &index, escape: escape)
        result.append(contentsOf: Character(scalar).utf8)
      default:
        throw JSONSyntaxError(
          at: escape, of: bytes, "an unknown escape in a string", "write a backslash as \\\\")
      }
    }
    return result
  }

  /// Reads four hexadecimal digits at `index`, and a second escape for the other half of a surrogate
  /// pair.
  private func unicodeScalar(
    _ content: ArraySlice<UInt8>, _ index: inout Int, escape: Int
  ) throws(JSONSyntaxError) -> Unicode.Scalar {
    guard var code = hexadecimal(content, index) else {
      throw JSONSyntaxError(
        at: escape, of: bytes, "\\u without four hexadecimal digits", "write \\u00XX")
    }
    index += 4
    let isPair =
      0xD800...0xDBFF ~= code
      && content[index...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
    if isPair, let low = hexadecimal(content, index + 2), 0xDC00...0xDFFF ~= low {
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      index += 6
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw JSONSyntaxError(
        at: escape, of: bytes, "half a surrogate pair in a string", "write both halves")
    }
    return scalar
  }

  private func hexadecimal(_ content: ArraySlice<UInt8>, _ start: Int) -> UInt32? {
    guard start + 4 <= content.endIndex else { return nil }
    var code: UInt32 = 0
    for byte in content[start..<(start + 4)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        return nil
      }
      code = code << 4 + UInt32(digit)
    }
    return code
  }

  // MARK: - Places

  /// The byte at the position; 0, which no rule expects, past the end.
  private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  /// What stands at the position, as a message shows it.
  private var found: String {
    let byte = current
    if byte == UInt8(ascii: "\"") { return "a quotation mark" }
    if byte >= 0x21 && byte < 0x7F { return "\"\(Character(Unicode.Scalar(byte)))\"" }
    return "the byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  private func unexpected(_ expected: String) -> JSONSyntaxError {
    if position >= bytes.count {
      return fault("the text ends where \(expected) should stand", "check that it is complete")
    }
    for name in ["NaN", "Infinity", "-Infinity", "nan", "inf", "-inf"]
    where bytes[position...].starts(with: name.utf8) {
      return fault("\(name) is not a JSON number", "write a number, or leave the key out")
    }
    return fault("\(found) stands where \(expected) should stand", "correct the text")
  }

  private func fault(_ problem: String, _ remedy: String) -> JSONSyntaxError {
    JSONSyntaxError(at: position, of: bytes, problem, remedy)
  }
}
