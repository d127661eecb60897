/// Why the items of a batch can't be told.
package struct BatchInputError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong and what to do, one fault a line.
  package let description: String

  /// Creates an error of one line.
  package init(_ description: String) {
    self.description = description
  }

  /// Creates an error of the first ten faults.
  init(_ faults: [String]) {
    var lines = Array(faults.prefix(10))
    if faults.count > lines.count { lines.append("and \(faults.count - lines.count) more") }
    description = lines.joined(separator: "\n")
  }
}
