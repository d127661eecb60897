import Profiles

/// Reads pickles of protocol 2 to 5 that state plain values, and runs nothing.
///
/// The reader keeps a stack and a memo as Python's does. It knows no instruction that imports a name
/// or calls a function. Time is linear in the file.
struct PickleReader {
  private let file: String
  private let bytes: [UInt8]
  private var position = 0
  /// Where the current instruction begins.
  private var start = 0
  private var stack: [Pickle.Value] = []
  private var marks: [Int] = []
  private var memo: [Int: Pickle.Value] = [:]
  private var valueCount = 0
  private let mostValues = InputLimits.current[.values]
  private let mostContainers = InputLimits.current[.containers]
  private var pickle = Pickle()

  /// Returns what a pickle states.
  ///
  /// - Throws: `unsupported` with the instruction and its byte for one that would run code, and
  ///   `malformed` for a pickle that is damaged.
  static func read(_ source: SourceFile) throws(CollectorError) -> Pickle {
    var reader = PickleReader(file: source.name, bytes: source.bytes)
    try reader.run()
    return reader.pickle
  }

  private init(file: String, bytes: [UInt8]) {
    self.file = file
    self.bytes = bytes
  }

  private mutating func run() throws(CollectorError) {
    guard bytes.first == Opcode.protocolVersion.rawValue else {
      throw .malformed(
        file: file, problem: "it doesn't begin as a pickle of protocol 2 or later; is it one?")
    }
    while true {
      start = position
      let code = try byte()
      guard let opcode = Opcode(rawValue: code) else { throw unknown(code) }
      if opcode == .stop {
        pickle.root = try pop()
        return
      }
      try run(opcode)
    }
  }

  // MARK: Instructions

  private mutating func run(_ opcode: Opcode) throws(CollectorError) {
    switch opcode {
    case .protocolVersion:
      let version = try byte()
      guard 2...5 ~= version else { throw damaged("protocol \(version), not 2 to 5") }
    case .frame: _ = try integer(8)
    case .stop: break
    case .none: try push(.none)
    case .newTrue: try push(.boolean(true))
    case .newFalse: try push(.boolean(false))
    case .binaryInteger: try push(.integer(Int(Int32(truncatingIfNeeded: try integer(4)))))
    case .binaryInteger1: try push(.integer(try integer(1)))
    case .binaryInteger2: try push(.integer(try integer(2)))
    case .long1: try push(.integer(try signed(try integer(1))))
    case .long4: try push(.integer(try signed(try integer(4))))
    case .binaryFloat: try push(.real(try real()))
    case .shortBinaryText: try push(.text(try text(try integer(1))))
    case .binaryText: try push(.text(try text(try integer(4))))
    case .binaryText8: try push(.text(try text(try integer(8))))
    case .shortBinaryBytes: try skipBytes(try integer(1))
    case .binaryBytes: try skipBytes(try integer(4))
    case .binaryBytes8: try skipBytes(try integer(8))
    case .emptyList, .emptyTuple: try pushList([])
    case .tuple1: try pushList(try pop(1))
    case .tuple2: try pushList(try pop(2))
    case .tuple3: try pushList(try pop(3))
    case .tuple: try pushList(try popToMark())
    case .emptyDictionary:
      try countContainer()
      pickle.dictionaries.append([])
      try push(.dictionary(pickle.dictionaries.count - 1))
    case .mark: marks.append(stack.count)
    case .append: try append(try pop(1))
    case .appends: try append(try popToMark())
    case .setItem: try setItems(try pop(2))
    case .setItems: try setItems(try popToMark())
    case .memoize: memo[memo.count] = try top()
    case .binaryPut: memo[try integer(1)] = try top()
    case .longBinaryPut: memo[try integer(4)] = try top()
    case .binaryGet: try push(try recalled(try integer(1)))
    case .longBinaryGet: try push(try recalled(try integer(4)))
    }
  }

  private mutating func append(_ values: [Pickle.Value]) throws(CollectorError) {
    guard case .list(let list) = try top() else {
      throw damaged("appends to \(try top().kind)")
    }
    pickle.lists[list] += values
  }

  private mutating func setItems(_ values: [Pickle.Value]) throws(CollectorError) {
    guard case .dictionary(let dictionary) = try top(), values.count.isMultiple(of: 2) else {
      throw damaged("sets \(values.count) keys and values of \(try top().kind)")
    }
    pickle.dictionaries[dictionary] += values
  }

