import Plans
import Profiles

/// What each axis of the mesh does for most of a plan's work, and which nodes do something else: the view of
/// programs that parallelise all layers alike.
struct MeshUse {
  /// What an axis does for a node.
  enum Use: String, Hashable, CaseIterable {
    /// Devices have samples of their own.
    case samples = "data"
    /// Devices have parts of the values: columns, rows, heads, words.
    case values = "tensor"
    /// Devices have tokens of the same samples.
    case tokens = "sequence"
    /// Devices have samples and experts of their own.
    case experts = "expert"
    /// Devices do the same.
    case copies = "no"
  }

  /// A node with what the axes do for it.
  struct Node {
    var name: String
    var uses: [Use]
    var zeroStage: Int
    /// The elements of all its weights.
    var elements: Int
    /// Of these, the elements of weights whose copies have gradients of their own.
    var copied: Int
    /// Whether some copies have gradients of their own.
    var hasCopies: Bool { copied > 0 }
    /// Whether the weights can be split among devices: those of products and tables.
    var isProduct: Bool
  }

  let sizes: [Int]
  let nodes: [Node]
  /// What most weights, by elements, have the axes do; experts aside.
  let common: [Use]
  /// What most experts have them do; nil without experts.
  let expertUses: [Use]?
  /// What copies share.
  let zeroStage: Int
  /// Samples and tokens of one iteration on all devices.
  let batch: Int
  let sequence: Int
  let dtype: String
  /// Whether the scores have a weight of their own beside the embedding's.
  let isUntied: Bool
  private(set) var losses: [String] = []
  private(set) var notes: [String] = []

  init(_ report: StageReport, _ placement: StagePlacement) throws(StageExport.Failure) {
    let graph = report.graph
    sizes = graph.mesh.shape
    dtype = placement.dtype
    let weights = Set(report.plan.placement?.weights.map(\.name) ?? [])
    isUntied = weights.contains("head.weight") && weights.contains("embedding.weight")
    let chosen = Dictionary(
      report.plan.strategies.map { ($0.node, $0.strategy) }, uniquingKeysWith: { first, _ in first }
    )
    var nodes: [Node] = []
    var shape: [Int]?
    for node in graph.nodes {
      guard let position = node.sharding,
        let index = node.strategies.firstIndex(where: { $0.id == chosen[node.id] })
      else { continue }
      let sharding = placement.shardings[position]
      let own = sharding.strategies[index]
      guard own.input.dimensions.count == 3, own.output.dimensions.count == 3 else {
        throw StageExport.Failure(
          description:
            "two_stage.placement.shardings[\(position)]: the tensors of '\(node.id)' are not "
            + "samples × tokens × values, so that no axis can be told to be one of a parallelism that "
            + "the format knows; use --format dtensor")
      }
      if shape == nil { shape = sharding.output?.shape }
      nodes.append(
        Node(
          name: node.repeatGroup ?? node.id, uses: Self.uses(of: own, axes: graph.mesh.shape.count),
          zeroStage: own.zeroStage,
          elements: sharding.weights.reduce(0) { $0 + $1.reduce(1, *) },
          copied: zip(own.weights, sharding.weights).reduce(0) { sum, weight in
            weight.0.copies.isEmpty ? sum : sum + weight.1.reduce(1, *)
          },
          isProduct: sharding.weights.contains { $0.count > 1 }))
    }
    self.nodes = nodes
    (batch, sequence) = (shape?[0] ?? 1, shape?[1] ?? 1)
    let products = nodes.filter(\.isProduct)
    let experts = products.filter { $0.uses.contains(.experts) }
    let rest = products.filter { !$0.uses.contains(.experts) }
    common = Self.heaviest(rest.isEmpty ? nodes : rest, \.uses) ?? sizes.map { _ in .copies }
    expertUses = Self.heaviest(experts, \.uses)
    zeroStage = Self.heaviest(products, by: \.copied, \.zeroStage) ?? 0
    compare()
  }

