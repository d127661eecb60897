import Profiles

extension Plan {
  /// Returns the plan as a file: one form for one plan, defaults and seconds left out.
  ///
  /// A plan that `validate()` finds no fault with reads back equal but for `SearchEntry.seconds`,
  /// which a file never holds: the same command writes the same bytes on every run.
  ///
  /// - Parameters:
  ///   - pretty: One line for each decision, strategy and reason, and blanks; else everything on one
  ///     line.
  ///   - compressed: As a gzip file, the same bytes each time.
  public func encoded(pretty: Bool = true, compressed: Bool = false) -> [UInt8] {
    let bytes = JSONWriter.encode(json, pretty: pretty)
    return compressed ? Gzip.compress(bytes) : bytes
  }

  private var json: JSON {
    var members = JSONMembers()
    members.add("schema", .string(Plan.schemaName))
    members.add("version", .string(version))
    members.add("problem", .string(decisions.problem))
    members.add("profile", profile.json)
    members.add("budget", budget.json)
    members.add("decisions", decisions.json)
    members.add("prediction", prediction?.json)
    members.add("lower_bound", lowerBound?.json)
    members.add("gap", gap?.json)
    members.add("search", search.isEmpty ? nil : .array(search.map(\.json)))
    members.add("reasons", reasons.isEmpty ? nil : .array(reasons.map(\.json)))
    members.add("repeatable", .boolean(isRepeatable))
    return members.object
  }
}

extension Plan.ProfileReference {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("name", .string(name))
    members.add("sha256", sha256.map(JSON.string))
    return members.object
  }
}

extension Plan.Budget {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("device_bytes", .integer(deviceBytes))
    members.add("host_bytes", hostBytes.map(JSON.integer))
    members.add("nvme_bytes", nvmeBytes.map(JSON.integer))
    return members.object
  }
}

extension Plan.Decisions {
  /// What the key `problem` says.
  fileprivate var problem: String {
    switch self {
    case .swap: "swap"
    }
  }

  fileprivate var json: JSON {
    switch self {
    case .swap(let decisions):
      decisions.json
    }
  }
}

extension SwapDecisions {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("density_quantile", densityQuantile.map(JSON.number))
    members.add("gaps", .array(gaps.map(\.json)))
    return members.object
  }
}

extension GapDecision {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("tensor", .string(tensor))
    members.add("after", .string(after))
    members.add("before", .string(before))
    switch action {
    case .keep: members.add("action", .string(ActionName.keep.rawValue))
    case .swap(let prefetchAt, let offloadAt, let tier):
      members.add("action", .string(ActionName.swap.rawValue))
      if case .nvme(let readAt) = tier {
        members.add("tier", .string(TierName.nvme.rawValue))
        members.add("offload_at", offloadAt.map(JSON.string))
        members.add("read_at", readAt.map(JSON.string))
      } else {
        members.add("codec", tier.codec.map(JSON.string))
        members.add("offload_at", offloadAt.map(JSON.string))
      }
      members.add("prefetch_at", .string(prefetchAt))
    case .recompute(let operators, let at):
      members.add("action", .string(ActionName.recompute.rawValue))
      members.add("recompute_at", at.map(JSON.string))
      members.add("operators", .array(operators.map(JSON.string)))
    }
    return members.object
  }
}

extension Prediction {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("iteration_us", .number(iterationMicroseconds))
    members.add("compute_us", .number(computeMicroseconds))
    members.add("stall_us", .number(stallMicroseconds))
    members.add("recompute_us", .number(recomputeMicroseconds))
    members.add("codec_us", codecMicroseconds == 0 ? nil : .number(codecMicroseconds))
    members.add("peak_device_bytes", .integer(peakDeviceBytes))
    members.add("peak_host_bytes", .integer(peakHostBytes))
    members.add("peak_nvme_bytes", peakNVMeBytes == 0 ? nil : .integer(peakNVMeBytes))
    return members.object
  }
}

extension LowerBound {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("iteration_us", .number(iterationMicroseconds))
    members.add("method", .string(method))
    members.add("prices", prices?.json)
    return members.object
  }
}

extension ShadowPrices {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("memory_us_per_gib", .number(memoryMicrosecondsPerGiB))
    members.add("binding_operator", bindingOperator.map(JSON.string))
    members.add("d2h_us_per_gb_per_s", .number(toHostMicrosecondsPerGBPerSecond))
    members.add("h2d_us_per_gb_per_s", .number(toDeviceMicrosecondsPerGBPerSecond))
    return members.object
  }
}

extension Gap {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("of_iteration", .number(ofIteration))
    members.add("of_added_time", ofAddedTime.map(JSON.number))
    return members.object
  }
}

extension SearchEntry {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("strategy", .string(strategy))
    members.add("value_us", valueMicroseconds.map(JSON.number))
    members.add("bound_us", boundMicroseconds.map(JSON.number))
    members.add("nodes", nodes == 0 ? nil : .integer(nodes))
    members.add("engine", .string(engine))
    members.add("termination", .string(termination))
    return members.object
  }
}

extension Reason {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("tensor", .string(tensor))
    members.add("after", .string(after))
    members.add("before", .string(before))
    members.add("freed_bytes", .integer(freedBytes))
    members.add("cost_us", .number(costMicroseconds))
    members.add("needed_at", .string(neededAt))
    members.add("text", .string(text))
    return members.object
  }
}
