/// A choice of one strategy for each operator of a graph: what each strategy costs and how much memory
/// it takes while the operator is live, and what two neighbours cost together.
///
/// The section `sharding` of a profile. It is a type of its own, outside of `Profile`: graphs of real
/// networks have ten million costs and files of 140 MB, of which a tree of `JSON` values would take
/// gigabytes. All lists are flat: the strategies of node *i* are
/// `strategyStarts[i]..<strategyStarts[i + 1]`, the costs of edge *e* begin at `edgeStarts[e]`.
///
/// Costs are whole numbers of one unit, which the instance doesn't name; memory is bytes. A cost of
/// `infinity` forbids a strategy or a pair.
///
/// Source: the contest on intra-operator parallelism for distributed deep learning, ASPLOS 2025, whose
/// problem is the integer program of Alpa (Zheng et al., OSDI 2022).
public struct ShardingInstance: Sendable, Hashable {
  /// The cost of what is forbidden.
  public static let infinity = 1_000_000_000_000_000_000

  /// Two nodes whose strategies cost something together.
  public struct Edge: Sendable, Hashable {
    /// The node whose strategies are the rows of the costs.
    public var source: Int
    /// The node whose strategies are the columns of the costs.
    public var target: Int

    /// Creates an edge.
    public init(source: Int, target: Int) {
      self.source = source
      self.target = target
    }
  }

  /// What the instance is called in reports.
  public var name: String
  /// The memory that the live nodes may take together at every time, in bytes.
  public var memoryLimitBytes: Int
  /// When each node is live: from the lower bound up to, but not including, the upper one. An empty
  /// interval takes no memory.
  public var intervals: [Range<Int>]
  /// Where the strategies of each node begin; one more entry than nodes.
  public var strategyStarts: [Int]
  /// The cost of computing with each strategy.
  public var computeCosts: [Int]
  /// The cost of communication inside of each strategy, such as a gradient's sum.
  public var communicationCosts: [Int]
  /// The memory that each strategy takes, in bytes.
  public var memoryBytes: [Int]
  /// The edges. The same two nodes may have several, whose costs add.
  public var edges: [Edge]
  /// Where the costs of each edge begin; one more entry than edges.
  public var edgeStarts: [Int]
  /// The costs of edges, `[strategy of the source][strategy of the target]` one after the other.
  public var edgeCosts: [Int]
  /// The names of the nodes; empty where none are known.
  public var nodeNames: [String]
  /// The names of all strategies; empty where none are known.
  public var strategyNames: [String]

  /// Creates an instance; `validate()` tells whether it makes sense.
  public init(
    name: String, memoryLimitBytes: Int, intervals: [Range<Int>], strategyStarts: [Int],
    computeCosts: [Int], communicationCosts: [Int], memoryBytes: [Int], edges: [Edge],
    edgeStarts: [Int], edgeCosts: [Int], nodeNames: [String] = [], strategyNames: [String] = []
  ) {
    self.name = name
    self.memoryLimitBytes = memoryLimitBytes
    self.intervals = intervals
    self.strategyStarts = strategyStarts
    self.computeCosts = computeCosts
    self.communicationCosts = communicationCosts
    self.memoryBytes = memoryBytes
    self.edges = edges
    self.edgeStarts = edgeStarts
    self.edgeCosts = edgeCosts
    self.nodeNames = nodeNames
    self.strategyNames = strategyNames
  }

  /// How many nodes there are.
  public var nodeCount: Int { intervals.count }

  /// Returns how many strategies a node has.
  public func strategyCount(of node: Int) -> Int {
    strategyStarts[node + 1] - strategyStarts[node]
  }

  /// Returns the cost of a strategy, computing and communication; at most `infinity`.
  ///
  /// - Parameter strategy: Its position among the strategies of all nodes.
  public func cost(of strategy: Int) -> Int {
    min(Self.infinity, computeCosts[strategy] + communicationCosts[strategy])
  }

  /// Returns what a node is called in messages.
  public func title(of node: Int) -> String {
    nodeNames.isEmpty ? "node \(node)" : nodeNames[node]
  }
}
