import Optimization

/// Prices on memory at each time, raised where a choice takes too much and lowered where it leaves room:
/// the Lagrangian relaxation, whose bound holds at every step, and choices repaired from its own.
struct PriceSearch {
  private let kernel: ShardingKernel
  private let graph: PairwiseGraph
  private let limit: Double
  /// Told of the first choice that fits.
  private let cancellation: Cancellation?
  private var passing: MessagePassing
  private var local: LocalSearch
  /// What a byte costs at each point of time.
  private(set) var prices: [Double]
  /// The costs of strategies with the prices of their memory.
  private var theta: [Double]
  /// The best choice that fits, and what it costs.
  private(set) var best: (choice: [Int], cost: Int)?
  /// What no choice costs less than.
  private(set) var bound = -Double.infinity
  /// The prices that gave the bound.
  private(set) var bestPrices: [Double]
  private(set) var iterations = 0
  private(set) var moves = 0
  private var stepLength = 1.0
  private var stale = 0

  init(_ kernel: ShardingKernel, limit: Int, cancellation: Cancellation? = nil) {
    self.kernel = kernel
    self.cancellation = cancellation
    self.limit = Double(max(1, limit))
    graph = PairwiseGraph(kernel)
    passing = MessagePassing(graph)
    local = LocalSearch(kernel, graph, seed: 1)
    prices = Array(repeating: 0, count: kernel.room.count)
    bestPrices = prices
    theta = graph.costs
  }

  /// Whether no choice can be better than the best.
  var isProven: Bool { best.map { bound > Double($0.cost) - 0.999 } ?? false }

  // MARK: - Prices

  /// Takes steps until a limit or a proof.
  mutating func ascend(steps: Int, isOver: () -> Bool) {
    for _ in 0..<steps {
      if isProven || isOver() { return }
      step(isOver: isOver)
    }
  }

  private mutating func step(isOver: () -> Bool) {
    passing.passForward(theta, choosing: &local.choice)
    let relaxed = passing.passBackward(theta)
    var paid = 0.0
    for (price, room) in zip(prices, kernel.room) where price > 0 { paid += price * Double(room) }
    // Sums of doubles are off by far less than this.
    let slack = 1e-9 * (abs(relaxed) + abs(paid))
    let value = relaxed - paid + Double(kernel.constant) - slack
    if value > bound {
      bound = value
      bestPrices = prices
      stale = 0
    } else {
      stale += 1
    }
    for _ in 0..<6 { if local.descend(theta) == 0 { break } }
    if iterations % 3 == 2 { local.moveTrees(theta) }
    let chosen = local.choice
    let excess = kernel.excess(of: chosen).map { Double($0) / limit }
    if iterations % 10 == 9 || iterations < 2 { repair(isOver: isOver) }
    local.choice = chosen
    if iterations >= 8 { changePrices(excess, value) }
    iterations += 1
  }

  private mutating func repair(isOver: () -> Bool) {
    local.follow()
    guard local.repair(theta, atMost: 4000, isOver: isOver) else { return }
    for _ in 0..<6 { if local.improve() == 0 { break } }
    record()
  }

  private mutating func changePrices(_ excess: [Double], _ value: Double) {
    var length = 0.0
    for (share, price) in zip(excess, prices) where share > 0 || price > 0 {
      length += share * share
    }
    let target = best.map { Double($0.cost) } ?? (value + abs(value) * 0.5 + 1)
    let step = stepLength * max(target - value, 1e-3 * abs(value)) / max(1e-9, length)
    for point in prices.indices {
      prices[point] = max(0, prices[point] + step * excess[point] / limit)
    }
    theta = priced(1)
    if stale > 15 {
      stepLength *= 0.7
      stale = 0
    }
  }

  /// The costs of strategies with a multiple of the prices.
  private func priced(_ factor: Double) -> [Double] {
    var sums = [0.0]
    sums.reserveCapacity(prices.count + 1)
    for price in prices { sums.append(sums[sums.count - 1] + price * factor) }
    var theta = graph.costs
    for node in 0..<graph.nodeCount {
      for item in kernel.items(of: node) {
        let price = sums[item.points.upperBound] - sums[item.points.lowerBound]
        if price == 0 { continue }
        let begin = graph.starts[node]
        for strategy in 0..<graph.strategyCount(of: node) {
          theta[begin + strategy] += price * Double(kernel.usage[item.usage + strategy])
        }
      }
    }
    return theta
  }

  /// Keeps the local choice if it is the best.
  ///
  /// - Returns: Whether it is.
  @discardableResult
  private mutating func record() -> Bool {
    let cost = kernel.cost(of: local.choice)
    guard cost < min(ShardingKernel.forbidden, best?.cost ?? .max), local.fits else { return false }
    best = (local.choice, cost)
    cancellation?.noteAnswer()
    return true
  }

  // MARK: - Neighbourhoods

  /// Starts the moves of trees from a choice that fits.
  mutating func start(from choice: [Int]) {
    local.choice = choice
    local.follow()
    record()
  }

  /// Moves random trees at several multiples of the prices and keeps what is no worse.
  mutating func explore(moves most: Int, isOver: () -> Bool) {
    guard let best else { return }
    local.choice = best.choice
    local.follow()
    let full = priced(1)
    let multiples = [0, 0.3, 0.7, 1, 1.3].map(priced)
    for _ in 0..<most {
      if isProven || isOver() { return }
      let theta = multiples[Int.random(in: 0..<multiples.count, using: &local.random)]
      let exponent = Double.random(in: 0..<1, using: &local.random)
      let whole = max(1, Double(graph.nodeCount) / 5)
      let size = 5 * power(whole, exponent)
      local.moveTree(theta, atMost: max(3, Int(size)), from: nil)
      moves += 1
      if local.fits || local.repair(full, atMost: 60, drift: -0.5, isOver: isOver) {
        local.improveAround()
        if local.drift < 0.5 {
          if local.drift < -0.5 { record() }
          local.mark()
          continue
        }
      }
      local.takeBack()
    }
  }

  /// A power with a fractional exponent below 1, by square roots: it is the same on every machine.
  private func power(_ base: Double, _ exponent: Double) -> Double {
    var (result, root, rest) = (1.0, base, exponent)
    for _ in 0..<16 {
      root = root.squareRoot()
      rest *= 2
      if rest >= 1 {
        result *= root
        rest -= 1
      }
    }
    return result
  }

  /// Returns the kernel with its costs moved so that what can't be part of a better choice is seen, and
  /// forbidden.
  mutating func tightened() -> ShardingKernel? {
    guard let best else { return nil }
    prices = bestPrices
    theta = priced(1)
    var choice = local.choice
    for _ in 0..<5 {
      _ = passing.passBackward(theta)
      passing.passForward(theta, choosing: &choice)
    }
    var fixing = CostFixing(kernel, prices: prices)
    fixing.move(messages: passing)
    return fixing.kernel(better: best.cost)
  }
}
