import TestSupport

/// Damages files at random.
enum Mutation {
  /// Returns bytes with one to eight changes: bytes replaced, removed, repeated, or the end cut off.
  static func of(_ bytes: [UInt8], seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    var result = bytes
    for _ in 0..<Int.random(in: 1...8, using: &random) where !result.isEmpty {
      let position = Int.random(in: result.indices, using: &random)
      let end = min(result.count, position + Int.random(in: 1...16, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: result.removeSubrange(position..<end)
      case 1: result.insert(contentsOf: Array(result[position..<end]), at: position)
      case 2: result = Array(result.prefix(position))
      case 3: result[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      default: result[position] = UInt8.random(in: 0...255, using: &random)
      }
    }
    return result
  }
}
