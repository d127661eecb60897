import Foundation

/// Draws counts of independent events (Poisson) from a seeded generator.
struct CountSampler {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15
  }

  /// A number from 0 to less than 1 (SplitMix64, Steele, Lea and Flood 2014).
  private mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    mixed ^= mixed >> 31
    return Double(mixed >> 11) * 0x1p-53
  }

  /// A count with this mean: by waiting times when small, else from the normal distribution, which is
  /// close enough beyond 30.
  mutating func next(mean: Double) -> Double {
    guard mean > 0 else { return 0 }
    if mean < 30 {
      var product = uniform()
      var count = 0.0
      let limit = exp(-mean)
      while product > limit {
        product *= uniform()
        count += 1
      }
      return count
    }
    let radius = (-2 * log(1 - uniform())).squareRoot()
    let normal = radius * cos(2 * Double.pi * uniform())
    return max(0, (mean + mean.squareRoot() * normal).rounded())
  }
}
