import Profiles

/// Builds the operators of a Chakra trace.
struct ChakraIteration {
  private let file: String
  private let nodes: [ChakraNode]
  private let positions: [UInt64: Int]
  private(set) var operators: [Profiles.Operator] = []
  private(set) var tracker = StorageTracker()
  /// The nodes that became operators, as positions in `nodes`.
  private var chosen: [Int] = []
  private var runsOnDevice = true

  init(file: String, nodes: [ChakraNode]) {
    self.file = file
    self.nodes = nodes
    positions = Dictionary(
      nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Adds the operators in the order of their starts, else in that of the file.
  mutating func build() throws(CollectorError) {
    let working = nodes.indices.filter {
      nodes[$0].work == .computation || nodes[$0].work == .communication
    }
    chosen = working.filter { nodes[$0].isOnDevice }
    runsOnDevice = !chosen.isEmpty
    if chosen.isEmpty { chosen = working }
    guard chosen.contains(where: { nodes[$0].durationMicroseconds > 0 }) else {
      throw .invalid(
        file: file, place: "the \(chosen.count) nodes that compute or communicate",
        problem: "none has a duration", remedy: "give a trace that was linked with measured times")
    }
    chosen.sort { (nodes[$0].startMicroseconds, $0) < (nodes[$1].startMicroseconds, $1) }
    let launchers = chosen.map { launcher(of: nodes[$0]) }
    let backward = launchers.indices.filter { launchers[$0].contains("backward") }
    for (step, position) in chosen.enumerated() {
      let node = nodes[position]
      let phase: Profiles.Operator.Phase =
        if node.work == .communication {
          .communication
        } else if let first = backward.first, let last = backward.last, step >= first {
          step > last ? .optimizer : .backward
        } else {
          .forward
        }
      try add(node, "\(step).\(launchers[step])", phase)
    }
  }

  private mutating func add(
    _ node: ChakraNode, _ name: String, _ phase: Profiles.Operator.Phase
  ) throws(CollectorError) {
    let inputs = try list(node.inputs, of: node, "inputs")
    let outputs = try list(node.outputs, of: node, "outputs")
    let (reads, writes) = tracker.follow(inputs: inputs, outputs: outputs, phase: phase)
    operators.append(
      Profiles.Operator(
        id: name, phase: phase, durationMicroseconds: Double(node.durationMicroseconds),
        reads: reads.map { "s\($0)" }, writes: writes.map { "s\($0)" }))
  }

  private func list(
    _ values: ChakraValues?, of node: ChakraNode, _ key: String
  ) throws(CollectorError) -> PythonList {
    let list = PythonList(values?.values ?? "")
    if let fault = list.fault {
      throw .invalid(
        file: file, place: "node \(node.id).\(key).values", problem: fault,
        remedy: "write the values as Python shows a list")
    }
    return list
  }

  /// The name of the operator that launched a kernel: its first data dependency on the host, else its
  /// own name, without what tells repetitions apart.
  private func launcher(of node: ChakraNode) -> String {
    let host = node.dataDependencies.first.flatMap { positions[$0] }.map { nodes[$0] }
    let source = host.map { $0.isOnDevice ? node : $0 } ?? node
    let name = source.name.prefix(80).prefix { $0 != "(" && $0 != "<" }
    let plain = String(String.UnicodeScalarView(name.unicodeScalars.filter { $0.value > 0x20 }))
    return plain.isEmpty ? "node" : plain
  }

  // MARK: Findings

  /// Says what the file held, what was supposed, and what it lacks.
  func describe(_ findings: inout Findings) {
    let place = runsOnDevice ? "on the device" : "on the host, for want of any on the device"
    findings.found("\(nodes.count) nodes, \(chosen.count) of them \(place)")
    func time(_ isCommunication: Bool) -> String {
      let parts = operators.filter { ($0.phase == .communication) == isCommunication }
      let sum = parts.reduce(0) { $0 + $1.durationMicroseconds }
      return "\(parts.count) operators of \(Findings.milliseconds(sum / 1e3))"
    }
    findings.found("computation: \(time(false)); communication: \(time(true))")
    let sizes = chosen.compactMap { nodes[$0].integer("comm_size") }.filter { $0 >= 0 }
    if !sizes.isEmpty {
      let sum = sizes.reduce(0) { $0 + Double($1) }
      findings.found("\(sizes.count) collectives with a size: \(Findings.mebibytes(sum)) together")
    }
    let bytes = tracker.instances.reduce(0) { $0 + Double($1.bytes) }
    if tracker.instances.isEmpty {
      findings.missing("tensors: the nodes name none; link the trace with an execution trace")
    } else {
      findings.found(
        "\(tracker.instances.count) tensors on the device of \(Findings.mebibytes(bytes)) together; "
          + "\(tracker.hostTensors) mentions of others or of empty ones were left out")
    }
    describeRules(&findings)
  }

  private func describeRules(_ findings: inout Findings) {
    let isTimed = chosen.contains { nodes[$0].startMicroseconds > 0 }
    findings.assumed(
      "operators run one after another in the order of "
        + (isTimed ? "their starts" : "the file, which states no starts")
        + "; collectives too, though they may overlap with computation")
    findings.assumed(
      "the backward pass reaches from the first to the last kernel of an operator named …backward…; "
        + "what follows is the optimizer")
    findings.assumed(
      "a storage's number that an operator gives as a new tensor, without taking it, means new memory"
    )
    findings.assumed(
      "what is read before it is written is there from the start: parameters if it changes, else "
        + "inputs; operators without outputs change their first argument")
    let absent = nodes.reduce(0) { sum, node in
      (node.controlDependencies + node.dataDependencies).reduce(sum) {
        $0 + (positions[$1] == nil ? 1 : 0)
      }
    }
    if absent > 0 { findings.missing("\(absent) dependencies name nodes that the file lacks") }
    let untimed = operators.filter { $0.durationMicroseconds == 0 }.count
    if untimed > 0 { findings.missing("the times of \(untimed) operators: they count as 0") }
    let transfers = nodes.filter { $0.work == .memory }.count
    if transfers > 0 { findings.missing("\(transfers) loads and stores were left out") }
    findings.missing("memory that kernels use without naming it, such as workspaces")
  }
}
