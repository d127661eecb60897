/// Lists of values one after the other.
package struct ShardingTable<Element: Sendable>: Sendable {
  /// Where each list begins; one more entry than lists.
  package var starts: [Int] = [0]
  /// The values of all lists.
  package var values: [Element] = []

  /// Creates a table without lists.
  package init() {}

  /// How many lists there are.
  package var count: Int { starts.count - 1 }

  /// Ends the list that the values since the last end belong to.
  package mutating func endList() { starts.append(values.count) }
}
