extension OperatorRules {
  /// Functions of one operand: what the derivative needs, and the operations per element.
  private static let functions: [(name: String, needs: [Operand]?, flops: Double)] = [
    ("Relu", [.output(0)], 1), ("Sigmoid", [.output(0)], 4), ("Tanh", [.output(0)], 6),
    ("Exp", [.output(0)], 2), ("Sqrt", [.output(0)], 2), ("Reciprocal", [.output(0)], 1),
    ("LeakyRelu", [.input(0)], 2), ("Elu", [.input(0)], 4), ("Selu", [.input(0)], 4),
    ("Celu", [.input(0)], 4), ("ThresholdedRelu", [.input(0)], 1), ("Gelu", [.input(0)], 10),
    ("Erf", [.input(0)], 8), ("HardSwish", [.input(0)], 4), ("HardSigmoid", [.input(0)], 3),
    ("Softplus", [.input(0)], 5), ("Softsign", [.input(0)], 3), ("Mish", [.input(0)], 10),
    ("Swish", [.input(0)], 5), ("Log", [.input(0)], 2), ("Abs", [.input(0)], 1),
    ("Sin", [.input(0)], 4), ("Cos", [.input(0)], 4), ("Clip", [.input(0)], 2),
    ("Neg", [], 1),
    // Their derivative is zero everywhere.
    ("Floor", nil, 1), ("Ceil", nil, 1), ("Round", nil, 1), ("Sign", nil, 1),
  ]

  static let activationRules: [String: Rule] = functions.reduce(into: [:]) { rules, function in
    rules[function.name] = rule(needs: function.needs, flopsPerElement: function.flops)
  }

  /// The second and third input are the limits of `Clip`.
  private static func rule(needs: [Operand]?, flopsPerElement: Double) -> Rule {
    { context throws(CollectorError) in
      let input = try context.input(0)
      let work = Double(input.count) * flopsPerElement
      var operation = Operation(
        outputs: [try context.value(input.shape, input.type)], flops: work, hostInputs: [1, 2])
      if let needs, input.isReal {
        let gradient = Gradient(input: 0, needs: needs, flops: work)
        operation.backward = [BackwardOperator(gradients: [gradient])]
      }
      return operation
    }
  }
}
