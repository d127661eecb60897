import Profiles

#if canImport(Glibc)
  import Glibc
#endif

/// Walks through a JSON text without building values: the caller asks for what it wants and skips
/// the rest.
///
/// Traces hold tens of megabytes of which a few per cent matter. Strings are passed with `memchr`,
/// so skipping runs at the memory's speed.
struct JSONPull {
  /// The first place at which a text can't be read.
  struct Failure: Error {
    let offset: Int
    let problem: String
    let remedy: String
  }

  /// What kind of value comes next.
  enum Kind { case object, array, string, number, word, end }

  let bytes: UnsafeBufferPointer<UInt8>
  private(set) var position = 0
  private var depth = 0
  private let deepest = InputLimits.current[.depth]
  /// Whether a value of the current array or object has been passed.
  private var isAfterValue = false

  /// Starts at the first value of a text.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  // MARK: Structure

  /// What comes next.
  mutating func kind() -> Kind {
    skipBlanks()
    switch current {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "a")...UInt8(ascii: "z"): return .word
    default: return .end
    }
  }

  mutating func openObject() throws(Failure) { try open(UInt8(ascii: "{"), "an object") }

  mutating func openArray() throws(Failure) { try open(UInt8(ascii: "["), "an array") }

  /// The next key of the open object; nil at its end, which it passes.
  mutating func nextKey() throws(Failure) -> JSONText? {
    guard try goesOn(until: UInt8(ascii: "}")) else { return nil }
    guard current == UInt8(ascii: "\"") else { throw unexpected("a key in quotation marks") }
    let key = try text()
    skipBlanks()
    guard current == UInt8(ascii: ":") else { throw unexpected("\":\" after a key") }
    position += 1
    isAfterValue = false
    return key
  }

  /// Whether the open array has another element; false at its end, which it passes.
  mutating func nextElement() throws(Failure) -> Bool {
    let more = try goesOn(until: UInt8(ascii: "]"))
    isAfterValue = false
    if !more { isAfterValue = true }
    return more
  }

  /// Checks that nothing follows the value.
  mutating func finish() throws(Failure) {
    skipBlanks()
    guard position == bytes.count else { throw unexpected("the end of the text") }
  }

  // MARK: Values

  /// Passes a string.
  mutating func string() throws(Failure) -> JSONText {
    skipBlanks()
    guard current == UInt8(ascii: "\"") else { throw unexpected("a string") }
    return try text()
  }

  /// Passes a number and returns its text.
  mutating func number() throws(Failure) -> JSONText {
    skipBlanks()
    let start = position
    while position < bytes.count, JSONPull.isNumeric(bytes[position]) { position += 1 }
    guard position > start else { throw unexpected("a number") }
    isAfterValue = true
    return JSONText(
      bytes: UnsafeBufferPointer(rebasing: bytes[start..<position]), hasEscapes: false)
  }

  /// Passes a value, whatever it is.
  mutating func skip() throws(Failure) {
    let outer = depth
    repeat {
      switch kind() {
      case .object: try open(UInt8(ascii: "{"), "an object")
      case .array: try open(UInt8(ascii: "["), "an array")
      case .string: _ = try text()
      case .number: _ = try number()
      case .word: try word()
      case .end: throw unexpected("a value")
      }
      try advance(to: outer)
    } while depth > outer
  }

  /// After a value inside a skipped one: passes what lies before the next one.
  private mutating func advance(to outer: Int) throws(Failure) {
    while depth > outer {
      skipBlanks()
      if current == UInt8(ascii: "}") || current == UInt8(ascii: "]") {
        guard closers[depth - 1] == current else { throw unexpected("another bracket") }
        close()
        continue
      }
      if isAfterValue {
        guard current == UInt8(ascii: ",") else { throw unexpectedAfterValue() }
        position += 1
        isAfterValue = false
        skipBlanks()
      }
      if closers[depth - 1] == UInt8(ascii: "}") {
        guard current == UInt8(ascii: "\"") else { throw unexpected("a key in quotation marks") }
        _ = try text()
        skipBlanks()
        guard current == UInt8(ascii: ":") else { throw unexpected("\":\" after a key") }
        position += 1
        isAfterValue = false
      }
      return
    }
  }

  private mutating func text() throws(Failure) -> JSONText {
    let start = position + 1
    guard let base = bytes.baseAddress else { throw unexpected("a string") }
    var end = start
    var hasEscapes = false
    while true {
      guard end < bytes.count,
        let found = memchr(base + end, Int32(UInt8(ascii: "\"")), bytes.count - end)
      else {
        throw Failure(
          offset: start - 1, problem: "a string begins that doesn't end",
          remedy: "check that the file is complete")
      }
      end = UnsafeRawPointer(found) - UnsafeRawPointer(base)
      var backslashes = 0
      while end - backslashes > start, base[end - backslashes - 1] == UInt8(ascii: "\\") {
        backslashes += 1
      }
      if backslashes % 2 == 0 { break }
      end += 1
    }
    if memchr(base + start, Int32(UInt8(ascii: "\\")), end - start) != nil { hasEscapes = true }
    position = end + 1
    isAfterValue = true
    return JSONText(
      bytes: UnsafeBufferPointer(start: base + start, count: end - start), hasEscapes: hasEscapes)
  }

  private mutating func word() throws(Failure) {
    for name in JSONPull.words where bytes[position...].starts(with: name.utf8) {
      position += name.utf8.count
      isAfterValue = true
      return
    }
    throw unexpected("a value")
  }

  /// The last two aren't JSON, but Python writes them, and nothing here needs their value.
  private static let words = ["true", "false", "null", "NaN", "nan", "inf"]

  // MARK: Places

  /// The brackets that end the open arrays and objects.
  private var closers: [UInt8] = []

  private mutating func open(_ bracket: UInt8, _ what: String) throws(Failure) {
    skipBlanks()
    guard current == bracket else { throw unexpected(what) }
    guard depth < deepest else {
      throw Failure(
        offset: position, problem: "more than \(deepest) levels of nesting",
        remedy: "is this a trace of the PyTorch profiler? \(InputLimits.raise(.depth))")
    }
    depth += 1
    closers.append(bracket + 2)
    position += 1
    isAfterValue = false
  }

  private mutating func close() {
    depth -= 1
    closers.removeLast()
    position += 1
    isAfterValue = true
  }

  /// Passes a comma, or the end of the open array or object, for which the answer is false.
  private mutating func goesOn(until end: UInt8) throws(Failure) -> Bool {
    skipBlanks()
    if current == end {
      close()
      return false
    }
    if isAfterValue {
      guard current == UInt8(ascii: ",") else { throw unexpectedAfterValue() }
      position += 1
      skipBlanks()
    }
    return true
  }

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

  private static func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  private func unexpected(_ wanted: String) -> Failure {
    guard position < bytes.count else {
      return Failure(
        offset: position, problem: "the text ends where \(wanted) should stand",
        remedy: "check that the file is complete")
    }
    return Failure(
      offset: position, problem: "\(shown) stands where \(wanted) should stand",
      remedy: "is this a trace of the PyTorch profiler?")
  }

  private func unexpectedAfterValue() -> Failure {
    let before = bytes[..<position].last { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    guard position < bytes.count, before == UInt8(ascii: "\"") else {
      return unexpected("a comma or a closing bracket")
    }
    return Failure(
      offset: position, problem: "\(shown) stands after the end of a string",
      remedy: "a quotation mark inside the string isn't escaped: PyTorch forgets it in names and "
        + "stacks; record without with_stack, or escape the mark")
  }

  private var shown: String {
    let byte = current
    return byte >= 0x21 && byte < 0x7F
      ? "\"\(Character(Unicode.Scalar(byte)))\"" : "the byte 0x\(String(byte, radix: 16))"
  }
}
