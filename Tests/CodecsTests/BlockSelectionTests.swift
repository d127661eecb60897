import Codecs
import Foundation
import TestSupport
import Testing

@Suite struct BlockSelectionTests {
  /// The positions that a plain sort chooses: the largest magnitudes, of equal ones the first.
  private func reference(_ gradient: [Float], block: Int, counts: [Int]) -> [Int] {
    var chosen: [Int] = []
    for (number, count) in counts.enumerated() {
      let range = number * block..<min(gradient.count, (number + 1) * block)
      func magnitude(_ index: Int) -> UInt32 { gradient[index].bitPattern & 0x7FFF_FFFF }
      let order = range.sorted { (magnitude($1), $0) < (magnitude($0), $1) }
      chosen += order.prefix(count).sorted()
    }
    return chosen
  }

  private func select(
    _ gradient: [Float], _ block: Int, _ counts: [Int], _ level: KernelLevel = .best
  ) throws -> BlockSelection {
    try gradient.withUnsafeBufferPointer {
      try BlockSelection(of: $0, block: block, counts: counts, level: level)
    }
  }

  @Test(
    "each block gives exactly its count of largest elements, at every level",
    arguments: UInt64(0)..<60)
  func exactCounts(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let sizes = [1, 7, 8, 31, 32, 33, 100, 1000, 4099]
    let elements = sizes[Int(seed) % sizes.count]
    let block = [1, 5, 8, 32, 100, 1024, 65536][Int(seed / 3) % 7]
    // Few different magnitudes make ties; many make none.
    let kinds = seed % 2 == 0 ? 4 : 1_000_000
    let gradient = (0..<elements).map { _ -> Float in
      let value = Float(Int.random(in: -kinds...kinds, using: &random)) / 7
      return value == 0 && Bool.random(using: &random) ? -0.0 : value
    }
    let counts = (0..<BlockSelection.blockCount(elements: elements, block: block)).map { number in
      let length = min(block, elements - number * block)
      return [0, 1, length, Int.random(in: 0...length, using: &random)].randomElement(
        using: &random) ?? 0
    }
    let expected = reference(gradient, block: block, counts: counts)
    for level in KernelLevel.available {
      let selection = try select(gradient, block, counts, level)
      #expect(selection.indices == expected, "\(level)")
      #expect(selection.values.map(\.bitPattern) == expected.map { gradient[$0].bitPattern })
      let energies = selection.energies
      #expect(energies.count == counts.count)
      #expect(abs(energies.reduce(0, +) - selection.energy) <= 1e-9 * selection.energy)
    }
  }

  @Test("NaN and infinity count as the largest, and zeros are chosen where nothing else is left")
  func specialValues() throws {
    let gradient: [Float] = [0, 1, .nan, -.infinity, -2, 0, .leastNonzeroMagnitude, -0.0, 3]
    for level in KernelLevel.available {
      func chosen(_ count: Int) throws -> [Int] {
        try select(gradient, 9, [count], level).indices
      }
      #expect(try chosen(1) == [2])
      #expect(try chosen(2) == [2, 3])
      #expect(try chosen(4) == [2, 3, 4, 8])
      #expect(try chosen(7) == [0, 1, 2, 3, 4, 6, 8])
      #expect(try chosen(9) == Array(0..<9))
    }
  }

  @Test("the threshold of a whole gradient is that of a sort", arguments: UInt64(0)..<30)
  func threshold(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let kinds = seed % 2 == 0 ? 9 : 1_000_000
    let gradient = (0..<(1 + Int(seed) * 41)).map { _ in
      Float(Int.random(in: -kinds...kinds, using: &random))
    }
    let sorted = gradient.map(abs).sorted(by: >)
    for count in Set([1, (gradient.count + 1) / 2, gradient.count]) {
      for level in KernelLevel.available {
        let threshold = try gradient.withUnsafeBufferPointer {
          try MagnitudeThreshold(of: $0, count: count, level: level)
        }
        let reached = sorted.filter { $0 >= threshold.least }
        #expect(reached.count == count + threshold.surplus)
        if threshold.surplus > 0 { #expect(sorted[count - 1] == threshold.least) }
      }
    }
  }

  @Test("wrong blocks and counts are refused")
  func refusals() throws {
    let gradient = [Float](repeating: 1, count: 10)
    for (block, counts) in [
      (0, []), (65537, [1]), (4, [1, 1]), (4, [1, 1, 3]), (4, [5, 1, 1]), (4, [-1, 1, 1]),
    ] {
      #expect(throws: CodecError.self) { try select(gradient, block, counts) }
    }
    #expect(try select([], 4, []).positions.isEmpty)
    for count in [0, 11, -1] {
      #expect(throws: CodecError.self) {
        try gradient.withUnsafeBufferPointer { try MagnitudeThreshold(of: $0, count: count) }
      }
    }
    #expect(BlockSelection.equalCounts(3, elements: 10, block: 4) == [3, 3, 2])
  }

