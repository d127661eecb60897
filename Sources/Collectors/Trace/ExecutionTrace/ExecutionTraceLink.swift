import Profiles

/// The tensors of an Execution Trace for the operators of the Kineto trace of the same run.
///
/// The two agree on the numbers of calls: `rf_id` here is `Record function id` there.
struct ExecutionTraceLink {
  let iteration: KinetoIteration
  let execution: ExecutionTrace

  func graph(findings: inout Findings) throws(CollectorError) -> TensorGraph {
    let tree = ExecutionTree(of: execution)
    let operators = Array(iteration.operators)
    let tops = try linked(operators, tree, &findings)
    let names = TensorGraph.uniqueNames(operators.map(\.name))
    let lives = StorageLives(of: tree, trace: execution)
    let last = tops.lazy.compactMap { $0 }.max() ?? 0
    let tensors = StepTensors(
      lives: lives, operators: operators, names: names, tops: tops,
      exchanged: exchanged(operators, tops, lives), end: last + 1,
      isLastStep: !tree.tops.indices.contains(last + 1))
    ExecutionTraceImport.tellLives(&findings, tensors)
    try ExecutionTraceImport.check(tensors.graph, file: execution.file)
    return tensors.graph
  }

  private func linked(
    _ operators: [TracedOperator], _ tree: ExecutionTree, _ findings: inout Findings
  ) throws(CollectorError) -> [Int?] {
    var byNumber: [Int: Int] = [:]
    for (top, operation) in tree.nesting.operators.enumerated() {
      if let number = operation.recordFunction, number > 0 { byNumber[number] = top }
    }
    var used: Set<Int> = []
    var count = 0
    let tops = operators.map { operation -> Int? in
      guard operation.thread >= 0 else { return nil }
      count += 1
      guard let top = operation.recordFunction.flatMap({ byNumber[$0] }),
        tree.nesting.operators[top].name == operation.name, used.insert(top).inserted
      else { return nil }
      return top
    }
    let known = tops.count { $0 != nil }
    guard known > 0, 2 * known >= count else {
      throw .invalid(
        file: execution.file, place: "rf_id",
        problem:
          "\(known) of \(count) operators of \(iteration.trace.file) are there with the same "
          + "number and name, so it isn't of the same run",
        remedy:
          "give the Execution Trace that was recorded along with the Kineto trace, or leave it "
          + "out")
    }
    findings.found(
      "\(known) of \(count) operators linked with the Execution Trace of schema "
        + execution.schema)
    return tops
  }

  /// What each collective exchanges: those of an operator follow each other as their kernels do.
  private func exchanged(
    _ operators: [TracedOperator], _ tops: [Int?], _ lives: StorageLives
  ) -> [Int: [Int]] {
    var topOfNumber: [Int: Int] = [:]
    for (step, operation) in operators.enumerated() {
      if let number = operation.recordFunction, let top = tops[step] { topOfNumber[number] = top }
    }
    var taken: [Int: Int] = [:]
    var result: [Int: [Int]] = [:]
    for (step, operation) in operators.enumerated()
    where operation.isCommunication && tops[step] == nil {
      guard let top = operation.recordFunction.flatMap({ topOfNumber[$0] }) else { continue }
      let next = taken[top, default: 0]
      taken[top] = next + 1
      if next < lives.accesses[top].collectives.count {
        result[step] = lives.accesses[top].collectives[next]
      }
    }
    return result
  }
}
