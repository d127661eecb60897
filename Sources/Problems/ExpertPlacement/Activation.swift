import Foundation

/// How likely a batch wakes an expert.
enum Activation {
  /// Returns `1 − (1 − share)^tokens`: the chance that at least one token of the batch comes.
  ///
  /// - Parameter share: The chance of one token.
  static func probability(share: Double, tokens: Int) -> Double {
    share >= 1 ? 1 : -expm1(Double(tokens) * log1p(-share))
  }
}
