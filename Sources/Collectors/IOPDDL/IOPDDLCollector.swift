public import Profiles

/// Reads instances of the ASPLOS 2025 contest on intra-operator parallelism for distributed deep learning.
///
/// The format is that of google/iopddl: `problem` with `nodes` (`intervals`, `costs`, `usages`), `edges`
/// (`nodes`, `costs` by rows of the first node) and `usage_limit`. Each byte is looked at once and no tree
/// is built, so that a file of 140 MB takes little more memory than its numbers. A node's cost counts as
/// computing: the files don't tell communication apart.
public struct IOPDDLCollector: Sendable {
  /// Creates a collector.
  public init() {}

  /// Whether a text looks like an instance of the contest: its first key is `problem`.
  public static func accepts(_ bytes: [UInt8]) -> Bool {
    let head = bytes.prefix(200).filter { $0 > 0x20 }
    return head.starts(with: Array("{\"problem\":".utf8))
  }

  /// Returns the instance.
  ///
  /// - Throws: `CollectorError.invalid` with place and remedy.
  public func collect(_ file: SourceFile) throws(CollectorError) -> ShardingInstance {
    do {
      return try file.bytes.withUnsafeBufferPointer { (buffer) throws(ShardingFaults) in
        try Self.parse(buffer)
      }
    } catch {
      let more = error.count > 1 ? " (and \(error.count - 1) more)" : ""
      let fault = error.first.first
      throw .invalid(
        file: file.name, place: fault?.place ?? "", problem: fault?.problem ?? "",
        remedy: (fault?.remedy ?? "") + more)
    }
  }

  private static let places = ShardingParts.Places(
    root: .root["problem"], limit: "usage_limit", compute: "costs", memory: "usages")

  private static func parse(
    _ buffer: UnsafeBufferPointer<UInt8>
  ) throws(ShardingFaults) -> ShardingInstance {
    var parts = ShardingParts()
    do {
      var scanner = ShardingScanner(buffer)
      try scanner.object(at: .root) { (scanner, key) throws(Fault) in
        guard key == "problem" else {
          throw ShardingInstance.unknown(.root[key], of: "an instance", keys: ["problem"])
        }
        try readProblem(&scanner, into: &parts)
      }
      try scanner.end()
    } catch {
      throw ShardingFaults(error)
    }
    return try parts.instance(at: places)
  }

  private static func readProblem(
    _ scanner: inout ShardingScanner, into parts: inout ShardingParts
  ) throws(Fault) {
    let path = places.root
    let range = 0...ShardingInstance.infinity
    try scanner.object(at: path) { (scanner, key) throws(Fault) in
      switch key {
      case "name": parts.name = try scanner.text(at: path[key])
      case "usage_limit": parts.limit = try scanner.integer(at: { path[key] }, in: range)
      case "edges": try parts.readEdges(&scanner, at: path[key])
      case "nodes":
        try scanner.object(at: path[key]) { (scanner, inner) throws(Fault) in
          let place = path[key][inner]
          switch inner {
          case "intervals": parts.intervals = try scanner.table(at: place, in: range)
          case "costs": parts.compute = try scanner.table(at: place, in: range)
          case "usages": parts.memory = try scanner.table(at: place, in: range)
          default:
            throw ShardingInstance.unknown(
              place, of: "nodes", keys: ["intervals", "costs", "usages"])
          }
        }
      default:
        throw ShardingInstance.unknown(
          path[key], of: "problem", keys: ["name", "nodes", "edges", "usage_limit"])
      }
    }
  }
}
