import Foundation
import Gradients
import Plans
import Profiles
import TestSupport
import Testing

/// What the algorithms cost, against figures worked out by other means.
@Suite struct CostTests {
  /// 10⁸ elements on nodes of 8 devices at a density of 1 %, unions that grow as q^0.7.
  private func times(
    nodes: Int, within: Double, between: Double
  ) throws -> [GradientPlan.Algorithm: Double] {
    func curve(_ selection: GradientBucket.Selection, _ block: Int?) -> GradientBucket.EnergyCurve {
      .init(selection: selection, block: block, points: [.init(density: 0.01, energy: 0.5)])
    }
    let profile = Profile(
      name: "p", tensors: [], operators: [],
      gradients: GradientExchange(
        nodes: nodes, devicesPerNode: 8,
        withinNode: Link(latencyMicroseconds: 5, gbPerSecond: within),
        betweenNodes: Link(latencyMicroseconds: 20, gbPerSecond: between),
        selectionGBPerSecond: 100,
        buckets: [
          GradientBucket(
            id: "b", bytes: 400_000_000, readyMicroseconds: 0, energy: 1,
            energyCurves: [curve(.whole, nil), curve(.equal, 1000)],
            unionCurves: [
              .init(
                density: 0.01,
                points: [2, 64, 512].map {
                  .init(workers: $0, growth: pow(Double($0), 0.7))
                })
            ])
        ]))
    #expect(profile.validate() == [])
    let instance = try GradientInstance(of: profile, energyBudget: 0)
    var times: [GradientPlan.Algorithm: Double] = [:]
    for option in instance.buckets[0].options {
      if option.algorithm == .allGather && option.choice?.selection != .whole { continue }
      times[option.algorithm] = (option.selection + option.channel) / 1e3
    }
    return times
  }

  /// Milliseconds from a script of its own, rounded: dense, mesh, dense within, all-gather, Ok-Topk.
  static let table: [(Int, Double, Double, [Double])] = [
    (4, 200, 1.25, [484, 55, 15.6, 1591, 154]), (4, 200, 12.5, [52, 9.5, 3.8, 163, 20]),
    (16, 200, 12.5, [64, 17, 6.6, 654, 25]), (64, 200, 12.5, [69, 36, 12.5, 2620, 40]),
    (16, 200, 50, [19, 8.2, 4.0, 167, 13]), (16, 12, 50, [74, 17.7, 34, 167, 13.2]),
  ]

  @Test("each algorithm takes as long as an independent calculation says", arguments: 0..<6)
  func figures(row: Int) throws {
    let (nodes, within, between, expected) = Self.table[row]
    let times = try times(nodes: nodes, within: within, between: between)
    let order: [GradientPlan.Algorithm] = [.dense, .mesh, .denseWithin, .allGather, .okTopk]
    for (algorithm, value) in zip(order, expected) {
      let time = try #require(times[algorithm])
      #expect(abs(time - value) <= 0.03 * value, "\(algorithm): \(time), not \(value)")
    }
    // The winner among the sparse ones changes with the links within a node.
    let best = times.filter { $0.key != .dense }.min { $0.value < $1.value }?.key
    #expect(best == (within > 100 ? .denseWithin : .okTopk))
  }

  @Test("a wire format is the smallest one at its density, and bytes are counted by hand")
  func wire() throws {
    // One node of two devices: two messages of 500 of 1000 elements, of 4 bytes.
    func option(_ density: Double, block: Int) throws -> GradientOption {
      let bucket = GradientBucket(
        id: "b", bytes: 4000, readyMicroseconds: 0, energy: 1,
        energyCurves: [
          .init(selection: .equal, block: block, points: [.init(density: density, energy: 1)])
        ])
      let exchange = GradientExchange(
        nodes: 1, devicesPerNode: 2, withinNode: Link(latencyMicroseconds: 1, gbPerSecond: 1),
        selectionGBPerSecond: 1, buckets: [bucket])
      let profile = Profile(name: "p", tensors: [], operators: [], gradients: exchange)
      let options = try GradientInstance(of: profile, energyBudget: 0).buckets[0].options
      return try #require(options.first { $0.algorithm == .mesh })
    }
    // 1/100 of both: 1 - 0.99² = 0.0199. Index: 6 bytes each.
    let sparse = try option(0.01, block: 100)
    #expect(sparse.wire == [.index, .index, .index, .index])
    #expect(sparse.withinBytes == 30 + 60)
    #expect(abs(sparse.selection - 4) < 1e-9)
    #expect(abs(sparse.channel - (1 + 0.030 + 1 + 0.060)) < 1e-9)
    // 0.3 of both: 0.51. A bitmap has 62.5 bytes more than the values; an index 2 bytes a value.
    let bitmap = try option(0.3, block: 100)
    #expect(bitmap.wire == [.bitmap, .bitmap, .bitmap, .bitmap])
    #expect(bitmap.withinBytes == 663 + 1083)
    // 0.98 of both: 0.9996; values and bitmap are more than all.
    let dense = try option(0.98, block: 100)
    #expect(dense.wire == [.dense, .dense, .dense, .dense])
    #expect(dense.withinBytes == 2000 + 2000)
  }

  @Test("unions follow the measured curve, and never exceed those of independent workers")
  func unions() throws {
    func bytes(_ growth: [(Int, Double)], nodes: Int) throws -> Int {
      let points = growth.map { GradientBucket.UnionCurve.Point(workers: $0.0, growth: $0.1) }
      let bucket = GradientBucket(
        id: "b", bytes: 4_000_000, readyMicroseconds: 0, energy: 1,
        energyCurves: [
          .init(selection: .equal, block: 1000, points: [.init(density: 0.01, energy: 1)])
        ], unionCurves: points.isEmpty ? [] : [.init(density: 0.01, points: points)])
      let exchange = GradientExchange(
        nodes: nodes, devicesPerNode: 1,
        betweenNodes: Link(latencyMicroseconds: 1, gbPerSecond: 1), selectionGBPerSecond: 1,
        buckets: [bucket])
      let profile = Profile(name: "p", tensors: [], operators: [], gradients: exchange)
      let options = try GradientInstance(of: profile, energyBudget: 0).buckets[0].options
      return try #require(options.first { $0.algorithm == .mesh }).betweenBytes
    }
    // Per message to the next node: 6 bytes of 1/n of 10⁶ elements, at 0.01 and at the union.
    func expected(_ union: Double, nodes: Int) -> Int {
      let part = (1_000_000 + nodes - 1) / nodes
      func message(_ density: Double) -> Int {
        Int((Double(part) * density * 6 - 1e-6).rounded(.up))
      }
      return (nodes - 1) * (message(0.01) + message(union))
    }
    #expect(try bytes([(2, 1.5)], nodes: 2) == expected(0.015, nodes: 2))
    // Beyond the last point the last slope goes on: 1.5 for each doubling.
    #expect(try bytes([(2, 1.5)], nodes: 4) == expected(0.0225, nodes: 4))
    #expect(try bytes([(2, 1.5), (4, 2)], nodes: 8) == expected(0.02 * 4 / 3, nodes: 8))
    #expect(try bytes([], nodes: 2) == expected(0.0199, nodes: 2))
    #expect(try bytes([(2, 2)], nodes: 2) == expected(0.0199, nodes: 2))
  }
}
