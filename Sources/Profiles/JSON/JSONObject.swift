/// An object whose keys were checked.
package struct JSONObject: Sendable {
  /// Where the object stands.
  package let path: JSONPath
  /// The members in the order of the text.
  package let members: [JSON.Member]
  /// The known keys that a wrong key was probably meant to be. Their absence is no fault of its own.
  let misspelt: [String]

  /// The value of a key, if it is there.
  package subscript(key: String) -> JSON? { members.first { $0.key == key }?.value }
}

extension JSONReader {
  /// Checks the keys of an object: each known, none twice. Keys that start with `x_` are notes of
  /// other programs and pass.
  ///
  /// - Parameters:
  ///   - owner: What has these keys, such as `an operator`.
  ///   - later: Keys that the format defines but this version doesn't read.
  package mutating func object(
    _ value: JSON, at path: JSONPath, of owner: String, keys: [String], later: [String] = []
  ) -> JSONObject? {
    guard case .object(let members) = value else {
      faults.add(
        path, "\(value.shown) is not an object", "write an object with the keys of \(owner)")
      return nil
    }
    var seen: UInt64 = 0
    var notes: Set<String> = []
    var misspelt: [String] = []
    for member in members {
      let key = member.key
      if let index = keys.firstIndex(of: key) {
        if seen & (1 << index) != 0 { addDuplicate(key, at: path) }
        seen |= 1 << index
      } else if key.hasPrefix("x_") {
        if !notes.insert(key).inserted { addDuplicate(key, at: path) }
      } else if later.contains(key) {
        faults.add(
          path[key], "this version of planner doesn't read this section",
          "remove it or call it x_\(key)")
      } else if faults.count < Fault.listed, let nearest = NearestKey.find(key, among: keys) {
        misspelt.append(nearest.key)
        faults.add(path[key], "\(owner) has no key \(JSON.quoted(key))", nearest.advice)
      } else {
        faults.add(
          path[key], "\(owner) has no key \(JSON.quoted(key))",
          "use one of \(keys.joined(separator: ", ")), or a name that starts with x_")
      }
    }
    return JSONObject(path: path, members: members, misspelt: misspelt)
  }

  private mutating func addDuplicate(_ key: String, at path: JSONPath) {
    faults.add(path[key], "the key stands twice in one object", "keep one of the two")
  }
}
