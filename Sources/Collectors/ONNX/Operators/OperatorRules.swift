/// What each ONNX operator does, by its name in the default domain.
enum OperatorRules {
  typealias Rule = @Sendable (NodeContext) throws(CollectorError) -> Operation

  /// The rule of an operator; nil if the collector doesn't know it.
  static func rule(type: String, domain: String) -> Rule? {
    domain.isEmpty || domain == "ai.onnx" ? all[type] : nil
  }

  /// All rules.
  static let all: [String: Rule] = [
    convolutionRules, poolingRules, normalizationRules, productRules, activationRules,
    arithmeticRules, comparisonRules, viewRules, layoutRules, indexingRules, resamplingRules,
    reductionRules, sourceRules,
  ].reduce(into: [:]) { all, rules in
    all.merge(rules) { first, _ in first }
  }
}
