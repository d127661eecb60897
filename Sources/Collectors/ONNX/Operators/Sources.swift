extension OperatorRules {
  static let sourceRules: [String: Rule] = [
    "Constant": constant,
    "ConstantOfShape": filled,
    "Shape": { context throws(CollectorError) in
      let shape = try context.input(0).shape
      func clamped(_ name: String, default value: Int) -> Int {
        let index = context.integer(name, default: value)
        let near = max(-1000, min(1000, index))
        return max(0, min(shape.count, near < 0 ? near + shape.count : near))
      }
      let start = clamped("start", default: 0)
      let extents = Array(shape[start..<max(start, clamped("end", default: shape.count))])
      return Operation(outputs: [
        try context.value([extents.count], .int64, constant: .integers(extents))
      ])
    },
    "Size": { context throws(CollectorError) in
      let count = try context.input(0).count
      return Operation(outputs: [
        try context.value([], .int64, constant: .integers([count]))
      ])
    },
    "Range": range,
  ]

  private static let constant: Rule = { context throws(CollectorError) in
    let value: Value
    if let tensor = context.attribute("value")?.tensor {
      value = try TensorContents(tensor).value(file: context.file, place: context.place)
    } else if let integer = context.attribute("value_int")?.integer {
      value = try context.value([], .int64, constant: .integers([Int(integer)]))
    } else if let integers = context.integers("value_ints") {
      value = try context.value([integers.count], .int64, constant: .integers(integers))
    } else if let real = context.attribute("value_float")?.real {
      value = try context.value([], .real, constant: .reals([Double(real)]))
    } else if let reals = context.attribute("value_floats")?.reals {
      value = try context.value(
        [reals.count], .real, constant: .reals(reals.map { Double($0) }))
    } else {
      throw context.unsupported(
        "it holds no tensor, integer or real", remedy: "replace it by an initialiser")
    }
    return Operation(outputs: [value])
  }

  private static let filled: Rule = { context throws(CollectorError) in
    let shape = try context.knownIntegers(0, "shape")
    guard shape.count <= ONNXLimitExceeded.rank else {
      throw context.invalid("it has \(shape.count) dimensions")
    }
    var element: Value?
    if let tensor = context.attribute("value")?.tensor {
      element = try TensorContents(tensor).value(file: context.file, place: context.place)
    }
    let type = element?.type ?? .real
    var output = try context.value(shape, type)
    if output.count <= ONNXLimitExceeded.elements {
      switch element?.constant ?? .reals([0]) {
      case .integers(let values):
        let fill = values.first ?? 0
        output.constant = .integers([Int](repeating: fill, count: output.count))
      case .reals(let values):
        let fill = values.first ?? 0
        output.constant = .reals([Double](repeating: fill, count: output.count))
      }
    }
    return Operation(outputs: [output], hostInputs: [0])
  }

  private static let range: Rule = { context throws(CollectorError) in
    var bounds: [Double] = []
    for index in 0..<3 {
      guard let bound = try context.input(index).constant?.reals.first, bound.isFinite else {
        throw context.unsupported(
          "its bounds are known only when the network runs",
          remedy: "export the network with constant shapes, or simplify it (onnxsim) first")
      }
      bounds.append(bound)
    }
    let steps = ((bounds[1] - bounds[0]) / bounds[2]).rounded(.up)
    guard bounds[2] != 0, steps.isFinite, steps <= Double(Value.maximumCount) else {
      throw context.invalid("it counts from \(bounds[0]) to \(bounds[1]) by \(bounds[2])")
    }
    let type = try context.input(0).type
    var output = try context.value([Int(max(0, steps))], type)
    if output.count <= ONNXLimitExceeded.elements {
      let values = (0..<output.count).map { bounds[0] + Double($0) * bounds[2] }
      let integers = values.compactMap { Int(exactly: $0) }
      if type == .real {
        output.constant = .reals(values)
      } else if integers.count == values.count {
        output.constant = .integers(integers)
      }
    }
    return Operation(outputs: [output], hostInputs: [0, 1, 2])
  }
}
