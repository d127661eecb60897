internal import CKernels

/// The elements of the largest magnitude in each block of a gradient, an exact number of them in each.
///
/// All workers that share the numbers send buffers of the same size (block-balanced sparsification,
/// CN116341628B). Of equal magnitudes the first are taken; NaN counts as larger than infinity, so that
/// a gradient that diverged shows.
public struct BlockSelection: Sendable, Hashable {
  /// The elements of a block; the last block has what is left.
  public let block: Int
  /// How many elements are chosen, one number for each block.
  public let counts: [Int]
  /// The position of each chosen element in its block, ascending in each.
  public let positions: [UInt16]
  /// The chosen elements.
  public let values: [Float]

  /// The most elements of a block: positions have 16 bits.
  public static let largestBlock = Int(KERNELS_SELECT_BLOCK)

  /// Returns how many blocks a gradient has.
  public static func blockCount(elements: Int, block: Int) -> Int {
    precondition(elements >= 0 && block > 0, "a block has no elements")
    return elements / block + (elements % block == 0 ? 0 : 1)
  }

  /// Returns the same count for each block, as far as the last one has so many elements.
  public static func equalCounts(_ count: Int, elements: Int, block: Int) -> [Int] {
    let blocks = blockCount(elements: elements, block: block)
    var counts = [Int](repeating: min(count, block), count: blocks)
    // The last block keeps the same share, rounded up.
    let rest = elements % block
    if rest > 0 { counts[blocks - 1] = min(rest, (min(count, block) * rest + block - 1) / block) }
    return counts
  }

  /// Chooses from a gradient.
  ///
  /// - Parameters:
  ///   - gradient: The elements.
  ///   - block: The elements of a block, from 1 to `largestBlock`.
  ///   - counts: How many to choose, one number for each block and at most its elements.
  ///   - level: How the kernel runs.
  /// - Throws: `CodecError.unsupported` for other numbers.
  /// - Complexity: at most 32 passes over each block, which a cache holds meanwhile.
  public init(
    of gradient: UnsafeBufferPointer<Float>, block: Int, counts: [Int], level: KernelLevel = .best
  ) throws(CodecError) {
    guard (1...BlockSelection.largestBlock).contains(block) else {
      throw .unsupported("blocks of \(block) elements are not of 1 to \(Self.largestBlock)")
    }
    let blocks = BlockSelection.blockCount(elements: gradient.count, block: block)
    guard counts.count == blocks else {
      throw .unsupported("\(counts.count) counts are not one for each of \(blocks) blocks")
    }
    guard counts.allSatisfy({ (0...block).contains($0) }) else {
      throw .unsupported("a count is negative or above the \(block) elements of a block")
    }
    let total = counts.reduce(0, +)
    var positions = [UInt16](repeating: 0, count: total)
    var values = [Float](repeating: 0, count: total)
    var answer = Int32(KERNELS_OK)
    if let start = gradient.baseAddress, total > 0 {
      answer = kernels_select(
        level.code, start, gradient.count, block, counts.map { UInt32($0) }, &positions, &values,
        total)
    }
    guard answer != KERNELS_BAD_COUNT else {
      throw .unsupported("the last block has fewer elements than its count")
    }
    try CodecError.check(answer)
    self.block = block
    self.counts = counts
    self.positions = positions
    self.values = values
  }

  /// The sum of the squares of the chosen elements.
  public var energy: Double { values.reduce(0) { $0 + Double($1) * Double($1) } }

  /// The sum of the squares of the chosen elements of each block.
  public var energies: [Double] {
    var place = 0
    return counts.map { count in
      defer { place += count }
      return values[place..<place + count].reduce(0) { $0 + Double($1) * Double($1) }
    }
  }

  /// The chosen elements' positions in the gradient, ascending.
  public var indices: [Int] {
    var indices: [Int] = []
    indices.reserveCapacity(positions.count)
    for (number, count) in counts.enumerated() {
      for position in positions[indices.count..<indices.count + count] {
        indices.append(number * block + Int(position))
      }
    }
    return indices
  }
}

/// The smallest magnitude among the largest elements of a whole gradient.
public struct MagnitudeThreshold: Sendable, Hashable {
  /// The magnitude that the chosen elements reach.
  public let least: Float
  /// How many elements more than wanted reach it; each of them has this very magnitude.
  public let surplus: Int

  /// Finds the magnitude that the `count` largest elements reach.
  ///
  /// - Throws: `CodecError.unsupported` if the gradient hasn't so many elements, or none is wanted.
  public init(
    of gradient: UnsafeBufferPointer<Float>, count: Int, level: KernelLevel = .best
  ) throws(CodecError) {
    guard let start = gradient.baseAddress, (1...gradient.count).contains(count) else {
      throw .unsupported("\(count) elements can't be chosen from \(gradient.count)")
    }
    var bits: UInt32 = 0
    var surplus = 0
    try CodecError.check(
      kernels_threshold(level.code, start, gradient.count, count, &bits, &surplus))
    least = Float(bitPattern: bits)
    self.surplus = surplus
  }
}
