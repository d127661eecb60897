import Profiles
import Simulation
import TestSupport
import Testing

@testable import Sharding

/// The presolve against enumeration: the optimum stays, and expands to a choice of the same cost.
@Suite struct PresolveTests {
  /// Returns the least cost of a kernel, by enumeration; nil if nothing fits.
  static func optimum(of kernel: ShardingKernel) -> (cost: Int, choice: [Int])? {
    if kernel.isInfeasible { return nil }
    var choice = [Int](repeating: 0, count: kernel.nodeCount)
    var best: (cost: Int, choice: [Int])?
    while true {
      let cost = kernel.cost(of: choice)
      if cost < min(ShardingKernel.forbidden, best?.cost ?? .max),
        kernel.excess(of: choice).allSatisfy({ $0 <= 0 })
      {
        best = (cost, choice)
      }
      var node = 0
      while node < choice.count, choice[node] + 1 == kernel.strategyCount(of: node) {
        choice[node] = 0
        node += 1
      }
      if node == choice.count { return best }
      choice[node] += 1
    }
  }

  private func check(_ instance: ShardingInstance, _ rules: Set<Reduction.Rule>) throws {
    let expected = RandomSharding.optimum(of: instance)
    let kernel = ShardingKernel(instance, rules: rules)
    let found = Self.optimum(of: kernel)
    #expect(found?.cost == expected?.cost, "\(instance.name) with \(rules)")
    guard let found else { return }
    let whole = kernel.expand(found.choice)
    let result = ShardingReplay(of: instance).run(whole)
    #expect(result.isValid, "\(instance.name): \(result.faults)")
    #expect(result.cost == Int128(found.cost), "\(instance.name) with \(rules)")
  }

  @Test("all rules together keep the optimum", arguments: 0..<20)
  func composition(block: Int) throws {
    for seed in 0..<50 {
      try check(
        RandomSharding.instance(seed: UInt64(block * 50 + seed)), Set(Reduction.Rule.allCases))
    }
  }

  @Test("each rule alone keeps the optimum", arguments: Reduction.Rule.allCases)
  func alone(rule: Reduction.Rule) throws {
    for seed in 0..<150 { try check(RandomSharding.instance(seed: UInt64(5000 + seed)), [rule]) }
  }

  @Test("any set of rules keeps the optimum", arguments: 0..<10)
  func subsets(block: Int) throws {
    var random = SeededGenerator(seed: UInt64(block))
    for seed in 0..<30 {
      let rules = Reduction.Rule.allCases.filter { _ in Bool.random(using: &random) }
      try check(RandomSharding.instance(seed: UInt64(9000 + block * 30 + seed)), Set(rules))
    }
  }

  @Test("each rule does something by itself", arguments: Reduction.Rule.allCases)
  func effect(rule: Reduction.Rule) {
    let changed = (0..<200).contains { seed in
      let instance = RandomSharding.instance(seed: UInt64(seed))
      let (before, after) = (
        ShardingKernel(instance, rules: []), ShardingKernel(instance, rules: [rule])
      )
      return after.isInfeasible || after.costs.count < before.costs.count
        || after.edges.count < before.edges.count || after.items.count < before.items.count
    }
    #expect(changed)
  }

  @Test("the contest's example is solved by the presolve alone")
  func example() throws {
    let instance = try Fixtures.example()
    let kernel = ShardingKernel(instance)
    let found = try #require(Self.optimum(of: kernel))
    // Node 1 needs 25: with node 0's 10 only 15 are left for node 2, so its cheapest pair with 0 is out.
    #expect(found.cost == RandomSharding.optimum(of: instance)?.cost)
    #expect(kernel.nodeCount <= 1)
  }
}
