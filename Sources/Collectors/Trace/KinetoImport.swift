import Profiles

/// Makes a profile of a Kineto trace, with the tensors of an Execution Trace where there is one.
struct KinetoImport {
  let device: Device
  let step: Int?

  func profile(
    of trace: KinetoTrace, execution: ExecutionTrace?, findings given: Findings
  ) throws(CollectorError) -> Profile {
    guard !trace.cpu.isEmpty else {
      throw .invalid(
        file: trace.file, place: "traceEvents", problem: "the trace has no operators",
        remedy: "record with ProfilerActivity.CPU")
    }
    let iteration = try KinetoIteration(of: trace, step: step)
    let links = BackwardLinks(
      of: trace, nesting: iteration.nesting, step: iteration.reference.operators)
    var findings = given
    findings.add(iteration.findings)
    if let rank = trace.rank, let size = trace.worldSize, size > 1 {
      findings.found("rank \(rank) of \(size); the others are taken to do the same")
    }
    if let name = trace.deviceName, name != device.name {
      findings.found("the trace is of \(name); copies are planned for \(device.name)")
    }
    let names = TensorGraph.uniqueNames(iteration.operators.map(\.name))
    var graph: TensorGraph
    if let execution {
      graph = try ExecutionTraceLink(iteration: iteration, execution: execution)
        .graph(findings: &findings)
    } else {
      graph = try TensorSources(iteration: iteration, links: links, names: names)
        .graph(findings: &findings)
    }
    for (step, operation) in iteration.operators.enumerated() where operation.isCommunication {
      graph.bytesAccessed[step] = operation.messageBytes.map(Double.init)
    }
    let operators = graph.operators(
      named: names, phases: iteration.operators.map(\.phase),
      microseconds: iteration.microseconds)
    let total = graph.tensors.reduce(0) { $0 &+ $1.bytes }
    findings.found(
      "\(trace.eventCount) events; \(operators.count) operators, \(graph.tensors.count) tensors of "
        + TraceNumber.mebibytes(total))
    return Profile(
      name: trace.file,
      source: Profile.Source(collector: "kineto", file: trace.file, notes: findings.notes),
      device: device, tensors: graph.tensors, operators: operators)
  }
}
