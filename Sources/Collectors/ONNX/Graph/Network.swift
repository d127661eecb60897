/// A graph with the shape of every value and the work of every node.
struct Network {
  /// A node with what it does.
  struct Node {
    /// Unique, readable: the file's name for the node, or its type and position.
    let name: String
    let node: ONNXNode
    let operation: Operation
    /// Whether the collector knows the operator only by its operands.
    let isUnknown: Bool
  }

  /// The inputs that aren't initialisers, in the file's order.
  let inputs: [String]
  let outputs: [String]
  /// The nodes that run in the iteration, in the file's order.
  let nodes: [Node]
  let values: [String: Value]
}

/// Names that are unique, printable ASCII without blanks, and short enough for model files.
struct UniqueNames {
  private var used: Set<String> = []
  private var next: [String: Int] = [:]

  /// Returns the wanted name, made printable, with a number behind it where it is taken.
  mutating func unique(_ wanted: String) -> String {
    let printable = wanted.unicodeScalars.prefix(180).map { scalar in
      scalar.value > 32 && scalar.value < 127 ? Character(scalar) : "_"
    }
    let base = printable.isEmpty ? "_" : String(printable)
    if used.insert(base).inserted { return base }
    var number = next[base] ?? 2
    while !used.insert("\(base).\(number)").inserted { number += 1 }
    next[base] = number + 1
    return "\(base).\(number)"
  }
}
