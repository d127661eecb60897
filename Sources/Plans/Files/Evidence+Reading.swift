import Profiles

extension JSONReader {
  /// Reads what a plan says of its own quality.
  mutating func evidence(
    in plan: JSONObject
  ) -> (prediction: Prediction?, lowerBound: LowerBound?, gap: Gap?) {
    let prediction = plan["prediction"].flatMap { self.prediction($0, at: plan.path["prediction"]) }
    let lowerBound = plan["lower_bound"].flatMap {
      self.lowerBound($0, at: plan.path["lower_bound"])
    }
    let gap = plan["gap"].flatMap { self.gap($0, at: plan.path["gap"]) }
    return (prediction, lowerBound, gap)
  }

  private mutating func prediction(_ value: JSON, at path: JSONPath) -> Prediction? {
    let keys = [
      "iteration_us", "compute_us", "stall_us", "recompute_us", "codec_us", "peak_device_bytes",
      "peak_host_bytes", "peak_nvme_bytes",
    ]
    guard let object = object(value, at: path, of: "prediction", keys: keys) else { return nil }
    let iteration = requiredNumber("iteration_us", in: object, .microseconds)
    let compute = requiredNumber("compute_us", in: object, .microseconds)
    let stall = requiredNumber("stall_us", in: object, .microseconds)
    let recompute = requiredNumber("recompute_us", in: object, .microseconds)
    let codec = number("codec_us", in: object, .microseconds)
    let device = requiredInteger("peak_device_bytes", in: object, .bytes)
    let host = requiredInteger("peak_host_bytes", in: object, .bytes)
    let nvme = integer("peak_nvme_bytes", in: object, .bytes)
    guard let iteration, let compute, let stall, let recompute, let device, let host else {
      return nil
    }
    return Prediction(
      iterationMicroseconds: iteration, computeMicroseconds: compute, stallMicroseconds: stall,
      recomputeMicroseconds: recompute, codecMicroseconds: codec ?? 0, peakDeviceBytes: device,
      peakHostBytes: host, peakNVMeBytes: nvme ?? 0)
  }

  private mutating func lowerBound(_ value: JSON, at path: JSONPath) -> LowerBound? {
    let keys = ["iteration_us", "method", "prices"]
    guard let object = object(value, at: path, of: "lower_bound", keys: keys) else { return nil }
    let iteration = requiredNumber("iteration_us", in: object, .microseconds)
    let method = requiredText("method", in: object, .text)
    let prices = object["prices"].flatMap { self.prices($0, at: object.path["prices"]) }
    guard let iteration, let method else { return nil }
    return LowerBound(iterationMicroseconds: iteration, method: method, prices: prices)
  }

  private mutating func prices(_ value: JSON, at path: JSONPath) -> ShadowPrices? {
    let keys = [
      "memory_us_per_gib", "binding_operator", "d2h_us_per_gb_per_s", "h2d_us_per_gb_per_s",
    ]
    guard let object = object(value, at: path, of: "prices", keys: keys) else { return nil }
    let memory = requiredNumber("memory_us_per_gib", in: object, .microseconds)
    let binding =
      object["binding_operator"] == nil ? nil : requiredText("binding_operator", in: object)
    let toHost = requiredNumber("d2h_us_per_gb_per_s", in: object, .microseconds)
    let toDevice = requiredNumber("h2d_us_per_gb_per_s", in: object, .microseconds)
    guard let memory, let toHost, let toDevice else { return nil }
    return ShadowPrices(
      memoryMicrosecondsPerGiB: memory, bindingOperator: binding,
      toHostMicrosecondsPerGBPerSecond: toHost, toDeviceMicrosecondsPerGBPerSecond: toDevice)
  }

  private mutating func gap(_ value: JSON, at path: JSONPath) -> Gap? {
    let keys = ["of_iteration", "of_added_time"]
    guard let object = object(value, at: path, of: "gap", keys: keys) else { return nil }
    let ofIteration = requiredNumber("of_iteration", in: object, .number)
    let ofAddedTime = number("of_added_time", in: object, .number)
    return ofIteration.map { Gap(ofIteration: $0, ofAddedTime: ofAddedTime) }
  }

  /// Reads one strategy that was tried.
  mutating func searchEntry(_ value: JSON, at path: JSONPath) -> SearchEntry? {
    let keys = ["strategy", "value_us", "bound_us", "nodes", "engine", "termination"]
    guard let object = object(value, at: path, of: "a strategy", keys: keys) else { return nil }
    let strategy = requiredText("strategy", in: object)
    let value = number("value_us", in: object, .microseconds)
    let bound = number("bound_us", in: object, .microseconds)
    let nodes = integer("nodes", in: object, .count)
    let engine = requiredText("engine", in: object)
    let termination = requiredText("termination", in: object, .text)
    guard let strategy, let engine, let termination else { return nil }
    return SearchEntry(
      strategy: strategy, valueMicroseconds: value, boundMicroseconds: bound, nodes: nodes ?? 0,
      engine: engine, termination: termination)
  }

  /// Reads one reason.
  mutating func reason(_ value: JSON, at path: JSONPath) -> Reason? {
    let keys = ["tensor", "after", "before", "freed_bytes", "cost_us", "needed_at", "text"]
    guard let object = object(value, at: path, of: "a reason", keys: keys) else { return nil }
    let tensor = requiredText("tensor", in: object)
    let after = requiredText("after", in: object)
    let before = requiredText("before", in: object)
    let freedBytes = requiredInteger("freed_bytes", in: object, .bytes)
    let cost = requiredNumber("cost_us", in: object, .microseconds)
    let neededAt = requiredText("needed_at", in: object)
    let text = requiredText("text", in: object, .text)
    guard let tensor, let after, let before, let freedBytes, let cost, let neededAt, let text
    else { return nil }
    return Reason(
      tensor: tensor, after: after, before: before, freedBytes: freedBytes, costMicroseconds: cost,
      neededAt: neededAt, text: text)
  }
}
