extension ShardingInstance {
  /// Reads the section `sharding` of a profile, in one pass and without a tree of its values.
  ///
  /// Keys that start with `x_` are ignored; so are the other sections of a profile.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file, plain or compressed with gzip.
  ///   - name: What messages call the file.
  public static func read(_ bytes: [UInt8], name: String) throws(ProfileError) -> ShardingInstance {
    do {
      let content = try InputFile.content(of: bytes)
      return try content.withUnsafeBufferPointer { (buffer) throws(ShardingFaults) in
        try parse(buffer)
      }
    } catch let fault as Fault {
      throw ProfileError(file: name, faults: [fault])
    } catch let faults as ShardingFaults {
      throw ProfileError(file: name, faults: faults.first, count: faults.count)
    } catch {
      throw ProfileError(
        file: name,
        faults: [Fault(place: "", problem: "\(error)", remedy: "make the file again")])
    }
  }

  private static let places = ShardingParts.Places(
    root: .root["sharding"], limit: "memory_limit_bytes", compute: "compute",
    memory: "memory_bytes")

  private static func parse(
    _ buffer: UnsafeBufferPointer<UInt8>
  ) throws(ShardingFaults) -> ShardingInstance {
    var parts = ShardingParts()
    var schema: String?
    var hasSection = false
    do {
      var scanner = ShardingScanner(buffer)
      try scanner.object(at: .root) { (scanner, key) throws(Fault) in
        switch key {
        case "schema": schema = try scanner.text(at: .root[key])
        case "name": parts.name = try scanner.text(at: .root[key])
        case "sharding":
          hasSection = true
          try readSection(&scanner, into: &parts)
        case _ where Profile.keys.contains(key) || key.hasPrefix("x_"): try scanner.skip()
        case _ where Profile.laterKeys.contains(key): try scanner.skip()
        default:
          throw unknown(.root[key], of: "a profile", keys: Profile.keys + Profile.laterKeys)
        }
      }
      try scanner.end()
    } catch {
      throw ShardingFaults(error)
    }
    guard schema == Profile.schemaName else {
      throw ShardingFaults(
        Fault(
          place: "schema", problem: "this is no profile",
          remedy: "give a file with \"\(Profile.schemaName)\""))
    }
    guard hasSection else {
      throw ShardingFaults(
        Fault(
          place: "sharding", problem: "the section is missing",
          remedy: "make one with `planner collect iopddl`"))
    }
    return try parts.instance(at: places)
  }

  private static func readSection(
    _ scanner: inout ShardingScanner, into parts: inout ShardingParts
  ) throws(Fault) {
    let path = places.root
    try scanner.object(at: path) { (scanner, key) throws(Fault) in
      switch key {
      case "memory_limit_bytes":
        parts.limit = try scanner.integer(at: { path[key] }, in: 0...infinity)
      case "nodes": try readNodes(&scanner, into: &parts)
      case "edges":
        try parts.readEdges(&scanner, at: path[key])
      case _ where key.hasPrefix("x_"): try scanner.skip()
      default:
        throw unknown(
          path[key], of: "the section", keys: ["memory_limit_bytes", "nodes", "edges"])
      }
    }
  }

  private static func readNodes(
    _ scanner: inout ShardingScanner, into parts: inout ShardingParts
  ) throws(Fault) {
    let path = places.nodes
    let range = 0...infinity
    try scanner.object(at: path) { (scanner, key) throws(Fault) in
      switch key {
      case "names": parts.nodeNames = try scanner.texts(at: path[key])
      case "strategies": parts.strategyNames = try scanner.textTable(at: path[key])
      case "intervals": parts.intervals = try scanner.table(at: path[key], in: range)
      case "compute": parts.compute = try scanner.table(at: path[key], in: range)
      case "communication": parts.communication = try scanner.table(at: path[key], in: range)
      case "memory_bytes": parts.memory = try scanner.table(at: path[key], in: range)
      case _ where key.hasPrefix("x_"): try scanner.skip()
      default:
        throw unknown(
          path[key], of: "nodes",
          keys: [
            "names", "strategies", "intervals", "compute", "communication", "memory_bytes",
          ])
      }
    }
  }

  package static func unknown(_ path: JSONPath, of owner: String, keys: [String]) -> Fault {
    Fault(
      place: path.description, problem: "\(owner) has no such key",
      remedy: "use one of \(keys.joined(separator: ", ")), or a name that starts with x_")
  }
}

extension ShardingParts {
  /// Reads the edges, whose form is the same in all files.
  package mutating func readEdges(
    _ scanner: inout ShardingScanner, at path: JSONPath
  ) throws(Fault) {
    var nodes: ShardingTable<Int>?
    var costs: ShardingTable<Int>?
    try scanner.object(at: path) { (scanner, key) throws(Fault) in
      switch key {
      case "nodes": nodes = try scanner.table(at: path[key], in: 0...(1 << 31))
      case "costs":
        costs = try scanner.table(at: path[key], in: 0...ShardingInstance.infinity)
      case _ where key.hasPrefix("x_"): try scanner.skip()
      default:
        throw ShardingInstance.unknown(path[key], of: "edges", keys: ["nodes", "costs"])
      }
    }
    edgeNodes = nodes
    edgeCosts = costs
  }
}
