extension MixtureOfExperts {
  /// The section as a file has it, defaults left out.
  var json: JSON {
    var members = JSONMembers()
    members.add("experts", .integer(experts))
    members.add("top_k", .integer(topK))
    members.add("layers", .integer(layers))
    members.add(
      "layer_numbers", layerNumbers == Array(0..<layers) ? nil : JSON.integers(layerNumbers))
    members.add("groups", groups == 1 ? nil : .integer(groups))
    members.add("devices", devices.map(JSON.integer))
    if nodeSizes.count > 1 {
      let isEven = nodeSizes.allSatisfy { $0 == nodeSizes[0] }
      members.add("nodes", isEven ? .integer(nodeSizes.count) : JSON.integers(nodeSizes))
    }
    if let slot = slots.first {
      let isEven = slots.allSatisfy { $0 == slot }
      members.add("slots_per_device", isEven ? .integer(slot) : JSON.integers(slots))
    }
    members.add("device_speeds", deviceSpeeds.isEmpty ? nil : JSON.numbers(deviceSpeeds))
    members.add("tokens_per_device", tokensPerDevice.map(JSON.integer))
    members.add("token_bytes", tokenBytes.map(JSON.integer))
    members.add("expert_bytes", expertBytes.map(JSON.integer))
    members.add("scenarios", scenarios.isEmpty ? nil : .array(scenarios.map(\.json)))
    members.add("coactivation", coactivation.isEmpty ? nil : .array(coactivation.map(\.json)))
    if !placement.isEmpty {
      members.add("placement", .array(placement.map { .array($0.map(JSON.integers)) }))
    }
    return members.object
  }
}

extension LoadScenario {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("name", .string(name))
    let rows = batches.map { JSON.array($0.map(JSON.numbers)) }
    if let load = rows.first, rows.count == 1 {
      members.add("load", load)
    } else {
      members.add("batches", .array(rows))
    }
    return members.object
  }
}

extension Coactivation {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("layer", .integer(layer))
    members.add("scenario", scenario.map(JSON.string))
    members.add("tokens", tokens.isEmpty ? nil : .array(tokens.map(JSON.integers)))
    let pairs = pairs.map { pair in
      JSON.array([.integer(pair.first), .integer(pair.second), .number(pair.tokens)])
    }
    members.add("pairs", pairs.isEmpty ? nil : .array(pairs))
    return members.object
  }
}

extension JSON {
  /// An array of whole numbers.
  package static func integers(_ values: [Int]) -> JSON { .array(values.map(JSON.integer)) }

  /// An array of numbers.
  package static func numbers(_ values: [Double]) -> JSON { .array(values.map(JSON.number)) }
}
