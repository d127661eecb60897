import Optimization
import TestSupport
import Testing

/// Sums of tables, minimised by elimination.
@Suite("Factor graphs") struct FactorGraphTests {
  /// A random graph of up to six variables and tables of up to three of them.
  private static func random(seed: UInt64) -> (graph: FactorGraph, tables: [[Double]]) {
    var random = SeededGenerator(seed: seed)
    let domains = (0..<Int.random(in: 1...6, using: &random)).map { _ in
      Int.random(in: 1...4, using: &random)
    }
    let scopes = (0..<Int.random(in: 0...8, using: &random)).map { _ in
      Array(domains.indices.shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random)))
    }
    let tables = scopes.map { scope in
      (0..<scope.reduce(1) { $0 * domains[$1] }).map { _ in
        Double(Int.random(in: 0...20, using: &random))
      }
    }
    return (FactorGraph(domains: domains, scopes: scopes), tables)
  }

  private static func sum(
    _ graph: FactorGraph, _ tables: [[Double]], at values: [Int]
  ) -> Double {
    zip(graph.scopes, tables).reduce(0) { sum, item in
      sum + item.1[item.0.reduce(0) { $0 * graph.domains[$1] + values[$1] }]
    }
  }

  @Test("the least sum is that of enumeration", arguments: UInt64(0)..<200)
  func enumeration(seed: UInt64) {
    let (graph, tables) = Self.random(seed: seed)
    var all: [[Int]] = [[]]
    for count in graph.domains { all = all.flatMap { head in (0..<count).map { head + [$0] } } }
    let least = all.map { Self.sum(graph, tables, at: $0) }.min()
    let (value, assignment) = graph.minimum(tables)
    #expect(value == least)
    #expect(Self.sum(graph, tables, at: assignment) == value)
  }

  @Test("a chain needs tables of two variables only, a ring of three")
  func widths() {
    let chain = FactorGraph(
      domains: [Int](repeating: 5, count: 40), scopes: (1..<40).map { [$0 - 1, $0] })
    #expect(chain.largestTable == 25)
    let ring = FactorGraph(
      domains: [Int](repeating: 5, count: 40), scopes: (0..<40).map { [$0, ($0 + 1) % 40] })
    #expect(ring.largestTable == 125)
  }
}
