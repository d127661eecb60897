extension Cluster {
  /// The section as it stands in a file.
  var json: JSON {
    var members = JSONMembers()
    members.add("devices", .integer(deviceCount))
    members.add("device_name", deviceName.map(JSON.string))
    if !levels.isEmpty {
      members.add(
        "levels",
        .array(
          levels.map { level in
            var members = JSONMembers()
            members.add("name", .string(level.name))
            members.add("groups", .array(level.groups.map { .array($0.map(JSON.integer)) }))
            members.add("pair", level.pair?.json)
            return members.object
          }))
    }
    members.add("beyond", beyond?.json)
    members.add("links", links.isEmpty ? nil : .array(links.map(\.json)))
    if let pairs {
      var matrix = JSONMembers()
      matrix.add("latency_us", pairs.latencyMicroseconds.map(Cluster.rows))
      matrix.add("bandwidth_gb_per_s", pairs.gbPerSecond.map(Cluster.rows))
      matrix.add("assumed", pairs.isAssumed ? .boolean(true) : nil)
      members.add("pairs", matrix.object)
    }
    func rates(_ list: [Double]) -> JSON? {
      list.isEmpty ? nil : .array(list.map(JSON.number))
    }
    members.add("h2d_gb_per_s", rates(hostToDeviceGBPerSecond))
    members.add("d2h_gb_per_s", rates(deviceToHostGBPerSecond))
    return members.object
  }

  private static func rows(_ matrix: [[Double]]) -> JSON {
    .array(matrix.map { .array($0.map(JSON.number)) })
  }
}

extension Cluster.PairFigures {
  fileprivate var json: JSON {
    guard case .object(var members) = path.json, isAssumed else { return path.json }
    members.append(JSON.Member(key: "assumed", value: .boolean(true)))
    return .object(members)
  }
}

extension Cluster.SharedLink {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("name", .string(name))
    members.add("owner", owner.map(JSON.string))
    members.add("only", only.map { .array($0.map(JSON.integer)) })
    members.add("within", within.map(JSON.string))
    members.add("outside", outside.map(JSON.string))
    members.add("out", outgoing.json)
    members.add("in", incoming?.json)
    members.add("assumed", isAssumed ? .boolean(true) : nil)
    return members.object
  }
}
