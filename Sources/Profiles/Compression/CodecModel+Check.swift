extension CodecModel {
  /// Checks all codecs of a list, and that no two have one name.
  static func check(_ codecs: [CodecModel], at path: JSONPath, into faults: inout FaultList) {
    var names: [String: Int] = [:]
    for (index, codec) in codecs.enumerated() {
      codec.check(at: path[index], into: &faults)
      if let first = names.updateValue(index, forKey: codec.id) {
        faults.add(
          path[index]["id"], "\(JSON.quoted(codec.id)) is the name of codecs[\(first)] too",
          "give each codec a name of its own")
      }
    }
  }

  private func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkName(id, at: path["id"])
    if ratio.needsElementBytes && elementBytes == nil {
      faults.add(
        path["element_bytes"], "the key is missing",
        "add the bytes of an element, which the form \(ratio.form.rawValue) depends on")
    }
    if let elementBytes, ![1, 2, 4, 8].contains(elementBytes) {
      faults.add(
        path["element_bytes"], "elements of \(elementBytes) bytes are unknown",
        "write 1, 2, 4 or 8")
    }
    ratio.check(at: path["ratio"], into: &faults)
    faults.checkNumber(worstRatio, in: 1e-9...1e3, at: path["worst_ratio"])
    // A file may round what it says.
    let worst = ratio.worst(elementBytes: elementBytes ?? 4)
    if worstRatio < worst * (1 - 1e-9) {
      faults.add(
        path["worst_ratio"],
        "\(JSONWriter.text(of: worstRatio)) is less than the \(JSONWriter.text(of: worst)) "
          + "that the ratio reaches",
        "write at least that")
    }
    faults.checkBytes(worstExtraBytes, at: path["worst_extra_bytes"])
    faults.checkBytes(leastBytes, at: path["least_bytes"])
    faults.checkBytes(workspaceBytes, at: path["workspace_bytes"])
    encode.check(at: path["encode"], into: &faults)
    decode.check(at: path["decode"], into: &faults)
    if let contention {
      let place = path["contention"]
      faults.checkNumber(contention.computeShare, in: 0...1, at: place["compute_share"])
      faults.checkNumber(
        contention.memoryBytesPerByte, in: 0...1e3, at: place["memory_bytes_per_byte"])
    }
    if let loss {
      faults.checkName(loss.metric, at: path["loss"]["metric"])
      faults.checkNumber(loss.value, in: 0...1e30, at: path["loss"]["value"])
    }
    if source?.isEmpty == true { faults.add(path["source"], "the text is empty", "remove it") }
  }
}

extension CodecRatio {
  fileprivate func check(at path: JSONPath, into faults: inout FaultList) {
    switch self {
    case .zeroValue, .sparseRows, .runLength: break
    case .constant(let ratio): faults.checkNumber(ratio, in: 1e-9...1e3, at: path["value"])
    case .byDensity(let points):
      let path = path["points"]
      if points.isEmpty { faults.add(path, "the list is empty", "add at least one density") }
      for (index, point) in points.enumerated() {
        faults.checkNumber(point.density, in: 0...1, at: path[index]["density"])
        faults.checkNumber(point.ratio, in: 1e-9...1e3, at: path[index]["ratio"])
        if index > 0 && point.density <= points[index - 1].density {
          faults.addUnsorted(point.density, points[index - 1].density, at: path[index]["density"])
        }
      }
    }
  }
}

extension ThroughputTable {
  fileprivate func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkMicroseconds(launchMicroseconds, at: path["launch_us"])
    if bytes.isEmpty { faults.add(path["bytes"], "the list is empty", "add at least one size") }
    if densities.isEmpty {
      faults.add(path["densities"], "the list is empty", "add at least one density")
    }
    for (index, size) in bytes.enumerated() {
      faults.checkBytes(size, atLeast: 1, at: path["bytes"][index])
      if index > 0 && size <= bytes[index - 1] {
        faults.addUnsorted(Double(size), Double(bytes[index - 1]), at: path["bytes"][index])
      }
    }
    for (index, density) in densities.enumerated() {
      faults.checkNumber(density, in: 0...1, at: path["densities"][index])
      if index > 0 && density <= densities[index - 1] {
        faults.addUnsorted(density, densities[index - 1], at: path["densities"][index])
      }
    }
    check(gbPerSecond, in: 1e-6...1e9, at: path["gb_per_s"], into: &faults)
    if let copyRatios {
      check(copyRatios, in: 1e-9...1e9, at: path["copy_ratios"], into: &faults)
    }
    faults.checkNumber(fitError, in: 0...1e9, at: path["fit_error"])
    faults.checkNumber(worstFitError, in: 0...1e9, at: path["worst_fit_error"])
  }

  private func check(
    _ rows: [[Double]], in range: ClosedRange<Double>, at path: JSONPath,
    into faults: inout FaultList
  ) {
    if rows.count != bytes.count {
      faults.add(
        path, "\(rows.count) rows are not one for each of \(bytes.count) sizes",
        "add or remove some")
    }
    for (index, row) in rows.enumerated() {
      if row.count != densities.count {
        faults.add(
          path[index], "\(row.count) numbers are not one for each of \(densities.count) densities",
          "add or remove some")
      }
      for (column, number) in row.enumerated() {
        faults.checkNumber(number, in: range, at: isOneRate ? path : path[index][column])
      }
    }
  }
}

extension FaultList {
  fileprivate mutating func addUnsorted(
    _ number: Double, _ before: Double, at place: @autoclosure () -> JSONPath
  ) {
    add(
      place(), "\(JSONWriter.text(of: number)) doesn't come after \(JSONWriter.text(of: before))",
      "sort the list, each number once")
  }
}
