/// How much of anything a file may hold before it is refused, so that no file takes memory or time without
/// end.
///
/// Every limit of this kind stands here; the README and the article *Limits* list them. Those who trust a file
/// raise one by the environment variable `PLANNER_LIMITS`, as the message that refuses the file says. Ranges
/// that a quantity can't exceed in sound files, such as 2^53 bytes of a tensor, belong to the checks of
/// their sections instead.
package struct InputLimits: Sendable, Hashable {
  /// What is limited, by its name in `PLANNER_LIMITS`.
  package enum Kind: String, Sendable, CaseIterable {
    case bytes, compression, depth, values, containers, fields, lines, members, items
    case textBytes = "text-bytes"
    case graphNodes = "graph-nodes"
    case operands = "operands"
    case chakraNodes = "chakra-nodes"
    case traceNodes = "trace-nodes"
    case traceEvents = "trace-events"
    case bufferEvents = "buffer-events"

    /// What holds where nobody asks for something else.
    package var standard: Int {
      switch self {
      case .bytes: 1 << 30
      case .compression: 500
      case .depth: 64
      case .values: 1 << 26
      case .containers: 1 << 23
      case .fields: 1 << 24
      case .lines: 1 << 18
      case .members: 100_000
      case .items: 1_000_000
      case .textBytes: 1 << 26
      case .graphNodes: 200_000
      case .operands: 20_000
      case .chakraNodes: 1 << 20
      case .traceNodes: 1 << 22
      case .traceEvents: 1 << 24
      case .bufferEvents: 1 << 22
      }
    }

    /// What can be asked for at most: values are read by functions that call themselves, on a stack of 8 MiB.
    package var largest: Int {
      switch self {
      case .depth: 512
      case .compression: 2000
      default: 1 << 40
      }
    }

    /// What is counted, for people.
    package var meaning: String {
      switch self {
      case .bytes: "bytes of a file, and of its content when decompressed"
      case .compression:
        "times that the content may be as large as the compressed file, above 16 MiB"
      case .depth: "levels of lists and objects within each other"
      case .values: "values of a JSON text or a pickle"
      case .containers: "lists and dictionaries of a pickle"
      case .fields: "fields of a CSV table"
      case .lines: "lines of a PipeDream layer graph"
      case .members: "members of an .npz archive"
      case .items: "items of a batch"
      case .textBytes: "bytes of a layer graph or of a probe's output"
      case .graphNodes: "nodes of an ONNX graph"
      case .operands: "inputs, outputs or attributes of one ONNX node"
      case .chakraNodes: "nodes of a Chakra trace"
      case .traceNodes: "nodes of an execution trace"
      case .traceEvents: "events of a profiler's trace"
      case .bufferEvents: "entries of a memory snapshot or timeline"
      }
    }
  }

  /// The environment variable that changes limits.
  package static let variable = "PLANNER_LIMITS"

  /// The limits that hold where the current task reads files.
  @TaskLocal package static var current = InputLimits()

  private var changed: [Kind: Int] = [:]

  /// Creates the limits that hold where nobody asks for others.
  package init() {}

  /// Reads limits as `PLANNER_LIMITS` states them: `depth=128,bytes=4GiB`.
  package init(setting: String) throws(Fault) {
    for part in setting.split(separator: ",") {
      let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map { String($0).filter { $0 != " " } }
      guard let kind = Kind(rawValue: words[0]) else {
        throw Fault(
          place: Self.variable, problem: "there is no limit \(JSON.quoted(words[0]))",
          remedy: "there are \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      guard words.count == 2, let value = Self.number(words[1]), (1...kind.largest).contains(value)
      else {
        throw Fault(
          place: Self.variable,
          problem: "\(kind.rawValue) takes a number from 1 to \(kind.largest)",
          remedy: "write \(kind.rawValue)=\(kind.standard), which holds otherwise")
      }
      changed[kind] = value
    }
  }

  /// The limit of a kind.
  package subscript(kind: Kind) -> Int { changed[kind] ?? kind.standard }

  /// How to raise a limit, after another remedy or a problem: `raise the limit with …`.
  package static func raise(_ kind: Kind) -> String {
    let limit = current[kind]
    guard limit < kind.largest else { return "the limit can't be raised" }
    let more = min(kind.largest, 2 * limit)
    return "the limit is \(limit); raise it with \(variable)=\(kind.rawValue)=\(more)"
  }

  private static func number(_ text: String) -> Int? {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)]
    let unit = units.first { text.hasSuffix($0.0) }
    let digits = unit.map { String(text.dropLast($0.0.count)) } ?? text
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int(digits)
    else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: 1 << (unit?.1 ?? 0))
    return overflow ? nil : product
  }
}