  /// What each axis does, read off the layouts of samples × tokens × values.
  private static func uses(of own: StrategySharding, axes: Int) -> [Use] {
    let split = Set(own.weights.flatMap { $0.layout.dimensions.joined() })
    return (0..<axes).map { axis in
      if own.input.dimensions[0].contains(axis) {
        return split.contains(axis) ? .experts : .samples
      }
      if own.input.dimensions[1].contains(axis) { return .tokens }
      let isShared =
        own.input.dimensions[2].contains(axis) || own.output.dimensions[2].contains(axis)
        || own.output.partialAxes.contains(axis) || split.contains(axis)
      return isShared ? .values : .copies
    }
  }

  /// What most elements have; the first where two have as many.
  private static func heaviest<Key: Hashable>(
    _ nodes: [Node], by weight: (Node) -> Int = \.elements, _ key: (Node) -> Key
  ) -> Key? {
    var order: [Key] = []
    var sums: [Key: Int] = [:]
    for node in nodes {
      if sums[key(node)] == nil { order.append(key(node)) }
      sums[key(node), default: 0] += weight(node)
    }
    return order.enumerated().max {
      ((sums[$0.element] ?? 0), $1.offset) < ((sums[$1.element] ?? 0), $0.offset)
    }?.element
  }

  // MARK: - Differences

  /// Tells which nodes differ from the rest. Normalisations and sums may replicate or share tokens where
  /// products share values.
  private mutating func compare() {
    var different: [String: (uses: [Use], count: Int)] = [:]
    var order: [String] = []
    for node in nodes {
      let base = node.uses.contains(.experts) ? expertUses ?? common : common
      let isLike = zip(node.uses, base).allSatisfy { own, all in
        own == all || (!node.isProduct && all == .values && (own == .tokens || own == .copies))
          || (!node.isProduct && all == .copies)
      }
      if isLike { continue }
      let key = "\(node.name) \(node.uses)"
      if different[key] == nil { order.append(key) }
      different[key, default: (node.uses, 0)].count += 1
    }
    for key in order.prefix(6) {
      guard let (uses, count) = different[key] else { continue }
      let name = key.prefix { $0 != " " }
      losses.append(
        "\(count) × \(name): \(Self.words(for: uses)), the rest has \(Self.words(for: common))"
      )
    }
    if order.count > 6 {
      losses.append("\(order.count - 6) more kinds of nodes with roles of their own")
    }
    compareStages()
  }

  private mutating func compareStages() {
    var differing: [Int: (count: Int, elements: Int)] = [:]
    for node in nodes where node.hasCopies && node.zeroStage != zeroStage {
      differing[node.zeroStage, default: (0, 0)].count += 1
      differing[node.zeroStage, default: (0, 0)].elements += node.copied
    }
    let all = nodes.reduce(0) { $0 + $1.copied }
    for (stage, own) in differing.sorted(by: { $0.key < $1.key }) {
      let words =
        "\(Quantity.count(own.count, "node")) with \(own.elements) weights: copies share by ZeRO stage \(stage), the rest by stage "
        + "\(zeroStage)"
      // Sharing more than the plan does takes no more memory, and hardly any time where little is shared.
      if stage < zeroStage && Double(own.elements) <= 0.01 * Double(all) {
        notes.append("\(words): the exported file shares theirs as well")
      } else {
        losses.append(words)
      }
    }
  }

  // MARK: - Questions

  /// The axes with a use, ascending.
  func axes(_ use: Use) -> [Int] { common.indices.filter { common[$0] == use } }

  /// The devices along some axes.
  func degree(_ axes: [Int]) -> Int { axes.reduce(1) { $0 * sizes[$1] } }

  /// How the axes' uses read, axis 0 first, such as `data × tensor parallelism`.
  static func words(for uses: [Use]) -> String {
    uses.map(\.rawValue).joined(separator: " × ") + " parallelism"
  }
}
