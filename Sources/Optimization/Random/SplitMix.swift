/// A small generator whose sequence depends on its state alone.
///
/// Source: SplitMix64 of Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014.
package struct SplitMix: RandomNumberGenerator {
  @usableFromInline var state: UInt64

  @inlinable
  package init(state: UInt64) { self.state = state }

  @inlinable @inline(__always)
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A whole number from 0 up to, but not including, `limit`.
  @inlinable
  package mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  /// A whole number from 0 up to, but not including, `limit`, from 32 of the bits.
  @inlinable @inline(__always)
  package static func below(_ limit: Int, _ bits: UInt64) -> Int {
    Int(truncatingIfNeeded: ((bits & 0xFFFF_FFFF) &* UInt64(truncatingIfNeeded: limit)) >> 32)
  }

  /// A number from 0 up to 1.
  @inlinable
  package mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
}
