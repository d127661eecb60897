extension Tensor {
  /// Checks all that can be told without the rest of the profile.
  func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkName(id, at: path["id"])
    faults.checkBytes(bytes, at: path["bytes"])
    faults.checkName(dtype, at: path["dtype"])
    for (index, extent) in (shape ?? []).enumerated() {
      faults.checkCount(extent, at: path["shape"][index])
    }
    sparsity?.check(at: path["sparsity"]["history"], into: &faults)
    faults.checkName(aliasOf, at: path["alias_of"])
  }
}

extension Sparsity {
  /// Checks the measurements and that the epochs ascend.
  func check(at path: JSONPath, into faults: inout FaultList) {
    if history.isEmpty {
      faults.add(path, "the list is empty", "add a measurement, or leave sparsity out")
    }
    for (index, sample) in history.enumerated() {
      faults.checkCount(sample.epoch, at: path[index]["epoch"])
      faults.checkNumber(sample.density, in: 0...1, at: path[index]["density"])
      faults.checkNumber(sample.cycle, in: 1...1e15, at: path[index]["cycle"])
      if index > 0 && sample.epoch <= history[index - 1].epoch {
        faults.add(
          path[index]["epoch"],
          "epoch \(sample.epoch) doesn't come after \(history[index - 1].epoch)",
          "sort the list by epoch, each epoch once")
      }
    }
  }
}

extension Operator {
  /// Checks all that can be told without the rest of the profile.
  func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkName(id, at: path["id"])
    faults.checkMicroseconds(durationMicroseconds, at: path["duration_us"])
    faults.checkBytes(workspaceBytes, at: path["workspace_bytes"])
    faults.checkNumber(flops, in: 0...1e30, at: path["flops"])
    faults.checkNumber(bytesAccessed, in: 0...1e30, at: path["bytes_accessed"])
  }
}
