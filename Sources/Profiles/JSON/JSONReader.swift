/// Turns a JSON tree into values and collects what is wrong with it.
///
/// Every function answers nil where it adds a fault, so that reading goes on and finds the next one.
package struct JSONReader: Sendable {
  /// What was found so far.
  package var faults = FaultList()

  /// Creates a reader.
  package init() {}

  /// What a value should be, as messages call it.
  package enum Expected: String, Sendable {
    case text = "a text"
    case name = "a name"
    case boolean = "true or false"
    case count = "a whole number"
    case bytes = "a whole number of bytes"
    case microseconds = "a number of microseconds"
    case rate = "a number of 10⁹ bytes per second"
    case number = "a number"
    case array = "an array"
    case object = "an object"
  }

  // MARK: - Members

  /// Returns a member that has to be there.
  package mutating func required(
    _ key: String, in object: JSONObject, _ expected: Expected
  ) -> JSON? {
    if let value = object[key] { return value }
    if !object.misspelt.contains(key) {
      faults.add(object.path[key], "the key is missing", "add \(expected.rawValue)")
    }
    return nil
  }

  /// Returns a text that has to be there.
  package mutating func requiredText(
    _ key: String, in object: JSONObject, _ expected: Expected = .name
  ) -> String? {
    required(key, in: object, expected).flatMap { text($0, at: object.path[key], expected) }
  }

  /// Returns a whole number that has to be there.
  package mutating func requiredInteger(
    _ key: String, in object: JSONObject, _ expected: Expected
  ) -> Int? {
    required(key, in: object, expected).flatMap { integer($0, at: object.path[key], expected) }
  }

  /// Returns a number that has to be there.
  package mutating func requiredNumber(
    _ key: String, in object: JSONObject, _ expected: Expected
  ) -> Double? {
    required(key, in: object, expected).flatMap { number($0, at: object.path[key], expected) }
  }

  /// Returns one of some words that has to be there.
  package mutating func requiredCase<Word: RawRepresentable<String> & CaseIterable>(
    _ key: String, in object: JSONObject, of type: Word.Type
  ) -> Word? {
    required(key, in: object, .name).flatMap { word($0, at: object.path[key], of: type) }
  }

  /// Returns a text, if it is there.
  package mutating func text(
    _ key: String, in object: JSONObject, _ expected: Expected = .name
  ) -> String? {
    object[key].flatMap { text($0, at: object.path[key], expected) }
  }

  /// Returns a whole number, if it is there.
  package mutating func integer(
    _ key: String, in object: JSONObject, _ expected: Expected
  ) -> Int? {
    object[key].flatMap { integer($0, at: object.path[key], expected) }
  }

  /// Returns a number, if it is there.
  package mutating func number(
    _ key: String, in object: JSONObject, _ expected: Expected
  ) -> Double? {
    object[key].flatMap { number($0, at: object.path[key], expected) }
  }

  /// Returns true or false, if it is there.
  package mutating func boolean(_ key: String, in object: JSONObject) -> Bool? {
    switch object[key] {
    case nil: return nil
    case .boolean(let value): return value
    case .some(let value):
      addWrongType(value, at: object.path[key], .boolean)
      return nil
    }
  }

  /// Returns the elements of an array read one by one, if the array is there; elements with faults are
  /// left out.
  package mutating func array<Element>(
    _ key: String, in object: JSONObject,
    _ read: (inout JSONReader, JSON, JSONPath) -> Element?
  ) -> [Element]? {
    guard let value = object[key] else { return nil }
    let path = object.path[key]
    guard case .array(let elements) = value else {
      addWrongType(value, at: path, .array)
      return nil
    }
    var result: [Element] = []
    result.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      if let element = read(&self, element, path[index]) { result.append(element) }
    }
    return result
  }

  /// Returns an array of names, if it is there.
  package mutating func names(_ key: String, in object: JSONObject) -> [String]? {
    array(key, in: object) { $0.text($1, at: $2, .name) }
  }

  // MARK: - Values

  /// Returns the text that a value holds.
  package mutating func text(_ value: JSON, at path: JSONPath, _ expected: Expected) -> String? {
    if case .string(let text) = value { return text }
    addWrongType(value, at: path, expected)
    return nil
  }

  /// Returns the word that a value holds.
  package mutating func word<Word: RawRepresentable<String> & CaseIterable>(
    _ value: JSON, at path: JSONPath, of type: Word.Type
  ) -> Word? {
    if case .string(let text) = value, let word = Word(rawValue: text) { return word }
    faults.add(
      path, "\(value.shown) is not one of the words known here",
      "use " + Word.allCases.map(\.rawValue).joined(separator: ", "))
    return nil
  }

  /// Returns the whole number that a value holds. `1.0` and `4e9` are whole numbers too.
  package mutating func integer(_ value: JSON, at path: JSONPath, _ expected: Expected) -> Int? {
    switch value {
    case .integer(let value): return value
    case .number(let value) where value.magnitude > 0x1p53:
      faults.add(
        path, "\(JSON.number(value).shown) is too large for \(expected.rawValue)", "check the unit")
    case .number(let value) where value == value.rounded():
      return Int(value)
    case .number:
      faults.add(
        path, "\(value.shown) is not \(expected.rawValue)",
        expected == .bytes ? "round it up" : "round it")
    default: addWrongType(value, at: path, expected)
    }
    return nil
  }

  /// Returns the number that a value holds.
  package mutating func number(_ value: JSON, at path: JSONPath, _ expected: Expected) -> Double? {
    switch value {
    case .integer(let value): return Double(value)
    case .number(let value) where value.isFinite: return value
    case .number:
      faults.add(
        path, "\(value.shown) is too large for \(expected.rawValue)", "check the unit")
    default: addWrongType(value, at: path, expected)
    }
    return nil
  }

  private mutating func addWrongType(_ value: JSON, at path: JSONPath, _ expected: Expected) {
    let remedy =
      switch value {
      case .null: "leave the key out if it is unknown"
      case .string(let text) where Double(text) != nil: "write the number without quotation marks"
      default: "write \(expected.rawValue)"
      }
    faults.add(path, "\(value.shown) is not \(expected.rawValue)", remedy)
  }
}
