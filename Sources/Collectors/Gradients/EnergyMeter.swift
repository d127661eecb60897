import Codecs
import Foundation
import Profiles

/// Measures how much energy the largest elements of a bucket hold, and how alike workers choose.
struct EnergyMeter {
  /// The bucket's elements, one list for each worker, as long in each.
  let workers: [[Float]]
  /// What is measured.
  let densities: [Double]

  private var elements: Int { workers.first?.count ?? 0 }

  /// The sum of the squares, mean over workers.
  var energy: Double {
    workers.reduce(0) { $0 + EnergyMeter.energy(of: $1) } / Double(max(1, workers.count))
  }

  private static func energy(of gradient: [Float]) -> Double {
    gradient.reduce(0) { $0 + Double($1) * Double($1) }
  }

  /// Returns the curves of all ways to choose; none of a bucket without energy.
  func curves(blocks: [Int]) throws(CodecError) -> [GradientBucket.EnergyCurve] {
    guard energy > 0, elements > 1 else { return [] }
    var curves = [try whole()]
    for block in blocks where block < elements {
      curves.append(try equal(block: block))
      curves.append(try greedy(block: block))
    }
    return curves.filter { !$0.points.isEmpty }
  }

  // MARK: Ways to choose

  private func whole() throws(CodecError) -> GradientBucket.EnergyCurve {
    var points: [GradientBucket.EnergyCurve.Point] = []
    for count in counts(of: elements) {
      var kept = 0.0
      for gradient in workers {
        let threshold = try gradient.withUnsafeBufferPointer { buffer throws(CodecError) in
          try MagnitudeThreshold(of: buffer, count: count)
        }
        let least = Double(threshold.least)
        for element in gradient where abs(element) >= threshold.least {
          kept += Double(element) * Double(element)
        }
        kept -= Double(threshold.surplus) * least * least
      }
      points.append(point(count, kept, workers))
    }
    return GradientBucket.EnergyCurve(selection: .whole, points: points)
  }

  private func equal(block: Int) throws(CodecError) -> GradientBucket.EnergyCurve {
    var points: [GradientBucket.EnergyCurve.Point] = []
    for count in counts(of: block) {
      let counts = BlockSelection.equalCounts(count, elements: elements, block: block)
      let chosen = counts.reduce(0, +)
      guard chosen < elements else { continue }
      var kept = 0.0
      for gradient in workers { kept += try select(gradient, block, counts).energy }
      points.append(point(chosen, kept, workers))
    }
    return GradientBucket.EnergyCurve(selection: .equal, block: block, points: rising(points))
  }

  /// Counts for each block that follow from the energies of half of the workers, and the energies that the
  /// other half keeps with them: counts made for one gradient flatter it.
  private func greedy(block: Int) throws(CodecError) -> GradientBucket.EnergyCurve {
    let teachers = workers.indices.filter { $0 % 2 == 0 }.map { workers[$0] }
    let others = workers.indices.filter { $0 % 2 == 1 }.map { workers[$0] }
    let judges = others.isEmpty ? teachers : others
    let blocks = BlockSelection.blockCount(elements: elements, block: block)
    var tables = [[DensityAllocation.Choice]](repeating: [], count: blocks)
    for level in EnergyMeter.levels(of: block) {
      let counts = BlockSelection.equalCounts(level, elements: elements, block: block)
      var sums = [Double](repeating: 0, count: blocks)
      for gradient in teachers {
        for (index, energy) in try select(gradient, block, counts).energies.enumerated() {
          sums[index] += energy
        }
      }
      for index in 0..<blocks where counts[index] > tables[index].last?.count ?? 0 {
        tables[index].append(.init(count: counts[index], energy: sums[index]))
      }
    }
    var points: [GradientBucket.EnergyCurve.Point] = []
    for budget in counts(of: elements) {
      let allocation = DensityAllocation(budget: budget, tables: tables)
      let chosen = allocation.counts.reduce(0, +)
      guard (1..<elements).contains(chosen) else { continue }
      var kept = 0.0
      for gradient in judges { kept += try select(gradient, block, allocation.counts).energy }
      points.append(point(chosen, kept, judges))
    }
    return GradientBucket.EnergyCurve(selection: .greedy, block: block, points: rising(points))
  }

  /// The counts that a block may have: powers of √2, and all.
  static func levels(of block: Int) -> [Int] {
    var levels: [Int] = []
    var level = 1.0
    while level < Double(block) {
      let count = Int(level.rounded())
      if count > levels.last ?? 0 { levels.append(count) }
      level *= 2.0.squareRoot()
    }
    if levels.last != block { levels.append(block) }
    return levels
  }

  private func select(
    _ gradient: [Float], _ block: Int, _ counts: [Int]
  ) throws(CodecError) -> BlockSelection {
    try gradient.withUnsafeBufferPointer { buffer throws(CodecError) in
      try BlockSelection(of: buffer, block: block, counts: counts)
    }
  }

  /// The numbers of elements that the densities are of so many; each once, none of them all.
  private func counts(of elements: Int) -> [Int] {
    var counts: [Int] = []
    for density in densities.sorted() {
      let count = Int((density * Double(elements)).rounded())
      if count > counts.last ?? 0, count < elements { counts.append(count) }
    }
    return counts
  }

  private func point(
    _ count: Int, _ kept: Double, _ workers: [[Float]]
  ) -> GradientBucket.EnergyCurve.Point {
    let all = workers.reduce(0) { $0 + EnergyMeter.energy(of: $1) }
    return GradientBucket.EnergyCurve.Point(
      density: Double(count) / Double(elements), energy: all > 0 ? min(1, max(0, kept / all)) : 1)
  }

  /// Returns the points whose density and energy rise: the judges of counts made by others may lose.
  private func rising(
    _ points: [GradientBucket.EnergyCurve.Point]
  ) -> [GradientBucket.EnergyCurve.Point] {
    var rising: [GradientBucket.EnergyCurve.Point] = []
    for point in points {
      if let last = rising.last, point.density <= last.density || point.energy < last.energy {
        continue
      }
      rising.append(point)
    }
    return rising
  }

  // MARK: Unions

  /// Returns how many elements any of 2, 4, 8 … workers chooses, as many in each block.
  func unions(block: Int) throws(CodecError) -> [GradientBucket.UnionCurve] {
    guard workers.count > 1, elements > 1 else { return [] }
    let block = min(block, elements, BlockSelection.largestBlock)
    var curves: [GradientBucket.UnionCurve] = []
    for count in counts(of: block) {
      let counts = BlockSelection.equalCounts(count, elements: elements, block: block)
      let chosen = counts.reduce(0, +)
      guard chosen < elements else { continue }
      var isChosen = [Bool](repeating: false, count: elements)
      var points: [GradientBucket.UnionCurve.Point] = []
      var union = 0
      for (number, gradient) in workers.enumerated() {
        for index in try select(gradient, block, counts).indices where !isChosen[index] {
          isChosen[index] = true
          union += 1
        }
        let workers = number + 1
        guard workers > 1, workers & number == 0 || workers == self.workers.count else { continue }
        points.append(.init(workers: workers, growth: Double(union) / Double(chosen)))
      }
      let density = Double(chosen) / Double(elements)
      if density > curves.last?.density ?? 0 {
        curves.append(.init(density: density, points: points))
      }
    }
    return curves
  }
}