  // MARK: Stack

  private mutating func push(_ value: Pickle.Value) throws(CollectorError) {
    valueCount += 1
    guard valueCount <= mostValues else {
      throw .tooLarge(
        file: file, place: "byte \(start)",
        problem: "the pickle states too many values; \(InputLimits.raise(.values))")
    }
    stack.append(value)
  }

  private mutating func pushList(_ values: [Pickle.Value]) throws(CollectorError) {
    try countContainer()
    pickle.lists.append(values)
    try push(.list(pickle.lists.count - 1))
  }

  private func countContainer() throws(CollectorError) {
    guard pickle.lists.count + pickle.dictionaries.count < mostContainers else {
      throw .tooLarge(
        file: file, place: "byte \(start)",
        problem: "the pickle states too many containers; \(InputLimits.raise(.containers))")
    }
  }

  /// The value on top; one below the last mark belongs to something else.
  private func top() throws(CollectorError) -> Pickle.Value {
    guard let value = stack.last, stack.count > (marks.last ?? 0) else {
      throw damaged("needs a value where there is none")
    }
    return value
  }

  private mutating func pop() throws(CollectorError) -> Pickle.Value {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws(CollectorError) -> [Pickle.Value] {
    guard stack.count - (marks.last ?? 0) >= count else {
      throw damaged("needs \(count) values where there are fewer")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(CollectorError) -> [Pickle.Value] {
    guard let mark = marks.popLast() else { throw damaged("needs a mark where there is none") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func recalled(_ index: Int) throws(CollectorError) -> Pickle.Value {
    if let value = memo[index] { return value }
    throw damaged("recalls memo \(index), which nothing was put into")
  }

  // MARK: Bytes

  private mutating func byte() throws(CollectorError) -> UInt8 {
    guard position < bytes.count else { throw truncated() }
    defer { position += 1 }
    return bytes[position]
  }

  /// Passes bytes and returns where they begin.
  private mutating func skip(_ count: Int) throws(CollectorError) -> Int {
    guard count >= 0, count <= bytes.count - position else { throw truncated() }
    defer { position += count }
    return position
  }

  private mutating func skipBytes(_ count: Int) throws(CollectorError) {
    _ = try skip(count)
    try push(.bytes(count))
  }

  /// An unsigned number, lowest byte first; one of eight bytes that doesn't fit comes out negative.
  private mutating func integer(_ width: Int) throws(CollectorError) -> Int {
    let first = try skip(width)
    return bytes[first..<(first + width)].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// A number in two's complement, lowest byte first.
  private mutating func signed(_ width: Int) throws(CollectorError) -> Int {
    guard width <= 8 else {
      throw .tooLarge(
        file: file, place: "byte \(start)", problem: "a whole number of \(width) bytes, not 8")
    }
    let value = try integer(width)
    let unused = 64 - 8 * width
    return width == 0 ? 0 : (value << unused) >> unused
  }

  private mutating func real() throws(CollectorError) -> Double {
    let first = try skip(8)
    let pattern = bytes[first..<(first + 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Double(bitPattern: pattern)
  }

  private mutating func text(_ length: Int) throws(CollectorError) -> String {
    let first = try skip(length)
    guard let text = String(validating: bytes[first..<(first + length)], as: UTF8.self) else {
      throw damaged("states a text that isn't UTF-8")
    }
    return text
  }

  // MARK: Faults

  private func unknown(_ code: UInt8) -> CollectorError {
    if let name = Opcode.refused[code] {
      return .unsupported(
        file: file, place: "byte \(start)",
        problem: "the instruction \(name) would import or call something",
        remedy: "snapshots need none of this; don't open the file with Python, and dump a new one")
    }
    if let name = Opcode.foreign[code] {
      return .unsupported(
        file: file, place: "byte \(start)", problem: "the instruction \(name) isn't known",
        remedy: "write plain values with protocol 2 to 5")
    }
    return damaged("0x\(String(code, radix: 16)) is no instruction of a pickle")
  }

  private func damaged(_ problem: String) -> CollectorError {
    .malformed(file: file, problem: "byte \(start): the pickle is damaged: \(problem)")
  }

  private func truncated() -> CollectorError {
    .malformed(
      file: file,
      problem: "byte \(start): the pickle ends in the middle of an instruction; is it complete?")
  }
}
