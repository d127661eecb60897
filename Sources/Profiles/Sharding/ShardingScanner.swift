/// Reads JSON byte by byte into flat lists, without a tree of its values.
///
/// Faults name the byte where the text is no JSON, and the path of the value elsewhere.
package struct ShardingScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  /// How deep values that are not read may be nested.
  private let deepest = InputLimits.current[.depth]

  /// Creates a scanner over a text that outlives it.
  package init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    // A byte order mark is no part of the text.
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
  }

  // MARK: - Structure

  /// Reads an object; the handler reads the value of each key.
  package mutating func object(
    at path: JSONPath, _ read: (inout ShardingScanner, String) throws(Fault) -> Void
  ) throws(Fault) {
    guard next() == UInt8(ascii: "{") else { throw wrong(path, "is not an object", "an object") }
    position += 1
    if next() == UInt8(ascii: "}") {
      position += 1
      return
    }
    var seen: Set<String> = []
    while true {
      _ = next()
      let key = try text(at: path)
      guard seen.insert(key).inserted else {
        throw Fault(
          place: path[key].description, problem: "the key stands twice in one object",
          remedy: "keep one of the two")
      }
      try expect(UInt8(ascii: ":"))
      try read(&self, key)
      if try isLast(UInt8(ascii: "}")) { return }
    }
  }

  /// Throws unless only blanks are left.
  package mutating func end() throws(Fault) {
    if next() != nil { throw syntax("something follows the value") }
  }

  /// Reads a list of lists of whole numbers.
  package mutating func table(
    at path: JSONPath, in range: ClosedRange<Int>
  ) throws(Fault) -> ShardingTable<Int> {
    var table = ShardingTable<Int>()
    try array(at: { path }) { (scanner, row) throws(Fault) in
      let begin = table.values.count
      try scanner.array(at: { path[row] }) { (scanner, _) throws(Fault) in
        let first = table.values.count - begin
        table.values.append(try scanner.integer(at: { path[row][first] }, in: range))
      }
      table.endList()
    }
    return table
  }

  /// Reads a list of texts.
  package mutating func texts(at path: JSONPath) throws(Fault) -> [String] {
    var texts: [String] = []
    try array(at: { path }) { (scanner, index) throws(Fault) in
      _ = scanner.next()
      texts.append(try scanner.text(at: path[index]))
    }
    return texts
  }

  /// Reads a list of lists of texts.
  package mutating func textTable(at path: JSONPath) throws(Fault) -> ShardingTable<String> {
    var table = ShardingTable<String>()
    try array(at: { path }) { (scanner, row) throws(Fault) in
      table.values += try scanner.texts(at: path[row])
      table.endList()
    }
    return table
  }

  /// Passes over a value of any kind.
  package mutating func skip(depth: Int = 0) throws(Fault) {
    guard depth < deepest else {
      throw syntax("values are nested too deeply; \(InputLimits.raise(.depth))")
    }
    switch next() {
    case UInt8(ascii: "{"):
      try object(at: .root) { (scanner, _) throws(Fault) in try scanner.skip(depth: depth + 1) }
    case UInt8(ascii: "["):
      try array(at: { .root }) { (scanner, _) throws(Fault) in try scanner.skip(depth: depth + 1) }
    case UInt8(ascii: "\""): _ = try text(at: .root)
    case nil: throw syntax("the text ends too early")
    default:
      let word = token()
      if !["true", "false", "null"].contains(word), Double(word) == nil {
        throw syntax("\(JSON.quoted(word)) is no value")
      }
    }
  }

  private mutating func array(
    at path: () -> JSONPath, _ read: (inout ShardingScanner, Int) throws(Fault) -> Void
  ) throws(Fault) {
    guard next() == UInt8(ascii: "[") else { throw wrong(path(), "is not an array", "an array") }
    position += 1
    if next() == UInt8(ascii: "]") {
      position += 1
      return
    }
    var index = 0
    repeat {
      try read(&self, index)
      index += 1
    } while try !isLast(UInt8(ascii: "]"))
  }

  // MARK: - Values

  /// Reads a whole number; `1.0` and `1e18` are whole numbers too.
  package mutating func integer(
    at path: () -> JSONPath, in range: ClosedRange<Int>
  ) throws(Fault) -> Int {
    _ = next()
    let begin = position
    var value = 0
    // Eighteen digits fit in any case; what is longer goes the slow way.
    while position < bytes.count, position - begin < 18 {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      value = value &* 10 &+ Int(digit)
      position += 1
    }
    let follows = position < bytes.count ? bytes[position] : UInt8(ascii: " ")
    let isPlain =
      follows == UInt8(ascii: ",") || follows == UInt8(ascii: "]") || follows == UInt8(ascii: "}")
      || follows <= UInt8(ascii: " ")
    if position > begin && isPlain && (position - begin == 1 || bytes[begin] != UInt8(ascii: "0")) {
      if range.contains(value) { return value }
    } else {
      position = begin
      value = try longInteger(at: path)
      if range.contains(value) { return value }
    }
    throw Fault(
      place: path().description, problem: "\(value) is out of range",
      remedy: "write a number from \(range.lowerBound) to \(range.upperBound)")
  }

  private mutating func longInteger(at path: () -> JSONPath) throws(Fault) -> Int {
    switch next() {
    case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): break
    case nil: throw syntax("the text ends too early")
    default: throw wrong(path(), "is not a number", "a whole number")
    }
    let word = token()
    if let value = Int(word), isNumeral(word) { return value }
    guard isNumeral(word), let value = Double(word) else {
      throw syntax("\(JSON.quoted(word)) is no number")
    }
    guard value == value.rounded() else {
      throw Fault(
        place: path().description, problem: "\(word.prefix(40)) is not a whole number",
        remedy: "round it")
    }
    guard let whole = Int(exactly: value) else {
      throw Fault(
        place: path().description, problem: "\(word.prefix(40)) is too large",
        remedy: "write \(ShardingInstance.infinity) for infinity")
    }
    return whole
  }

  /// Whether a word has the form of JSON's numbers: no plus sign or zero in front.
  private func isNumeral(_ word: String) -> Bool {
    let digits = word.hasPrefix("-") ? word.dropFirst() : word[...]
    guard let first = digits.utf8.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9")
    else { return false }
    let second = digits.utf8.dropFirst().first ?? UInt8(ascii: ".")
    return first != UInt8(ascii: "0") || !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(second)
  }

  /// Reads a text.
  package mutating func text(at path: JSONPath) throws(Fault) -> String {
    guard next() == UInt8(ascii: "\"") else { throw wrong(path, "is not a text", "a text") }
    let begin = position
    position += 1
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] < 0x20 { throw syntax("a control character stands in a text") }
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard position < bytes.count else {
      position = bytes.count
      throw syntax("a text has no end")
    }
    position += 1
    // Escapes and encodings are the business of the reader of whole texts.
    let quoted = Array(bytes[begin..<position])
    do {
      if case .string(let text) = try JSONScanner.parse(quoted) { return text }
    } catch {
      position = begin
      throw syntax(error.fault.problem)
    }
    throw syntax("no text")
  }

  // MARK: - Bytes

  /// The next byte that is no blank, which stays the next.
  private mutating func next() -> UInt8? {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      position += 1
    }
    return nil
  }

  private mutating func expect(_ byte: UInt8) throws(Fault) {
    guard next() == byte else {
      throw syntax("\(JSON.quoted(String(UnicodeScalar(byte)))) is missing")
    }
    position += 1
  }

  /// Passes a comma, or the end of a list.
  private mutating func isLast(_ close: UInt8) throws(Fault) -> Bool {
    switch next() {
    case close:
      position += 1
      return true
    case UInt8(ascii: ","):
      position += 1
      return false
    case nil: throw syntax("the text ends too early")
    default: throw syntax("a comma or \(JSON.quoted(String(UnicodeScalar(close)))) is missing")
    }
  }

  /// Takes all up to the next separator.
  private mutating func token() -> String {
    let begin = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"), 0...0x20:
        return String(decoding: bytes[begin..<position], as: UTF8.self)
      default: position += 1
      }
    }
    return String(decoding: bytes[begin..<position], as: UTF8.self)
  }

  private func wrong(_ path: JSONPath, _ problem: String, _ remedy: String) -> Fault {
    if position >= bytes.count { return syntax("the text ends too early") }
    return Fault(
      place: path.description, problem: "what stands there (byte \(position + 1)) \(problem)",
      remedy: "write \(remedy)")
  }

  private func syntax(_ problem: String) -> Fault {
    Fault(
      place: "byte \(position + 1)", problem: "the text is no JSON: \(problem)",
      remedy: "check that the file is complete")
  }
}
