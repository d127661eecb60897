import Profiles

/// Makes a profile of an Execution Trace alone: its tensors are exact, its times are a roofline's.
struct ExecutionTraceImport {
  let device: Device
  let step: Int?
  let efficiency: EfficiencyCurve?

  func profile(
    of trace: ExecutionTrace, findings given: Findings
  ) throws(CollectorError) -> Profile {
    let tree = ExecutionTree(of: trace)
    let chosen = try tree.chosenStep(step, file: trace.file)
    let range = tree.steps[chosen].operators
    let operators = Array(tree.nesting.operators[range])
    let names = TensorGraph.uniqueNames(operators.map(\.name))
    let lives = StorageLives(of: tree, trace: trace)
    var tensors = StepTensors(
      lives: lives, operators: operators, names: names, tops: range.map { $0 },
      end: range.upperBound, isLastStep: range.upperBound == tree.tops.count)
    let times = try roofline(&tensors, tree, trace, range)
    var findings = given
    tell(&findings, trace, tree, chosen)
    tell(&findings, tensors, operators: operators, times: times)
    try ExecutionTraceImport.check(tensors.graph, file: trace.file)
    return Profile(
      name: trace.file,
      source: Profile.Source(collector: "execution-trace", file: trace.file, notes: findings.notes),
      device: device, tensors: tensors.graph.tensors,
      operators: tensors.graph.operators(
        named: names, phases: operators.map(\.phase), microseconds: times))
  }

  static func check(_ graph: TensorGraph, file: String) throws(CollectorError) {
    guard !graph.tensors.isEmpty else {
      throw .invalid(
        file: file, place: "nodes", problem: "no operator of the step has a tensor",
        remedy: "record a complete training step with ExecutionTraceObserver")
    }
    var total = 0
    for bytes in graph.tensors.map(\.bytes) + graph.workspace {
      let (sum, overflow) = total.addingReportingOverflow(bytes)
      guard !overflow, sum < 1 << 53 else {
        throw .tooLarge(
          file: file, place: "nodes",
          problem: "the tensors together have more bytes than can be counted")
      }
      total = sum
    }
  }

  // MARK: Times

  /// Costs each operator by the operations and bytes of its call. Views take no time.
  private func roofline(
    _ tensors: inout StepTensors, _ tree: ExecutionTree, _ trace: ExecutionTrace,
    _ range: Range<Int>
  ) throws(CollectorError) -> [Double] {
    let curve: EfficiencyCurve
    if let efficiency {
      curve = efficiency
    } else {
      curve = try DeviceCatalogue.builtIn().efficiency(of: device.name)
    }
    var models: [RealType: Roofline] = [:]
    var times = [Double](repeating: 0, count: range.count)
    for (position, top) in range.enumerated() where !tensors.graph.isIdle(position) {
      let work = OperatorWork(of: tree.tops[top], in: trace, children: tree.children)
      let type = work.type ?? .float32
      if models[type] == nil {
        models[type] = try Roofline(device: device, real: type, curve: curve)
      }
      guard let model = models[type] else { continue }
      let graph = tensors.graph
      let touched = graph.reads[position] + graph.writes[position]
      let bytes =
        touched.reduce(0.0) { $0 + Double(graph.tensors[$1].bytes) }
        + Double(graph.workspace[position])
      times[position] = model.microseconds(
        flops: work.flops, bytes: bytes, usesMatrixUnits: work.flops > 0)
      guard times[position] < 1e12 else {
        throw .tooLarge(
          file: trace.file, place: "operator \(tree.nesting.operators[top].name)",
          problem: "by its shapes it would take more than eleven days")
      }
      tensors.update {
        $0.flops[position] = work.flops > 0 ? work.flops : nil
        $0.bytesAccessed[position] = bytes
      }
    }
    return times
  }

  // MARK: Findings

  private func tell(
    _ findings: inout Findings, _ trace: ExecutionTrace, _ tree: ExecutionTree, _ chosen: Int
  ) {
    findings.found(
      "\(trace.nodes.count) nodes of schema \(trace.schema); \(tree.steps.count) steps, told apart "
        + "by \(tree.rule); \(tree.steps[chosen].label) is used")
    findings.missing(
      "times: they come from a roofline with measured efficiencies; add the Kineto trace of the "
        + "same run for measured ones")
  }

  private func tell(
    _ findings: inout Findings, _ tensors: StepTensors, operators: [TracedOperator],
    times: [Double]
  ) {
    let graph = tensors.graph
    let total = graph.tensors.reduce(0) { $0 &+ $1.bytes }
    findings.found(
      "\(graph.tensors.count) tensors of \(TraceNumber.mebibytes(total)); "
        + "\(TraceNumber.milliseconds(times.reduce(0, +) / 1e3)) by the roofline")
    ExecutionTraceImport.tellLives(&findings, tensors)
  }

  static func tellLives(_ findings: inout Findings, _ tensors: StepTensors) {
    findings.assumed(
      "a storage's life ends at its last use, and a new one begins where its id is output anew; "
        + "storages of one operator alone are its workspace, all at once")
    if tensors.carriedOver > 0 {
      findings.assumed(
        "\(tensors.carriedOver) storages from before the step that nothing touches after it are "
          + "freed after their last use")
    }
    if tensors.left > 0 {
      findings.assumed("\(tensors.left) tensors that later steps touch stay to the end")
    }
  }
}
