extension Profile {
  /// Returns the profile as a file: one form for one profile, defaults left out.
  ///
  /// A profile that `validate()` finds no fault with reads back equal. A number that JSON can't hold
  /// (NaN, infinity) is written as `null`, which no reader accepts.
  ///
  /// - Parameters:
  ///   - pretty: One line for each tensor and each operator, and blanks; else everything on one line.
  ///   - compressed: As a gzip file, the same bytes each time.
  public func encoded(pretty: Bool = true, compressed: Bool = false) -> [UInt8] {
    let bytes = JSONWriter.encode(json, pretty: pretty)
    return compressed ? Gzip.compress(bytes) : bytes
  }

  private var json: JSON {
    var members = JSONMembers()
    members.add("schema", .string(Profile.schemaName))
    members.add("name", .string(name))
    members.add("source", source?.json)
    members.add("problem", problem.map(JSON.string))
    members.add("device", device?.json)
    if !standsWithoutOperators {
      members.add("tensors", .array(tensors.map(\.json)))
      members.add("operators", .array(operators.map(\.json)))
    }
    members.add("codecs", codecs.isEmpty ? nil : .array(codecs.map(\.json)))
    members.add("cluster", cluster?.json)
    members.add("moe", moe?.json)
    members.add("two_stage", stageGraph?.json)
    members.add("gradients", gradients?.json)
    return members.object
  }
}

extension Profile.Source {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("collector", .string(collector))
    members.add("file", file.map(JSON.string))
    members.add("sha256", sha256.map(JSON.string))
    members.add("date", date.map(JSON.string))
    members.add("notes", notes.isEmpty ? nil : .array(notes.map(JSON.string)))
    return members.object
  }
}

extension Device {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("name", .string(name))
    members.add("memory_bytes", .integer(memoryBytes))
    members.add("reserved_bytes", reservedBytes == 0 ? nil : .integer(reservedBytes))
    members.add("host_memory_bytes", hostMemoryBytes.map(JSON.integer))
    members.add("nvme_memory_bytes", nvmeMemoryBytes.map(JSON.integer))
    let hasNVMe = hostToNVMe != nil || nvmeToHost != nil
    if hostToDevice != nil || deviceToHost != nil || hasNVMe {
      var links = JSONMembers()
      links.add("h2d", hostToDevice?.json)
      links.add("d2h", deviceToHost?.json)
      if hasNVMe {
        var nvme = JSONMembers()
        nvme.add("read", nvmeToHost?.json)
        nvme.add("write", hostToNVMe?.json)
        links.add("nvme", nvme.object)
      }
      members.add("links", links.object)
    }
    if !peakFlops.isEmpty {
      let rates = peakFlops.sorted { $0.key < $1.key }
      let list = rates.map { JSON.Member(key: $0.key, value: .number($0.value)) }
      members.add("peak_flops", .object(list))
    }
    members.add("memory_bandwidth_gb_per_s", memoryBandwidthGBPerSecond.map(JSON.number))
    return members.object
  }
}

extension Link {
  var json: JSON {
    var members = JSONMembers()
    members.add("latency_us", .number(latencyMicroseconds))
    if hasOneRate {
      members.add("bandwidth_gb_per_s", points.first.map { .number($0.gbPerSecond) })
    } else {
      let points = points.map { point in
        var members = JSONMembers()
        members.add("bytes", .integer(point.bytes))
        members.add("bandwidth_gb_per_s", .number(point.gbPerSecond))
        return members.object
      }
      members.add("by_size", .array(points))
    }
    members.add("duplex_bandwidth_gb_per_s", duplexGBPerSecond.map(JSON.number))
    return members.object
  }
}

extension Tensor {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("id", .string(id))
    members.add("bytes", .integer(bytes))
    members.add("dtype", dtype.map(JSON.string))
    members.add("shape", shape.map { .array($0.map(JSON.integer)) })
    members.add("kind", .string(kind.rawValue))
    members.add("sparsity", sparsity?.json)
    members.add(
      "persistent",
      isPersistent == kind.isPersistentByDefault ? nil : .boolean(isPersistent))
    members.add("movable", isMovable ? nil : .boolean(false))
    members.add("alias_of", aliasOf.map(JSON.string))
    return members.object
  }
}

extension Sparsity {
  fileprivate var json: JSON {
    let history = history.map { sample in
      var members = JSONMembers()
      members.add("epoch", .integer(sample.epoch))
      members.add("density", .number(sample.density))
      members.add("cycle", sample.cycle.map(JSON.number))
      return members.object
    }
    return .object([JSON.Member(key: "history", value: .array(history))])
  }
}

extension Operator {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("id", .string(id))
    members.add("phase", .string(phase.rawValue))
    members.add("duration_us", .number(durationMicroseconds))
    members.add("reads", reads.isEmpty ? nil : .array(reads.map(JSON.string)))
    members.add("writes", writes.isEmpty ? nil : .array(writes.map(JSON.string)))
    members.add("workspace_bytes", workspaceBytes == 0 ? nil : .integer(workspaceBytes))
    members.add("flops", flops.map(JSON.number))
    members.add("bytes_accessed", bytesAccessed.map(JSON.number))
    members.add("recomputable", isRecomputable ? .boolean(true) : nil)
    return members.object
  }
}
