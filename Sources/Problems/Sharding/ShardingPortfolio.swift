import Optimization
import Plans

/// The strategies tried so far, the best choice and the best bound.
struct ShardingPortfolio {
  /// What the presolve left.
  let whole: ShardingKernel
  private(set) var search: [SearchEntry] = []
  /// The best choice for the kernel, and what it costs.
  private(set) var best: (choice: [Int], cost: Int)?
  /// The greatest cost that no choice is below.
  private(set) var bound: Int?
  private(set) var method = ""
  /// The kernel without what can't be part of a better choice than the best.
  var tightened: ShardingKernel?
  /// Whether all limits were counts.
  var isRepeatable = true

  init(_ kernel: ShardingKernel) {
    whole = kernel
  }

  /// Takes a choice if it fits and is better than all before.
  ///
  /// - Returns: What it costs, nil if it isn't allowed.
  @discardableResult
  mutating func offer(_ choice: [Int]) -> Int? {
    guard whole.excess(of: choice).allSatisfy({ $0 <= 0 }) else { return nil }
    let cost = whole.cost(of: choice)
    guard cost < ShardingKernel.forbidden else { return nil }
    if cost < best?.cost ?? .max { best = (choice, cost) }
    return cost
  }

  /// Takes a bound if it is better than all before.
  mutating func offer(bound: Int, method: String) {
    if bound > self.bound ?? .min {
      self.bound = bound
      self.method = method
    }
  }

  /// Notes a strategy.
  mutating func note(_ entry: SearchEntry) { search.append(entry) }

  /// Whether the best choice is within a relative gap of the bound.
  func isWithin(gap: Double) -> Bool {
    guard let best, let bound else { return false }
    return Double(best.cost - bound) <= gap * Double(abs(best.cost))
  }
}
