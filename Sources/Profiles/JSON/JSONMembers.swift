/// The members of an object under construction; nil adds none.
package struct JSONMembers {
  private var list: [JSON.Member] = []

  /// Creates an object without members.
  package init() {}

  /// Adds a member at the end.
  package mutating func add(_ key: String, _ value: JSON?) {
    if let value { list.append(JSON.Member(key: key, value: value)) }
  }

  /// The object.
  package var object: JSON { .object(list) }
}
