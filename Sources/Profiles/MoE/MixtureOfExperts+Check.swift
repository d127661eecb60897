extension FaultList {
  /// The most layers with routed experts, experts of a layer, and devices that a profile may have.
  static let maximumLayers = 1 << 12
  static let maximumExperts = 1 << 14
  static let maximumDevices = 1 << 14
  /// The most tokens that one number may count.
  static let maximumTokens = 1e15

  /// Tells of a wrong number of layers.
  mutating func addLayers(_ layers: Int, at place: @autoclosure () -> JSONPath) {
    add(
      place(), "\(layers) is out of range",
      "write a number from 1 to \(FaultList.maximumLayers)")
  }

  /// Checks a whole number against its range.
  fileprivate mutating func check(
    _ number: Int, in range: ClosedRange<Int>, at place: @autoclosure () -> JSONPath
  ) {
    if !range.contains(number) {
      add(
        place(), "\(number) is out of range",
        "write a number from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// Checks the length of a list.
  fileprivate mutating func check(
    count: Int, is expected: Int, of what: String, at place: @autoclosure () -> JSONPath
  ) {
    if count != expected {
      add(place(), "\(count) entries are not one for each of \(expected) \(what)", "correct one")
    }
  }
}

extension MixtureOfExperts {
  /// Checks ranges, the lengths of all lists, and that no expert or scenario is unknown.
  func check(at path: JSONPath, into faults: inout FaultList) {
    let found = faults.count
    faults.check(experts, in: 1...FaultList.maximumExperts, at: path["experts"])
    faults.check(topK, in: 1...max(1, experts), at: path["top_k"])
    if !(1...FaultList.maximumLayers).contains(layers) {
      faults.addLayers(layers, at: path["layers"])
    }
    for (index, number) in layerNumbers.enumerated() {
      if number < 0 || (index > 0 && number <= layerNumbers[index - 1]) {
        faults.add(
          path["layer_numbers"][index], "\(number) doesn't come after the one before",
          "sort the layers, each once")
      }
    }
    if groups < 1 || (experts > 0 && experts % groups != 0) {
      faults.add(
        path["groups"], "\(groups) groups don't divide \(experts) experts",
        "write a number that divides them")
    }
    let devices = devices ?? 0
    if !nodeSizes.isEmpty {
      faults.check(devices, in: 1...FaultList.maximumDevices, at: path["devices"])
    }
    if !slots.isEmpty {
      faults.check(
        count: slots.count, is: devices, of: "devices", at: path["slots_per_device"])
      for (device, slots) in slots.enumerated() {
        faults.check(slots, in: 0...FaultList.maximumExperts, at: path["slots_per_device"][device])
      }
    }
    if !deviceSpeeds.isEmpty {
      faults.check(
        count: deviceSpeeds.count, is: devices, of: "devices", at: path["device_speeds"])
      for (device, speed) in deviceSpeeds.enumerated() {
        faults.checkNumber(speed, in: 1e-6...1e6, at: path["device_speeds"][device])
      }
    }
    faults.checkCount(tokensPerDevice, at: path["tokens_per_device"])
    faults.checkBytes(tokenBytes, atLeast: 1, at: path["token_bytes"])
    faults.checkBytes(expertBytes, atLeast: 1, at: path["expert_bytes"])
    guard faults.count == found else { return }
    checkScenarios(at: path["scenarios"], into: &faults)
    checkCoactivation(at: path["coactivation"], into: &faults)
    checkPlacement(at: path["placement"], into: &faults)
  }

  private func checkScenarios(at path: JSONPath, into faults: inout FaultList) {
    var names: [String: Int] = [:]
    for (index, scenario) in scenarios.enumerated() {
      let place = path[index]
      faults.checkName(scenario.name, at: place["name"])
      if let other = names.updateValue(index, forKey: scenario.name) {
        faults.add(
          place["name"],
          "\(JSON.quoted(scenario.name)) is the name of scenarios[\(other)] too",
          "give each scenario a name of its own")
      }
      let isWhole = scenario.batches.count == 1
      if scenario.batches.isEmpty {
        faults.add(place["batches"], "the list is empty", "add at least one batch")
      }
      for (number, batch) in scenario.batches.enumerated() {
        let place = isWhole ? place["load"] : place["batches"][number]
        faults.check(count: batch.count, is: layers, of: "layers", at: place)
        for (layer, row) in batch.enumerated() {
          faults.check(count: row.count, is: experts, of: "experts", at: place[layer])
          for (expert, tokens) in row.enumerated() {
            faults.checkNumber(tokens, in: 0...FaultList.maximumTokens, at: place[layer][expert])
          }
        }
      }
    }
  }

  private func checkCoactivation(at path: JSONPath, into faults: inout FaultList) {
    let names = Set(scenarios.map(\.name))
    let known = 0...(experts - 1)
    for (index, record) in coactivation.enumerated() {
      let place = path[index]
      faults.check(record.layer, in: 0...(layers - 1), at: place["layer"])
      if let scenario = record.scenario, !names.contains(scenario) {
        faults.add(
          place["scenario"], "there is no scenario \(JSON.quoted(scenario))",
          "add it to scenarios, or correct the name")
      }
      for (token, experts) in record.tokens.enumerated() {
        if experts.count != topK {
          faults.check(
            count: experts.count, is: topK, of: "choices", at: place["tokens"][token])
        }
        for (choice, expert) in experts.enumerated() {
          faults.check(expert, in: known, at: place["tokens"][token][choice])
        }
        if Set(experts).count != experts.count {
          faults.add(place["tokens"][token], "an expert stands twice", "write each expert once")
        }
      }
      for (number, pair) in record.pairs.enumerated() {
        let place = place["pairs"][number]
        faults.check(pair.first, in: known, at: place[0])
        faults.check(pair.second, in: known, at: place[1])
        if pair.first >= pair.second {
          faults.add(place, "the experts don't ascend", "write the smaller number first")
        }
        faults.checkNumber(pair.tokens, in: 0...FaultList.maximumTokens, at: place[2])
      }
    }
  }

  private func checkPlacement(at path: JSONPath, into faults: inout FaultList) {
    guard !placement.isEmpty else { return }
    faults.check(count: placement.count, is: layers, of: "layers", at: path)
    for (layer, rows) in placement.enumerated() {
      faults.check(count: rows.count, is: devices ?? 0, of: "devices", at: path[layer])
      for (device, experts) in rows.enumerated() {
        for (position, expert) in experts.enumerated() {
          faults.check(
            expert, in: 0...(self.experts - 1), at: path[layer][device][position])
        }
      }
    }
  }
}
