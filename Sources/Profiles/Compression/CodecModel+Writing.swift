extension CodecModel {
  /// The codec as a file has it, defaults left out.
  var json: JSON {
    var members = JSONMembers()
    members.add("id", .string(id))
    members.add("runs_on", .string(place.rawValue))
    members.add("element_bytes", elementBytes.map(JSON.integer))
    members.add("ratio", ratio.json)
    members.add("worst_ratio", .number(worstRatio))
    members.add("worst_extra_bytes", worstExtraBytes == 0 ? nil : .integer(worstExtraBytes))
    members.add("least_bytes", leastBytes == 0 ? nil : .integer(leastBytes))
    members.add("workspace_bytes", workspaceBytes == 0 ? nil : .integer(workspaceBytes))
    members.add("encode", encode.json)
    members.add("decode", decode.json)
    members.add("contention", contention?.json)
    members.add("loss", loss?.json)
    members.add("source", source.map(JSON.string))
    return members.object
  }
}

extension CodecRatio {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("form", .string(form.rawValue))
    switch self {
    case .zeroValue, .sparseRows, .runLength: break
    case .constant(let ratio): members.add("value", .number(ratio))
    case .byDensity(let points):
      let points = points.map { point in
        JSON.object([
          .init(key: "density", value: .number(point.density)),
          .init(key: "ratio", value: .number(point.ratio)),
        ])
      }
      members.add("points", .array(points))
    }
    return members.object
  }
}

extension ThroughputTable {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("launch_us", launchMicroseconds == 0 ? nil : .number(launchMicroseconds))
    if isOneRate {
      members.add("gb_per_s", gbPerSecond.first?.first.map(JSON.number))
      return members.object
    }
    members.add("bytes", JSON.integers(bytes))
    members.add("densities", JSON.numbers(densities))
    members.add("gb_per_s", .array(gbPerSecond.map(JSON.numbers)))
    members.add("copy_ratios", copyRatios.map { .array($0.map(JSON.numbers)) })
    members.add("fit_error", fitError.map(JSON.number))
    members.add("worst_fit_error", worstFitError.map(JSON.number))
    return members.object
  }
}

extension CodecModel.Contention {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("compute_share", .number(computeShare))
    members.add("memory_bytes_per_byte", memoryBytesPerByte.map(JSON.number))
    return members.object
  }
}

extension CodecModel.Loss {
  fileprivate var json: JSON {
    .object([
      .init(key: "metric", value: .string(metric)), .init(key: "value", value: .number(value)),
    ])
  }
}
