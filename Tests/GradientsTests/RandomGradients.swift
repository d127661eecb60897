import Foundation
import Gradients
import Profiles
import TestSupport

/// Exchanges made by chance, and one whose figures are round.
enum RandomGradients {
  /// A profile of few buckets with few curves.
  static func profile(
    seed: UInt64, buckets: Int = 3, densities: [Double] = [0.01, 0.2]
  ) -> Profile {
    var random = SeededGenerator(seed: seed)
    func number(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &random) }
    let (nodes, devices) = (Int.random(in: 1...5, using: &random), [1, 2, 3, 8][Int(seed % 4)])
    var ready = 0.0
    let list = (0..<buckets).map { index -> GradientBucket in
      ready += number(0...400)
      let power = number(0.02...0.4)
      func curve(_ selection: GradientBucket.Selection, _ block: Int?, _ factor: Double)
        -> GradientBucket.EnergyCurve
      {
        .init(
          selection: selection, block: block,
          points: densities.map { .init(density: $0, energy: pow($0, power * factor)) })
      }
      var curves = [curve(.whole, nil, 1)]
      if Bool.random(using: &random) { curves.append(curve(.equal, 128, 1.5)) }
      if Bool.random(using: &random) { curves.append(curve(.greedy, 1024, 1.1)) }
      let unions = [2, 4, 16].map { workers in
        GradientBucket.UnionCurve.Point(
          workers: workers, growth: pow(Double(workers), 0.5 + 0.1 * Double(seed % 6)))
      }
      return GradientBucket(
        id: "b\(index)", bytes: 4 * Int.random(in: 1000...400_000, using: &random),
        readyMicroseconds: ready, energy: number(0.1...9), energyCurves: curves,
        unionCurves: seed % 3 == 0 ? [] : [.init(density: 0.01, points: unions)])
    }
    func link(_ rate: Double) -> Link {
      seed % 5 == 0
        ? Link(
          latencyMicroseconds: number(0...5),
          points: [
            .init(bytes: 4096, gbPerSecond: rate / 3), .init(bytes: 1 << 20, gbPerSecond: rate),
          ])
        : Link(latencyMicroseconds: number(0...5), gbPerSecond: rate)
    }
    return Profile(
      name: "random \(seed)", tensors: [], operators: [],
      gradients: GradientExchange(
        nodes: nodes, devicesPerNode: devices, withinNode: link(number(1...100)),
        betweenNodes: link(number(0.1...20)), selectionGBPerSecond: number(1...100),
        wholeSelectionGBPerSecond: seed % 2 == 0 ? nil : number(1...10), buckets: list))
  }

  /// Every selection of options, of the frontier or of all, and the earliest end within the budget.
  static func optimum(of instance: GradientInstance, frontierOnly: Bool) -> Double? {
    let choices = instance.buckets.map { frontierOnly ? $0.frontier : Array($0.options.indices) }
    var position = choices.map { _ in 0 }
    var best: Double?
    while true {
      let selection = zip(choices, position).map { $0[$1] }
      if instance.isWithinBudget(selection) {
        best = min(best ?? .infinity, instance.end(of: selection))
      }
      var index = choices.count - 1
      while index >= 0, position[index] + 1 == choices[index].count {
        position[index] = 0
        index -= 1
      }
      if index < 0 { return best }
      position[index] += 1
    }
  }

  /// Buckets of 25 MiB every 5 ms on nodes of 8 devices with NVLink.
  static func real(nodes: Int, rate: Double, power: Double = 0.08, buckets: Int = 13) -> Profile {
    let densities = [0.001, 0.01, 0.1, 0.5]
    func curve(_ selection: GradientBucket.Selection, _ block: Int?, _ factor: Double)
      -> GradientBucket.EnergyCurve
    {
      .init(
        selection: selection, block: block,
        points: densities.map { .init(density: $0, energy: pow($0, power * factor)) })
    }
    let list = (0..<buckets).map { index in
      GradientBucket(
        id: "layer \(index)", bytes: 25 << 20, readyMicroseconds: 5000 * Double(index),
        energy: Double(1 + index * 5 % 7),
        energyCurves: [curve(.whole, nil, 1), curve(.equal, 1024, 1.5)],
        unionCurves: [
          .init(
            density: 0.01,
            points: [2, 4, 8, 16, 128].map {
              .init(workers: $0, growth: pow(Double($0), 0.7))
            })
        ])
    }
    return Profile(
      name: "real", tensors: [], operators: [],
      gradients: GradientExchange(
        nodes: nodes, devicesPerNode: 8,
        withinNode: Link(latencyMicroseconds: 5, gbPerSecond: 200),
        betweenNodes: Link(latencyMicroseconds: 20, gbPerSecond: rate),
        selectionGBPerSecond: 100, buckets: list))
  }
}
