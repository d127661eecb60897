extension GradientExchange {
  /// The most nodes, and the most devices of a node.
  static let maximumExtent = 1 << 14
  /// The most elements of a block: positions in it have 16 bits.
  public static let maximumBlock = 1 << 16
  /// The shares of elements that may be chosen; all are sent without a choice.
  static let densities = 1e-9...0.999999999

  /// Checks ranges, that links are there where they are needed, and that curves rise.
  func check(at path: JSONPath, into faults: inout FaultList) {
    let found = faults.count
    for (count, key) in [(nodes, "nodes"), (devicesPerNode, "devices_per_node")]
    where !(1...GradientExchange.maximumExtent).contains(count) {
      faults.add(
        path[key], "\(count) is out of range",
        "write a number from 1 to \(GradientExchange.maximumExtent)")
    }
    if ![2, 4].contains(elementBytes) {
      faults.add(
        path["element_bytes"], "elements of \(elementBytes) bytes are not known here",
        "write 2 or 4")
    }
    faults.checkRate(selectionGBPerSecond, at: path["selection_gb_per_s"])
    faults.checkRate(wholeSelectionGBPerSecond, at: path["whole_selection_gb_per_s"])
    withinNode?.check(at: path["within_node"], into: &faults)
    betweenNodes?.check(at: path["between_nodes"], into: &faults)
    if devicesPerNode > 1 && withinNode == nil {
      faults.add(
        path["within_node"], "the key is missing", "add the link of a device to others of its node")
    }
    if nodes > 1 && betweenNodes == nil {
      faults.add(
        path["between_nodes"], "the key is missing", "add the link of a node to the others")
    }
    guard faults.count == found else { return }
    checkBuckets(at: path["buckets"], into: &faults)
  }

  private func checkBuckets(at path: JSONPath, into faults: inout FaultList) {
    if buckets.isEmpty {
      faults.add(path, "the list is empty", "add the buckets in the order of the backward pass")
    }
    var names: [String: Int] = [:]
    var sum = 0.0
    for (index, bucket) in buckets.enumerated() {
      let place = path[index]
      faults.checkName(bucket.id, at: place["id"])
      if let other = names.updateValue(index, forKey: bucket.id) {
        faults.add(
          place["id"], "\(JSON.quoted(bucket.id)) is the id of buckets[\(other)] too",
          "give each bucket an id of its own")
      }
      faults.checkBytes(bucket.bytes, atLeast: elementBytes, at: place["bytes"])
      if bucket.bytes % elementBytes != 0 {
        faults.add(
          place["bytes"], "\(bucket.bytes) bytes are not whole elements of \(elementBytes)",
          "correct bytes or element_bytes")
      }
      sum += Double(bucket.bytes)
      faults.checkMicroseconds(bucket.readyMicroseconds, at: place["ready_us"])
      if index > 0, bucket.readyMicroseconds < buckets[index - 1].readyMicroseconds {
        faults.add(
          place["ready_us"], "the bucket is ready before the one before it",
          "sort the buckets by ready_us")
      }
      faults.checkNumber(bucket.energy, in: 0...1e30, at: place["energy"])
      bucket.checkCurves(elements: bucket.bytes / elementBytes, at: place, into: &faults)
    }
    // With links of few bytes a second, times of more would leave the range of profiles.
    if sum > 0x1p50 {
      faults.add(path, "the buckets have more than 1 PiB", "check the unit of the sizes")
    }
    if !buckets.isEmpty && energy <= 0 {
      faults.add(
        path, "no bucket has any energy", "measure gradients that are not all zero")
    }
  }
}

extension GradientBucket {
  fileprivate func checkCurves(
    elements: Int, at path: JSONPath, into faults: inout FaultList
  ) {
    for (number, curve) in energyCurves.enumerated() {
      let place = path["energy_curves"][number]
      switch (curve.selection, curve.block) {
      case (.whole, nil): break
      case (.whole, _):
        faults.add(
          place["block"], "a choice from the whole bucket has no blocks", "remove the key")
      case (_, nil):
        faults.add(place["block"], "the key is missing", "add the elements of a block")
      case (_, let block?):
        if !(1...GradientExchange.maximumBlock).contains(block) {
          faults.add(
            place["block"], "\(block) is out of range",
            "write a number from 1 to \(GradientExchange.maximumBlock)")
        }
      }
      let isDouble = energyCurves[..<number].contains {
        $0.selection == curve.selection && $0.block == curve.block
      }
      if isDouble {
        faults.add(place, "the same choice has a curve already", "keep one of the two")
      }
      if curve.points.isEmpty {
        faults.add(place["points"], "the list is empty", "add at least one density")
      }
      for (index, point) in curve.points.enumerated() {
        let spot = place["points"][index]
        faults.checkNumber(
          point.density, in: GradientExchange.densities, at: spot["density"])
        faults.checkNumber(point.energy, in: 0...1, at: spot["energy"])
        guard index > 0 else { continue }
        let last = curve.points[index - 1]
        if point.density <= last.density || point.energy < last.energy {
          faults.add(
            spot, "density or energy don't rise", "sort the points by density")
        }
      }
    }
    for (number, curve) in unionCurves.enumerated() {
      let place = path["union_curves"][number]
      faults.checkNumber(curve.density, in: GradientExchange.densities, at: place["density"])
      if curve.points.isEmpty {
        faults.add(place["points"], "the list is empty", "add at least one number of workers")
      }
      for (index, point) in curve.points.enumerated() {
        let spot = place["points"][index]
        faults.checkNumber(Double(point.workers), in: 2...1e9, at: spot["workers"])
        faults.checkNumber(
          point.growth, in: 1...max(1, Double(point.workers)), at: spot["growth"])
        guard index > 0 else { continue }
        let last = curve.points[index - 1]
        if point.workers <= last.workers || point.growth < last.growth {
          faults.add(
            spot, "workers or growth don't rise", "sort the points by workers")
        }
      }
    }
  }
}
