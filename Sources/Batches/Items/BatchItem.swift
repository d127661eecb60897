/// One profile to plan, with its options.
package struct BatchItem: Sendable, Hashable {
  /// Its place in the whole input, from 1; the same in every shard.
  package var number: Int
  /// What results call it; no other item has the same.
  package var id: String
  /// The profile's path.
  package var profile: String
  /// Options of `planner solve` by name, without hyphens in front; a flag's value is `true`.
  package var options: [String: String]
  /// Where the plan goes; nil writes none.
  package var output: String?

  /// Creates an item.
  package init(
    number: Int, id: String, profile: String, options: [String: String] = [:],
    output: String? = nil
  ) {
    self.number = number
    self.id = id
    self.profile = profile
    self.options = options
    self.output = output
  }
}

/// One of n parts of the input: every n-th item.
package struct Shard: Sendable, Hashable {
  /// Which part, from 1.
  package let index: Int
  /// How many parts there are.
  package let count: Int

  /// Creates a part.
  package init(index: Int, count: Int) {
    precondition(index >= 1 && index <= count, "a shard counts from 1")
    (self.index, self.count) = (index, count)
  }

  /// Whether an item belongs to the part. Only its number counts, so every machine agrees.
  package func contains(_ item: BatchItem) -> Bool { (item.number - index) % count == 0 }
}
