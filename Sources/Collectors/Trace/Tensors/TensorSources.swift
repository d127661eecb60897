import Profiles

/// Where the tensors of a Kineto trace come from: its memory events, else its shapes.
struct TensorSources {
  let iteration: KinetoIteration
  let links: BackwardLinks
  let names: [String]

  func graph(findings: inout Findings) throws(CollectorError) -> TensorGraph {
    let memory = try stepMemory(&findings)
    var accesses = BlockAccesses(
      memory: memory, operators: iteration.operators, names: names, links: links)
    let freedBefore = memory.blocks.reduce(0) { $0 + ($1.allocatedBy == nil ? $1.bytes : 0) }
    let base = memory.base.map { max(0, $0 - freedBefore) }
    guard
      let persistent = PersistentMemory(
        links: links, base: base, operators: iteration.operators, scope: optimizerScope)
    else { throw tooLarge }
    accesses.update {
      persistent.add(to: &$0, operators: iteration.operators, names: names, links: links)
    }
    tell(persistent, memory, &findings)
    tell(accesses, &findings)
    return accesses.graph
  }

  private var tooLarge: CollectorError {
    .tooLarge(
      file: iteration.trace.file, place: iteration.reference.label,
      problem: "its tensors have more bytes than can be counted")
  }

  private func stepMemory(_ findings: inout Findings) throws(CollectorError) -> StepMemory {
    if !iteration.memory.isEmpty {
      guard
        let memory = StepMemory(
          of: iteration.memory, step: iteration.reference, nesting: iteration.nesting)
      else { throw tooLarge }
      if memory.eventCount > 0 { return memory }
    }
    guard iteration.trace.hasShapes else {
      throw .invalid(
        file: iteration.trace.file, place: "traceEvents",
        problem: "the trace has times, but neither shapes nor memory events, so it doesn't tell "
          + "which tensors there are",
        remedy:
          "record with record_shapes=True and profile_memory=True, or add the Execution Trace "
          + "of the same run")
    }
    let made = ShapeBlocks(
      operators: iteration.operators, links: links, hasDevice: iteration.hasDevice)
    let total = made.blocks.reduce(into: 0) { sum, block in
      if sum < 1 << 53 { sum += block.bytes }
    }
    guard total < 1 << 53 else { throw tooLarge }
    guard !made.blocks.isEmpty || !links.parameters.isEmpty else {
      throw .invalid(
        file: iteration.trace.file, place: iteration.reference.label,
        problem: "no operator of the step has an input of a known shape",
        remedy: "record a complete step with record_shapes=True and profile_memory=True")
    }
    findings.missing(
      "memory events: tensors are derived from the shapes, so workspaces and what autograd really "
        + "keeps aren't known; record with profile_memory=True")
    return StepMemory(blocks: made.blocks, operatorCount: iteration.operators.count)
  }

  private var optimizerScope: String? {
    iteration.nesting.scopes.lazy.map { iteration.trace.names[$0.name] }
      .first { $0.hasPrefix("Optimizer.step") }
  }

  // MARK: Findings

  private func tell(
    _ persistent: PersistentMemory, _ memory: StepMemory, _ findings: inout Findings
  ) {
    if memory.eventCount > 0 {
      let before = memory.blocks.filter { $0.allocatedBy == nil }.count
      let kept = memory.blocks.filter { $0.freedBy == nil }.count
      findings.found(
        "\(memory.eventCount) memory events in the step; their peak is "
          + "\(TraceNumber.mebibytes(memory.peak)) above its start"
          + (memory.base.map { ", where \(TraceNumber.mebibytes($0)) were in use" } ?? ""))
      if before + kept > 0 {
        findings.assumed(
          "\(before) blocks from before the step stay until it frees them, \(kept) that it leaves "
            + "stay to its end")
      }
      if memory.pairedBySize > 0 {
        findings.assumed("memory events have no addresses: releases are paired by size")
      }
      if memory.base == nil {
        findings.missing(
          "the memory in use when the step began: what stays is counted by shapes")
      }
    }
    findings.found(
      "\(links.parameters.count) parameters of \(TraceNumber.mebibytes(persistent.parameterBytes)), "
        + "by the gradients that are accumulated")
    if links.parameters.isEmpty && memory.base == nil {
      findings.missing(
        "parameters: no gradient with a known shape is accumulated, so nothing stays on the device")
    }
    var states = persistent.keepsGradients ? ["gradients kept between steps"] : []
    states += ["\(persistent.statesPerParameter) optimizer states per parameter"]
    findings.assumed(states.joined(separator: ", ") + ", by the operators that run")
    if persistent.otherBytes > 0 {
      findings.assumed(
        "\(TraceNumber.mebibytes(persistent.otherBytes)) more are in use all the time and can't move"
      )
    }
    if persistent.exceedsBase {
      findings.assumed(
        "parameters aren't tensors of their own: the trace had less in use than they take")
    }
  }

  private func tell(_ accesses: BlockAccesses, _ findings: inout Findings) {
    findings.found("\(links.linked) of \(links.nodes) backward nodes have their forward operator")
    if links.nodes > 0 && links.linked == 0 {
      findings.missing(
        "links between forward and backward: activations are read only where they are freed")
    }
    if iteration.trace.hasShapes {
      findings.assumed(
        "\(accesses.matched) inputs are matched to tensors by their size; \(accesses.unmatched) of "
          + "the forward pass are neither tensors of the step nor parameters")
    } else {
      findings.missing(
        "shapes: an operator is taken to read the tensor before it; record with record_shapes=True")
    }
  }
}
