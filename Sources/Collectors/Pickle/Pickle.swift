/// What a pickle of plain values holds.
///
/// Containers lie in one table and are referred to by position: a pickle may refer to a list many
/// times, and even from inside itself, without a tree that grows or never ends.
struct Pickle {
  /// One value.
  enum Value {
    case none
    case boolean(Bool)
    case integer(Int)
    case real(Double)
    case text(String)
    /// Bytes, of which only the number is kept.
    case bytes(Int)
    /// A list or a tuple, as a position in `lists`.
    case list(Int)
    /// A dictionary, as a position in `dictionaries`.
    case dictionary(Int)
  }

  /// The value that the whole pickle stands for.
  var root = Value.none
  /// The elements of each list.
  var lists: [[Value]] = []
  /// The keys and values of each dictionary, in turn and in the order of the file.
  var dictionaries: [[Value]] = []

  /// How many keys a dictionary may have to be searched.
  static let searchedKeys = 64

  /// Returns the value of a key; nil without it, if the value isn't a dictionary, or if the dictionary
  /// has more than `searchedKeys` keys.
  func member(_ key: String, of value: Value) -> Value? {
    guard case .dictionary(let position) = value else { return nil }
    let entries = dictionaries[position]
    guard entries.count <= 2 * Pickle.searchedKeys else { return nil }
    var found: Value?
    for index in stride(from: 0, to: entries.count, by: 2) {
      if case .text(key) = entries[index] { found = entries[index + 1] }
    }
    return found
  }

  /// Returns the elements of a list; nil for another value.
  func elements(of value: Value) -> [Value]? {
    if case .list(let position) = value { lists[position] } else { nil }
  }
}

extension Pickle.Value {
  /// The whole number; nil for another value.
  var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  /// The text; nil for another value.
  var text: String? { if case .text(let value) = self { value } else { nil } }

  /// What kind of value it is, as messages say it.
  var kind: String {
    switch self {
    case .none: "None"
    case .boolean: "a truth value"
    case .integer: "a whole number"
    case .real: "a real number"
    case .text: "a text"
    case .bytes: "bytes"
    case .list: "a list"
    case .dictionary: "a dictionary"
    }
  }
}
