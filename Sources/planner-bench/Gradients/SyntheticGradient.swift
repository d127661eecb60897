import Codecs
import Foundation
import Profiles

/// A gradient with heavy tails: normal elements whose scale differs from stretch to stretch, as that of
/// layers and rows does.
struct SyntheticGradient {
  let values: [Float]
  /// Another step's gradient with the same scales.
  let before: [Float]

  private static let block = 1024

  /// Creates a gradient; `spread` is the standard deviation of the logarithm of a stretch's scale.
  init(elements: Int, stretch: Int = 65536, spread: Double = 1.5) {
    var random = NormalNumbers(state: 11)
    var (values, before): ([Float], [Float]) = ([], [])
    values.reserveCapacity(elements)
    before.reserveCapacity(elements)
    var scale = 1.0
    for index in 0..<elements {
      if index % stretch == 0 { scale = exp(spread * random.next()) }
      values.append(Float(scale * random.next()))
      before.append(Float(scale * random.next()))
    }
    self.values = values
    self.before = before
  }

  var energy: Double { values.reduce(0) { $0 + Double($1) * Double($1) } }

  /// The energy of exactly the largest elements.
  func exactEnergy(density: Double) throws -> Double {
    let count = Int(density * Double(values.count))
    let threshold = try values.withUnsafeBufferPointer {
      try MagnitudeThreshold(of: $0, count: count)
    }
    let least = Double(threshold.least)
    let kept = values.reduce(0) {
      abs($1) >= threshold.least ? $0 + Double($1) * Double($1) : $0
    }
    return kept - Double(threshold.surplus) * least * least
  }

  /// The energy of as many elements from each block.
  func equalEnergy(density: Double) throws -> Double {
    let count = max(1, Int((density * Double(Self.block)).rounded()))
    let counts = BlockSelection.equalCounts(count, elements: values.count, block: Self.block)
    return try select(values, counts).energy
  }

  /// The energy of as many elements in all, by block as the gradient before asks for.
  func greedyEnergy(density: Double) throws -> Double {
    var tables = [[DensityAllocation.Choice]](
      repeating: [],
      count: BlockSelection.blockCount(elements: values.count, block: Self.block))
    var level = 1
    while level <= Self.block {
      let counts = BlockSelection.equalCounts(level, elements: values.count, block: Self.block)
      for (index, energy) in try select(before, counts).energies.enumerated() {
        tables[index].append(.init(count: counts[index], energy: energy))
      }
      level = max(level + 1, level * 3 / 2)
    }
    let allocation = DensityAllocation(
      budget: Int(density * Double(values.count)), tables: tables)
    return try select(values, allocation.counts).energy
  }

  private func select(_ gradient: [Float], _ counts: [Int]) throws -> BlockSelection {
    try gradient.withUnsafeBufferPointer {
      try BlockSelection(of: $0, block: Self.block, counts: counts)
    }
  }

  /// Buckets of 25 MiB on nodes of 8 devices, one every 5 ms, with curves of heavy tails: they hold
  /// `ρ^a` of the energy at the density ρ.
  static func profile(buckets: Int, nodes: Int, rate: Double) -> Profile {
    let densities = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    func curve(
      _ selection: GradientBucket.Selection, _ block: Int?, _ power: Double
    ) -> GradientBucket.EnergyCurve {
      .init(
        selection: selection, block: block,
        points: densities.map { .init(density: $0, energy: pow($0, power)) })
    }
    let list = (0..<buckets).map { index in
      let power = 0.05 + 0.02 * Double(index * 7 % 5)
      return GradientBucket(
        id: "bucket \(index)", bytes: 25 << 20, readyMicroseconds: 5000 * Double(index),
        energy: Double(1 + index * 5 % 7),
        energyCurves: [
          curve(.whole, nil, power), curve(.equal, 1024, power * 1.5),
          curve(.greedy, 1024, power * 1.05),
        ],
        unionCurves: [
          .init(
            density: 0.01,
            points: [2, 4, 8, 16].map { workers in
              .init(workers: workers, growth: pow(Double(workers), 0.7))
            })
        ])
    }
    return Profile(
      name: "\(buckets) buckets", tensors: [], operators: [],
      gradients: GradientExchange(
        nodes: nodes, devicesPerNode: 8,
        withinNode: Link(latencyMicroseconds: 5, gbPerSecond: 200),
        betweenNodes: Link(latencyMicroseconds: 20, gbPerSecond: rate),
        selectionGBPerSecond: 100, buckets: list))
  }
}

/// Normal numbers (Box and Muller, 1958) from the generator of Steele, Lea and Flood (2014).
private struct NormalNumbers {
  var state: UInt64

  private mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return (Double((mixed ^ (mixed >> 31)) >> 11) + 1) * 0x1p-53
  }

  mutating func next() -> Double {
    let radius = (-2 * log(uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}
