import Plans
import Profiles
import Simulation

/// The planned iteration as a Chakra execution trace: `COMP_NODE`s for what computes, and `MEM_STORE_NODE`s and
/// `MEM_LOAD_NODE`s for copies from and to the device.
///
/// The format counts whole microseconds: starts and ends are rounded, so that errors don't add up.
struct PlannedTrace {
  private enum Kind: Int {
    case load = 2
    case store = 3
    case computation = 4
  }

  /// The file: messages, each after its length; the first names the format's version.
  let bytes: [UInt8]

  init(_ report: SwapReport) {
    let iteration = PlannedIteration(report.result)
    let tasks = iteration.tasks.count
    var started: [String: Int] = [:]
    // The first task at which a swapped tensor is needed again, by operator.
    var turn: [String: Int] = [:]
    for (index, item) in iteration.tasks.enumerated() where item.task.task.kernel == nil {
      let name = item.task.task.operation
      if turn[name] == nil { turn[name] = index + 1 }
      if item.task.task.chain == nil { started[name] = index + 1 }
    }
    var triggers: [GapName: (offload: String, prefetch: String)] = [:]
    for decision in report.decisions {
      if case .swap(let prefetch, let offload, _) = decision.action {
        triggers[decision.name] = (offload ?? decision.after, prefetch)
      }
    }
    var waits: [[Int]] = iteration.tasks.indices.map { $0 == 0 ? [] : [$0] }
    var copies: [ProtobufBytes] = []
    var latest: [GapName: Int] = [:]
    for (index, item) in iteration.copies.enumerated() {
      let id = tasks + index + 1
      let gap = item.copy.gap
      let isStore = item.copy.direction == .toHost || item.copy.direction == .toNVMe
      var after = latest[gap].map { [$0] } ?? []
      if item.copy.direction == .toHost, let task = triggers[gap].flatMap({ started[$0.offload] }),
        iteration.tasks[task - 1].span.end <= item.span.start
      {
        after.append(task)
      }
      if item.copy.direction == .toDevice {
        if let task = triggers[gap].flatMap({ started[$0.prefetch] }), task > 1,
          iteration.tasks[task - 2].span.end <= item.span.start
        {
          after.append(task - 1)
        }
        if let user = turn[gap.before], iteration.tasks[user - 1].span.start >= item.span.end {
          waits[user - 1].append(id)
        }
      }
      latest[gap] = id
      copies.append(
        Self.node(
          id, "\(item.copy.direction.rawValue) \(gap.tensor)", isStore ? .store : .load, item.span,
          after: after, attributes: [("tensor_size", item.copy.bytes)]))
    }
    var file = ProtobufBytes()
    var header = ProtobufBytes()
    header.add(1, "0.0.4")
    file.addDelimited(header)
    var nextTensor = report.storages.all.count
    for (index, item) in iteration.tasks.enumerated() {
      file.addDelimited(
        Self.node(of: item, index + 1, after: waits[index], report, &nextTensor))
    }
    for copy in copies { file.addDelimited(copy) }
    bytes = file.bytes
  }

  /// The node of a task. What it makes anew is a tensor with a number of its own.
  private static func node(
    of item: (task: ComputeTask, span: PlannedIteration.Span), _ id: Int, after: [Int],
    _ report: SwapReport, _ nextTensor: inout Int
  ) -> ProtobufBytes {
    let name = item.task.task
    if let kernel = name.kernel {
      return node(
        id, "\(kernel.rawValue) \(name.chain?.tensor ?? name.operation)", .computation, item.span,
        after: after, attributes: [])
    }
    let operation = report.profile.operators[item.task.step]
    let reads = report.storages.reads[item.task.step]
    func tensor(_ number: Int, _ storage: Int) -> String {
      "[\(number), \(storage), 0, \(report.storages.all[storage].bytes), 1, 'cuda:0']"
    }
    let inputs = reads.map { tensor($0, $0) }.joined(separator: ", ")
    var outputs: [String] = []
    for storage in report.storages.writes[item.task.step] {
      if reads.contains(storage) {
        outputs.append(tensor(storage, storage))
      } else {
        outputs.append(tensor(nextTensor, storage))
        nextTensor += 1
      }
    }
    var attributes: [(String, Int)] = []
    if let work = operation.flops.flatMap({ Int(exactly: $0.rounded()) }) {
      attributes.append(("num_ops", work))
    }
    if let bytes = operation.bytesAccessed.flatMap({ Int(exactly: $0.rounded()) }) {
      attributes.append(("tensor_size", bytes))
    }
    return node(
      id, name.chain == nil ? name.operation : "\(name.operation) again", .computation, item.span,
      after: after, inputs: "[\(inputs)]", outputs: "[\(outputs.joined(separator: ", "))]",
      attributes: attributes)
  }

  private static func node(
    _ id: Int, _ name: String, _ kind: Kind, _ span: PlannedIteration.Span, after: [Int],
    inputs: String? = nil, outputs: String? = nil, attributes: [(String, Int)]
  ) -> ProtobufBytes {
    let (start, end) = ((span.start + 500) / 1000, (span.end + 500) / 1000)
    var node = ProtobufBytes()
    node.add(1, id)
    node.add(2, name)
    node.add(3, kind.rawValue)
    for dependency in after { node.add(5, dependency) }
    node.add(6, start)
    node.add(7, end - start)
    for (field, values) in [(8, inputs), (9, outputs)] {
      guard let values else { continue }
      var message = ProtobufBytes()
      message.add(1, values)
      node.add(field, message)
    }
    var place = ProtobufBytes()
    place.add(1, "is_cpu_op")
    place.add(27, 0)
    node.add(10, place)
    for (name, value) in attributes {
      var attribute = ProtobufBytes()
      attribute.add(1, name)
      attribute.add(13, value)
      node.add(10, attribute)
    }
    return node
  }

  /// What the format can't express, in sentences.
  static func losses(_ profile: Profile) -> [String] {
    let collectives = profile.operators.filter { $0.phase == .communication }
    guard let first = collectives.first else { return [] }
    return [
      "\(collectives.count) collectives, the first '\(first.id)', are nodes that compute for as long: the profile "
        + "doesn't say of which kind and among whom they are"
    ]
  }
}

/// A message of Protocol Buffers, field by field.
struct ProtobufBytes {
  private(set) var bytes: [UInt8] = []

  /// Adds a number that isn't negative.
  mutating func add(_ field: Int, _ number: Int) {
    add(varint: field << 3)
    add(varint: number)
  }

  /// Adds a text.
  mutating func add(_ field: Int, _ text: String) {
    add(varint: field << 3 | 2)
    add(varint: text.utf8.count)
    bytes += text.utf8
  }

  /// Adds a message.
  mutating func add(_ field: Int, _ message: ProtobufBytes) {
    add(varint: field << 3 | 2)
    addDelimited(message)
  }

  /// Adds a message after its length.
  mutating func addDelimited(_ message: ProtobufBytes) {
    add(varint: message.bytes.count)
    bytes += message.bytes
  }

  private mutating func add(varint: Int) {
    var rest = UInt(varint)
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
