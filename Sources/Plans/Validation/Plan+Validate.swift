public import Profiles

extension Plan {
  /// Returns the first ten faults that can be told without the profile, each with the path that it
  /// has in the plan's file: empty names, quantities out of range, chains without operators.
  public func validate() -> [Fault] {
    var faults = FaultList()
    check(into: &faults)
    return faults.first
  }

  /// Checks all that can be told without the profile.
  func check(into faults: inout FaultList) {
    let root = JSONPath.root
    faults.checkName(version, at: root["version"])
    faults.checkName(profile.name, at: root["profile"]["name"])
    faults.checkDigest(profile.sha256, at: root["profile"]["sha256"])
    faults.checkBytes(budget.deviceBytes, at: root["budget"]["device_bytes"])
    faults.checkBytes(budget.hostBytes, at: root["budget"]["host_bytes"])
    faults.checkBytes(budget.nvmeBytes, at: root["budget"]["nvme_bytes"])
    if case .swap(let decisions) = decisions {
      faults.checkNumber(
        decisions.densityQuantile, in: 0...1, at: root["decisions"]["density_quantile"])
      for (index, decision) in decisions.gaps.enumerated() {
        decision.check(at: root["decisions"]["gaps"][index], into: &faults)
      }
    }
    prediction?.check(at: root["prediction"], into: &faults)
    faults.checkMicroseconds(
      lowerBound?.iterationMicroseconds, at: root["lower_bound"]["iteration_us"])
    faults.checkName(lowerBound?.method, at: root["lower_bound"]["method"])
    faults.checkNumber(gap?.ofIteration, in: 0...1, at: root["gap"]["of_iteration"])
    faults.checkNumber(gap?.ofAddedTime, in: 0...1e15, at: root["gap"]["of_added_time"])
    for (index, entry) in search.enumerated() {
      entry.check(at: root["search"][index], into: &faults)
    }
    for (index, reason) in reasons.enumerated() {
      reason.check(at: root["reasons"][index], into: &faults)
    }
  }
}

extension GapDecision {
  fileprivate func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkName(tensor, at: path["tensor"])
    faults.checkName(after, at: path["after"])
    faults.checkName(before, at: path["before"])
    switch action {
    case .keep: break
    case .swap(let prefetchAt, let offloadAt, let tier):
      faults.checkName(prefetchAt, at: path["prefetch_at"])
      if let offloadAt { faults.checkName(offloadAt, at: path["offload_at"]) }
      if case .nvme(let readAt) = tier { faults.checkName(readAt, at: path["read_at"]) }
      if let codec = tier.codec { faults.checkName(codec, at: path["codec"]) }
    case .recompute(let operators, let at):
      if let at { faults.checkName(at, at: path["recompute_at"]) }
      if operators.isEmpty {
        faults.add(
          path["operators"], "the list is empty", "add the operators that make the tensor again")
      }
      for (index, name) in operators.enumerated() {
        faults.checkName(name, at: path["operators"][index])
      }
    }
  }
}

extension Prediction {
  fileprivate func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkMicroseconds(iterationMicroseconds, at: path["iteration_us"])
    faults.checkMicroseconds(computeMicroseconds, at: path["compute_us"])
    faults.checkMicroseconds(stallMicroseconds, at: path["stall_us"])
    faults.checkMicroseconds(recomputeMicroseconds, at: path["recompute_us"])
    faults.checkMicroseconds(codecMicroseconds, at: path["codec_us"])
    faults.checkBytes(peakDeviceBytes, at: path["peak_device_bytes"])
    faults.checkBytes(peakHostBytes, at: path["peak_host_bytes"])
    faults.checkBytes(peakNVMeBytes, at: path["peak_nvme_bytes"])
  }
}

extension SearchEntry {
  fileprivate func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkName(strategy, at: path["strategy"])
    faults.checkMicroseconds(valueMicroseconds, at: path["value_us"])
    faults.checkMicroseconds(boundMicroseconds, at: path["bound_us"])
    faults.checkCount(nodes, at: path["nodes"])
    faults.checkName(engine, at: path["engine"])
    faults.checkName(termination, at: path["termination"])
  }
}

extension Reason {
  fileprivate func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkName(tensor, at: path["tensor"])
    faults.checkName(after, at: path["after"])
    faults.checkName(before, at: path["before"])
    faults.checkBytes(freedBytes, at: path["freed_bytes"])
    faults.checkMicroseconds(costMicroseconds, at: path["cost_us"])
    faults.checkName(neededAt, at: path["needed_at"])
    if text.isEmpty { faults.add(path["text"], "the text is empty", "write a sentence") }
  }
}
