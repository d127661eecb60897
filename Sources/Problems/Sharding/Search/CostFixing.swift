/// Moves costs between pairs, nodes and the constant until the constant is a bound, and forbids what
/// would pass the best cost known (reduced-cost fixing).
///
/// All numbers are whole and every move is undone exactly by its counterpart, so that the moved costs
/// are those of the kernel for every choice. Prices only help to judge: they are rounded in the direction
/// that keeps the bound below.
struct CostFixing {
  private let kernel: ShardingKernel
  private var costs: [Int]
  private var pairCosts: [Int]
  private var constant: Int
  /// What the prices add to each strategy, rounded down.
  private var fees: [Int]
  /// What the room is worth at the prices, rounded up.
  private let rebate: Int

  init(_ kernel: ShardingKernel, prices: [Double]) {
    self.kernel = kernel
    constant = kernel.constant
    pairCosts = kernel.pairCosts
    costs = kernel.costs
    fees = Array(repeating: 0, count: kernel.costs.count)
    // Prices are rounded once, to multiples of 2⁻²⁰ at least, and all products are exact then.
    let unit = 1_048_576.0
    let whole = prices.map { Int128(max(0, min($0, 1e12)) * unit) }
    var sums: [Int128] = [0]
    for price in whole { sums.append(sums[sums.count - 1] + price) }
    for node in 0..<kernel.nodeCount {
      let count = kernel.strategyCount(of: node)
      var exact = [Int128](repeating: 0, count: count)
      for item in kernel.items(of: node) {
        let price = sums[item.points.upperBound] - sums[item.points.lowerBound]
        for strategy in 0..<count {
          exact[strategy] += price * Int128(kernel.usage[item.usage + strategy])
        }
      }
      for strategy in 0..<count {
        fees[kernel.starts[node] + strategy] = Int(clamping: exact[strategy] >> 20)
      }
    }
    var worth: Int128 = 0
    for (price, room) in zip(whole, kernel.room) { worth += price * Int128(room) }
    rebate = Int(clamping: -((-worth) >> 20))
    for index in costs.indices where costs[index] < ShardingKernel.forbidden {
      costs[index] += fees[index]
    }
  }

  /// Moves costs as messages say, then passes backward once with whole numbers.
  mutating func move(messages: MessagePassing) {
    for (index, edge) in kernel.edges.enumerated() {
      let columns = kernel.strategyCount(of: edge.second)
      for column in 0..<columns {
        let amount = messages.message(index, column)
        guard amount.magnitude < 1e17 else { continue }
        shift(Int(amount), of: column, over: edge)
      }
    }
    var backward = Array(repeating: [Int](), count: kernel.nodeCount)
    var forwardCount = Array(repeating: 0, count: kernel.nodeCount)
    for (index, edge) in kernel.edges.enumerated() {
      backward[edge.second].append(index)
      forwardCount[edge.first] += 1
    }
    for node in (0..<kernel.nodeCount).reversed() {
      settle(node)
      let parts = max(1, backward[node].count, forwardCount[node])
      for index in backward[node] {
        let edge = kernel.edges[index]
        for strategy in 0..<kernel.strategyCount(of: node) {
          let position = kernel.starts[node] + strategy
          if costs[position] >= ShardingKernel.forbidden { continue }
          // A negative shift: from the node into the pairs. Shares are of what was there before.
          shares[position] = shares[position] ?? costs[position] / parts
          shift(-(shares[position] ?? 0), of: strategy, over: edge)
        }
        gather(edge)
      }
      shares.removeAll(keepingCapacity: true)
    }
  }

  private var shares: [Int: Int] = [:]

  /// Moves an amount from a column of pairs to the strategy of the second node.
  private mutating func shift(_ amount: Int, of column: Int, over edge: ShardingKernel.Edge) {
    let columns = kernel.strategyCount(of: edge.second)
    let strategy = kernel.starts[edge.second] + column
    if amount == 0 || costs[strategy] >= ShardingKernel.forbidden { return }
    costs[strategy] += amount
    for row in 0..<kernel.strategyCount(of: edge.first) {
      let position = edge.costs + row * columns + column
      if pairCosts[position] < ShardingKernel.forbidden { pairCosts[position] -= amount }
    }
  }

  /// Moves the least cost of each row of pairs to the strategy of the first node.
  private mutating func gather(_ edge: ShardingKernel.Edge) {
    let columns = kernel.strategyCount(of: edge.second)
    for row in 0..<kernel.strategyCount(of: edge.first) {
      let positions = (edge.costs + row * columns)..<(edge.costs + (row + 1) * columns)
      var least = Int.max
      for position in positions { least = min(least, pairCosts[position]) }
      let strategy = kernel.starts[edge.first] + row
      guard least < ShardingKernel.forbidden, costs[strategy] < ShardingKernel.forbidden else {
        costs[strategy] = ShardingKernel.forbidden
        continue
      }
      costs[strategy] += least
      for position in positions where pairCosts[position] < ShardingKernel.forbidden {
        pairCosts[position] -= least
      }
    }
  }

  /// Moves a node's least cost to the constant.
  private mutating func settle(_ node: Int) {
    let strategies = kernel.starts[node]..<kernel.starts[node + 1]
    let least = costs[strategies].min() ?? 0
    guard least < ShardingKernel.forbidden else { return }
    constant += least
    for strategy in strategies where costs[strategy] < ShardingKernel.forbidden {
      costs[strategy] -= least
    }
  }

  /// What no choice costs less than: all costs that are left are 0 or more.
  private var bound: Int {
    var sum = constant - rebate
    // Rounding of shares may leave pairs below 0.
    for edge in kernel.edges {
      let count =
        kernel.strategyCount(of: edge.first) * kernel.strategyCount(of: edge.second)
      var least = Int.max
      for position in edge.costs..<(edge.costs + count) {
        least = min(least, pairCosts[position])
      }
      sum += min(0, least)
    }
    return sum
  }

  /// Returns the kernel with the moved costs, without prices, and with all forbidden that leads to no
  /// choice below a cost.
  func kernel(better cost: Int) -> ShardingKernel {
    let room = cost - bound
    var (own, pairs) = (costs, pairCosts)
    for index in own.indices {
      if own[index] >= room {
        own[index] = 1 << 61
      } else {
        own[index] -= fees[index]
      }
    }
    for index in pairs.indices where pairs[index] >= room { pairs[index] = 1 << 61 }
    for edge in kernel.edges {
      let columns = kernel.strategyCount(of: edge.second)
      for row in 0..<kernel.strategyCount(of: edge.first) {
        for column in 0..<columns
        where own[kernel.starts[edge.first] + row] >= ShardingKernel.forbidden
          || own[kernel.starts[edge.second] + column] >= ShardingKernel.forbidden
        {
          pairs[edge.costs + row * columns + column] = 1 << 61
        }
      }
    }
    return kernel.replacing(costs: own, pairCosts: pairs, constant: constant)
  }
}
