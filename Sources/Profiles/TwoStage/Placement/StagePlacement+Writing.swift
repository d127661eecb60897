extension StagePlacement {
  /// The key `placement` as a file has it.
  var json: JSON {
    var members = JSONMembers()
    members.add("dtype", .string(dtype))
    members.add("element_bytes", .integer(elementBytes))
    members.add("optimizer", .string(optimizer))
    members.add("state_bytes_per_element", .integer(stateBytesPerElement))
    members.add("shardings", .array(shardings.map(\.json)))
    members.add("ways", .array(ways.map(\.json)))
    return members.object
  }
}

extension NodeSharding {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("id", .string(id))
    members.add("output", output?.json)
    members.add("reads_input_again", .boolean(readsInputAgain))
    members.add("weights", .array(weights.map(JSON.integers)))
    members.add("strategies", .array(strategies.map(\.json)))
    return members.object
  }
}

extension StrategySharding {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("input", .string(input.text))
    members.add("output", .string(output.text))
    members.add("input_gradient", .string(inputGradient.text))
    members.add("output_gradient", .string(outputGradient.text))
    members.add("keeps_output", .boolean(keepsOutput))
    members.add("zero", zeroStage == 0 ? nil : .integer(zeroStage))
    members.add("weights", weights.isEmpty ? nil : .array(weights.map(\.json)))
    members.add("exchanges", exchanges.isEmpty ? nil : .array(exchanges.map(\.json)))
    return members.object
  }
}

extension WeightSharding {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("layout", .string(layout.text))
    members.add("copies", copies.isEmpty ? nil : .integers(copies))
    return members.object
  }
}

extension StageExchange {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("pass", .string(pass.rawValue))
    members.add("kind", .string(kind.rawValue))
    members.add("axes", .integers(axes))
    members.add("tensor", tensor.json)
    members.add("layout", .string(layout.text))
    return members.object
  }
}

extension LayoutWay {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("tensor", ends.tensor.json)
    members.add("source", .string(ends.source.text))
    members.add("target", .string(ends.target.text))
    members.add("steps", .array(steps.map(\.json)))
    return members.object
  }
}

extension MeshTensor {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("shape", .integers(shape))
    members.add("element_bytes", .integer(elementBytes))
    return members.object
  }
}

extension LayoutStep {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("step", .string(kind.rawValue))
    members.add("axis", .integer(axis))
    switch self {
    case .allGather(_, let dimension), .slice(_, let dimension), .reduceScatter(_, let dimension):
      members.add("dimension", .integer(dimension))
    case .allToAll(_, let from, let to):
      members.add("from", .integer(from))
      members.add("to", .integer(to))
    case .allReduce: break
    }
    return members.object
  }

  private var kind: StepKind {
    switch self {
    case .allGather: .allGather
    case .allToAll: .allToAll
    case .slice: .slice
    case .reduceScatter: .reduceScatter
    case .allReduce: .allReduce
    }
  }
}

/// What files call the steps.
enum StepKind: String, CaseIterable {
  case allGather = "all_gather"
  case allToAll = "all_to_all"
  case slice
  case reduceScatter = "reduce_scatter"
  case allReduce = "all_reduce"
}