  // MARK: Allocation

  @Test(
    "greedy counts stay within the budget and one step of the optimum", arguments: UInt64(0)..<40)
  func allocation(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let tables = (0..<4).map { _ -> [DensityAllocation.Choice] in
      var (count, energy) = (0, 0.0)
      return (0..<4).map { _ in
        count += Int.random(in: 1...6, using: &random)
        energy += Double.random(in: 0...5, using: &random)
        return .init(count: count, energy: energy)
      }
    }
    let budget = Int.random(in: 0...50, using: &random)
    var optimum = 0.0
    func search(_ part: Int, _ left: Int, _ energy: Double) {
      optimum = max(optimum, energy)
      guard part < tables.count else { return }
      search(part + 1, left, energy)
      for choice in tables[part] where choice.count <= left {
        search(part + 1, left - choice.count, energy + choice.energy)
      }
    }
    search(0, budget, 0)
    let allocation = DensityAllocation(budget: budget, tables: tables)
    #expect(allocation.counts.reduce(0, +) <= budget)
    #expect(allocation.energy <= optimum + 1e-9)
    // One step along a hull holds at most a whole table's energy.
    let step = tables.compactMap { $0.last?.energy }.max() ?? 0
    #expect(allocation.energy >= optimum - step - 1e-9)
    for (part, row) in allocation.rows.enumerated() {
      #expect(allocation.counts[part] == row.map { tables[part][$0].count } ?? 0)
    }
  }

  /// Normal elements whose scale differs from stretch to stretch, as heavy tails of layers do.
  static func heavyTailed(seed: UInt64, elements: Int, stretch: Int) -> (
    now: [Float], then: [Float]
  ) {
    var random = SeededGenerator(seed: seed)
    func normal() -> Double {
      let radius = (-2 * log(Double.random(in: 1e-12...1, using: &random))).squareRoot()
      return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
    }
    var (now, then): ([Float], [Float]) = ([], [])
    var scale = 1.0
    for index in 0..<elements {
      if index % stretch == 0 { scale = exp(normal()) }
      now.append(Float(scale * normal()))
      then.append(Float(scale * normal()))
    }
    return (now, then)
  }

  @Test("balanced blocks with greedy counts hold 0.95 of the exact largest one per cent")
  func heavyTails() throws {
    let (now, then) = Self.heavyTailed(seed: 5, elements: 1 << 19, stretch: 16384)
    let budget = now.count / 100
    let exact = now.map { Double($0) * Double($0) }.sorted(by: >).prefix(budget).reduce(0, +)
    let block = 1024
    let uniform = try select(
      now, block, BlockSelection.equalCounts(10, elements: now.count, block: block))
    func greedy(from teacher: [Float]) throws -> Double {
      var tables = [[DensityAllocation.Choice]](repeating: [], count: now.count / block)
      for level in [1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024] {
        let counts = BlockSelection.equalCounts(level, elements: now.count, block: block)
        for (index, energy) in try select(teacher, block, counts).energies.enumerated() {
          tables[index].append(.init(count: level, energy: energy))
        }
      }
      let allocation = DensityAllocation(budget: budget, tables: tables)
      #expect(allocation.counts.reduce(0, +) <= budget)
      return try select(now, block, allocation.counts).energy
    }
    let own = try greedy(from: now) / exact
    let earlier = try greedy(from: then) / exact
    print(
      "energy of the exact largest 1 %: equal \(uniform.energy / exact), greedy \(own), \(earlier)")
    #expect(own >= 0.95)
    // Counts from another step's gradient lose little, equal counts much.
    #expect(earlier >= 0.9)
    #expect(uniform.energy / exact < 0.8)
  }
}
