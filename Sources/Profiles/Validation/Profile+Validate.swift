extension Profile {
  /// Returns the first ten faults, each with the path that it has in the profile's file.
  ///
  /// Checked are the ranges of all quantities, names (unique, none dangling), aliases (no cycle, none larger
  /// than its target), that no operator reads a tensor which nothing wrote, that every tensor
  /// is used or persistent, and that the sum of all sizes stays below 8 PiB.
  public func validate() -> [Fault] {
    var faults = FaultList()
    check(into: &faults)
    return faults.first
  }

  /// Checks the parts by themselves, then what ties them together.
  func check(into faults: inout FaultList) {
    faults.checkName(name, at: .root["name"])
    source?.check(at: .root["source"], into: &faults)
    faults.checkName(problem, at: .root["problem"])
    device?.check(at: .root["device"], into: &faults)
    for (index, tensor) in tensors.enumerated() {
      tensor.check(at: .root["tensors"][index], into: &faults)
    }
    for (index, step) in operators.enumerated() {
      step.check(at: .root["operators"][index], into: &faults)
    }
    CodecModel.check(codecs, at: .root["codecs"], into: &faults)
    cluster?.check(at: .root["cluster"], into: &faults)
    moe?.check(at: .root["moe"], into: &faults)
    stageGraph?.check(at: .root["two_stage"], into: &faults)
    gradients?.check(at: .root["gradients"], into: &faults)
    checkGraph(into: &faults)
  }

  /// Checks what ties tensors and operators together.
  func checkGraph(into faults: inout FaultList) {
    if standsWithoutOperators { return }
    if operators.isEmpty {
      faults.add(
        .root["operators"], "the list is empty", "add the operators in execution order")
    }
    checkSizes(into: &faults)
    var graph = GraphCheck(profile: self, faults: faults)
    graph.run()
    faults = graph.faults
  }

  private func checkSizes(into faults: inout FaultList) {
    let sizes = tensors.lazy.filter { $0.aliasOf == nil }.map(\.bytes)
    for (section, list) in [
      ("tensors", Array(sizes)), ("operators", operators.map(\.workspaceBytes)),
    ] {
      var sum = 0
      var overflow = false
      for bytes in list where !overflow {
        (sum, overflow) = sum.addingReportingOverflow(bytes)
      }
      if overflow || sum > FaultList.maximumBytes {
        faults.add(
          .root[section], "the sizes add up to more than 8 PiB", "check the unit of the sizes")
      }
    }
  }
}
