/// The ways to find a dispatch.
public enum DispatchStrategy: String, Sendable, Hashable, CaseIterable {
  /// The same share for each expert: what gates are trained for (GShard, Switch Transformer).
  case even
  /// Tokens in proportion to the rate of the pair, smoothed by kind of topology: the closed form of
  /// TA-MoE (Chen et al., NeurIPS 2022).
  case taMoE = "ta-moe"
  /// The same with each pair's own rate.
  case inverse = "1/beta"
  /// A fixed share of the tokens leaves the node: the gate of FasterMoE (He et al., PPoPP 2022).
  case hierarchical
  /// The linear program of all pairs and shared links, rounded.
  case linear = "linear-program"
  /// The same in whole tokens, where there are few.
  case integer = "integer-program"
}
