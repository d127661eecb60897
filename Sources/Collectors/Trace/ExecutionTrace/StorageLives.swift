/// The lives of the storages of an Execution Trace, and which outermost operator touches them.
///
/// PyTorch gives the id of a freed storage to the next one, so a life ends where the id is output
/// anew: by a node that neither got it as an input nor had it touched by a node inside.
struct StorageLives {
  struct Life {
    var bytes: Int
    /// The operator that makes it; nil if it was there when the trace began.
    var maker: Int?
    var first: Int
    var last: Int
  }

  /// What one operator touches: lives, each once.
  struct Accesses {
    var reads: [Int] = []
    var writes: [Int] = []
    /// What each collective inside exchanges.
    var collectives: [[Int]] = []
  }

  private(set) var lives: [Life] = []
  /// By outermost operator.
  private(set) var accesses: [Accesses]

  private let nodes: [ExecutionTrace.Node]
  private let hasDevice: Bool
  private var current: [Int: Int] = [:]
  private var lastTouch: [Int: Int] = [:]
  private var isView: [Bool]

  init(of tree: ExecutionTree, trace: ExecutionTrace) {
    nodes = trace.nodes
    hasDevice = trace.hasDevice
    accesses = Array(repeating: Accesses(), count: tree.tops.count)
    isView = Array(repeating: false, count: nodes.count)
    for (top, root) in tree.tops.enumerated() {
      // Children before parents, without recursion: a file may nest as deeply as it likes.
      var stack = [(node: root, isDone: false)]
      while let entry = stack.popLast() {
        if entry.isDone {
          touch(entry.node, top: top, children: tree.children[entry.node])
        } else {
          stack.append((entry.node, true))
          for child in tree.children[entry.node].reversed() { stack.append((child, false)) }
        }
      }
    }
  }

  private mutating func touch(_ index: Int, top: Int, children: [Int]) {
    let node = nodes[index]
    let inputs = node.inputs.filter { $0.isOnDevice == hasDevice }
    let outputs = node.outputs.filter { $0.isOnDevice == hasDevice }
    let given = Set(inputs.map(\.storage))
    let changed = StorageLives.changedArguments(of: node)
    isView[index] =
      changed.isEmpty && !outputs.isEmpty && outputs.allSatisfy { given.contains($0.storage) }
      && children.allSatisfy { isView[$0] }
    let works = !isView[index] && (!outputs.isEmpty || !changed.isEmpty || children.isEmpty)
    var exchanged: [Int] = []
    for use in inputs {
      let life = current[use.storage] ?? begin(use, bytes: use.end, maker: nil, at: top)
      if lives[life].maker == nil, !node.name.hasPrefix("aten::expand") {
        lives[life].bytes = max(lives[life].bytes, use.end)
      }
      lastTouch[use.storage] = node.id
      exchanged.append(life)
      guard works else { continue }
      record(life, top: top, isChanged: changed.contains(use.position))
    }
    if node.name == "record_param_comms", !exchanged.isEmpty {
      accesses[top].collectives.append(exchanged)
    }
    for use in outputs where !given.contains(use.storage) {
      if let life = current[use.storage], lastTouch[use.storage, default: Int.min] > node.id {
        record(life, top: top, isChanged: true)
      } else {
        record(begin(use, bytes: use.bytes, maker: top, at: top), top: top, isChanged: true)
      }
      lastTouch[use.storage] = node.id
    }
  }

  private mutating func begin(
    _ use: ExecutionTrace.TensorUse, bytes: Int, maker: Int?, at top: Int
  ) -> Int {
    lives.append(Life(bytes: bytes, maker: maker, first: top, last: top))
    current[use.storage] = lives.count - 1
    return lives.count - 1
  }

  private mutating func record(_ life: Int, top: Int, isChanged: Bool) {
    lives[life].last = max(lives[life].last, top)
    let isOwn = lives[life].maker == top
    if isOwn || isChanged {
      if accesses[top].writes.last != life { accesses[top].writes.append(life) }
    }
    if !isOwn, accesses[top].reads.last != life { accesses[top].reads.append(life) }
  }

  /// The arguments that a call changes: those that its schema marks with `!`; without a schema the
  /// first one of an operator whose name ends in `_`.
  static func changedArguments(of node: ExecutionTrace.Node) -> Set<Int> {
    guard !node.schema.isEmpty else {
      return node.name.hasSuffix("_") && !node.name.hasSuffix("__") ? [0] : []
    }
    guard node.schema.utf8.contains(UInt8(ascii: "!")) else { return [] }
    var changed: Set<Int> = []
    var argument = 0
    var depth = 0
    var isStar = false
    for byte in node.schema.utf8 {
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0, byte == UInt8(ascii: ")") { return changed }
      case UInt8(ascii: "!"): changed.insert(argument)
      case UInt8(ascii: "*") where depth == 1: isStar = true
      case UInt8(ascii: ",") where depth == 1:
        if !isStar { argument += 1 }
        isStar = false
      default: break
      }
    }
    return changed
  }
}
