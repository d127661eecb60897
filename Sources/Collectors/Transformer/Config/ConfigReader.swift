import Profiles

/// Reads the values of a `config.json` and remembers which keys were read.
struct ConfigReader {
  /// The largest extent that is accepted: no model comes near it, and products of three stay exact.
  static let maximumExtent = 1 << 24

  let file: String
  private let members: [String: JSON]
  private var read: Set<String> = []

  init(_ bytes: [UInt8], file: String) throws(CollectorError) {
    self.file = file
    let json: JSON
    do {
      json = try JSONScanner.parse(bytes)
    } catch {
      throw .malformed(file: file, problem: error.fault.description)
    }
    guard case .object(let list) = json else {
      throw .malformed(
        file: file, problem: "it holds \(json.shown), not an object; is it a config.json?")
    }
    var members: [String: JSON] = [:]
    for member in list where members.updateValue(member.value, forKey: member.key) != nil {
      throw .invalid(
        file: file, place: ConfigReader.place(member.key),
        problem: "the key stands twice in one object", remedy: "keep one of the two")
    }
    self.members = members
  }

  /// The keys that no rule has read, sorted; keys without a value and notes of programs are left out.
  var unread: [String] {
    members.filter { key, value in
      value != .null && !read.contains(key) && !key.hasPrefix("_") && !key.hasPrefix("x_")
    }.keys.sorted()
  }

  /// Whether a key has a value.
  func has(_ key: String) -> Bool { value(key) != nil }

  // MARK: Values

  /// Returns a whole number; the fallback where the key is absent or null.
  mutating func count(
    _ key: String, atLeast least: Int = 1, default fallback: Int? = nil
  ) throws(CollectorError) -> Int {
    if let count = try optionalCount(key, atLeast: least) { return count }
    if let fallback { return fallback }
    throw .invalid(
      file: file, place: key, problem: "the key is missing", remedy: "add a whole number")
  }

  /// Returns a whole number; nil where the key is absent or null.
  mutating func optionalCount(
    _ key: String, atLeast least: Int = 1
  ) throws(CollectorError) -> Int? {
    read.insert(key)
    guard let value = value(key) else { return nil }
    let count: Int
    switch value {
    case .integer(let number): count = number
    case .number(let number) where number == number.rounded() && number.magnitude < 0x1p53:
      count = Int(number)
    default: throw invalid(key, value, remedy: "write a whole number")
    }
    guard count >= least else {
      throw invalid(key, value, "is too small", remedy: "write \(least) or more")
    }
    guard count <= ConfigReader.maximumExtent else {
      throw .tooLarge(
        file: file, place: ConfigReader.place(key),
        problem: "\(count) is more than \(ConfigReader.maximumExtent), which no device could hold")
    }
    return count
  }

  /// Returns true or false; the fallback where the key is absent or null.
  mutating func flag(_ key: String, default fallback: Bool) throws(CollectorError) -> Bool {
    read.insert(key)
    guard let value = value(key) else { return fallback }
    guard case .boolean(let flag) = value else {
      throw invalid(key, value, remedy: "write true or false")
    }
    return flag
  }

  /// Returns a share from 0 to below 1; 0 where the key is absent or null.
  mutating func share(_ key: String) throws(CollectorError) -> Double {
    read.insert(key)
    guard let value = value(key) else { return 0 }
    let share: Double
    switch value {
    case .integer(let number): share = Double(number)
    case .number(let number): share = number
    default: throw invalid(key, value, remedy: "write a share from 0 to below 1")
    }
    guard (0..<1).contains(share) else {
      throw invalid(key, value, "is no share", remedy: "write a share from 0 to below 1")
    }
    return share
  }

  /// Returns a text; nil where the key is absent or null.
  mutating func text(_ key: String) throws(CollectorError) -> String? {
    read.insert(key)
    guard let value = value(key) else { return nil }
    guard case .string(let text) = value else { throw invalid(key, value, remedy: "write a text") }
    return text
  }

  /// Returns the elements of an array; none where the key is absent or null.
  mutating func elements(_ key: String) throws(CollectorError) -> [JSON] {
    read.insert(key)
    guard let value = value(key) else { return [] }
    guard case .array(let elements) = value else {
      throw invalid(key, value, remedy: "write an array")
    }
    return elements
  }

  /// Marks keys as read whose values change neither shapes nor work.
  mutating func skip(_ keys: Set<String>) { read.formUnion(keys) }

  // MARK: Errors

  func unsupported(_ key: String, _ problem: String, remedy: String) -> CollectorError {
    .unsupported(file: file, place: ConfigReader.place(key), problem: problem, remedy: remedy)
  }

  func invalid(
    _ key: String, _ value: JSON, _ problem: String = "is of the wrong type", remedy: String
  ) -> CollectorError {
    .invalid(
      file: file, place: ConfigReader.place(key), problem: "\(value.shown) \(problem)",
      remedy: remedy)
  }

  private func value(_ key: String) -> JSON? { members[key].flatMap { $0 == .null ? nil : $0 } }

  private static func place(_ key: String) -> String { JSONPath.root[key].description }
}
