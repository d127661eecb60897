package import CEngine
package import Optimization

extension Engine {
  /// What the library answered, in its own terms.
  struct Outcome {
    var status: engine_status
    var point: [Double]?
    var message: String
  }

  /// Finds the best point of a model.
  ///
  /// - Parameter incumbentHandler: Receives each incumbent that the library tells while it searches,
  ///   checked against the model.
  package func solve(
    _ model: Model, options: SolveOptions, incumbentHandler: (([Double]) -> Void)? = nil
  ) throws(SolverError) -> Solution {
    let started = engine_now()
    try check(model, options)
    var solution = try search(model, options: options, started, incumbentHandler)
    solution.engine = "\(name) \(version)"
    solution.seconds = engine_now() - started
    return solution
  }

  private func search(
    _ model: Model, options: SolveOptions, _ started: Double,
    _ incumbentHandler: (([Double]) -> Void)?
  ) throws(SolverError) -> Solution {
    var solution = Solution(termination: .infeasible)
    if let (termination, point) = model.trivialAnswer() {
      solution.termination = termination
      solution.point = point
      solution.objective = point.map(model.objective.value)
      solution.bound = solution.objective
      return solution
    }
    let form = ColumnForm(model)
    if form.isContradictory { return solution }

    let start = completedStart(of: model, options: options, started: started)
    let startObjective = start.map(model.objective.value)
    let monitor = SearchMonitor(
      form: form, options: options, started: started, incumbent: startObjective,
      incumbentHandler: incumbentHandler.map { handler in
        { raw in if let point = model.checked(raw).point { handler(point) } }
      })
    let outcome = run(form, monitor: monitor, options: options, start: start)
    solution.nodes = monitor.nodes
    solution.bound = monitor.bound

    var violation: String?
    for raw in [outcome.point, monitor.point, start] {
      guard let raw else { continue }
      let (point, fault) = model.checked(raw)
      if point == nil { violation = violation ?? fault }
      guard let point else { continue }
      let value = model.objective.value(at: point)
      if let best = solution.objective, !form.isBetter(value, than: best) { continue }
      solution.point = point
      solution.objective = value
    }
    if solution.point == nil, let violation {
      throw .wrongAnswer(engine: name, violation: violation)
    }
    solution.termination = try termination(
      of: outcome, solution: &solution, form: form, monitor: monitor, options: options)
    return solution
  }

  /// Throws if model or options are malformed, or the library isn't there.
  func check(_ model: Model, _ options: SolveOptions) throws(SolverError) {
    if version.isEmpty {
      throw .unavailable(engine: name, remedy: "build planner with the trait \(trait)")
    }
    try model.validate()
    try options.check(for: model, capabilities: capabilities, engine: name)
    if model.termCount > Int(Int32.max) || model.variableCount >= Int(Int32.max) {
      throw .invalidModel("\(model.termCount) terms are more than an engine can index")
    }
  }

  /// Calls the library on a thread of its own.
  func run(
    _ form: ColumnForm, monitor: SearchMonitor, options: SolveOptions, start: [Double]?
  ) -> Outcome {
    if monitor.hasEnded { return Outcome(status: ENGINE_STOPPED, point: nil, message: "") }
    var result = engine_result()
    var point = [Double](repeating: 0, count: form.columnCount)
    let hasRun: Void? = onLargeStack {
      form.withEngineModel { model in
        monitor.withCallbacks { callbacks in
          withLimits(options, monitor: monitor, start: start) { limits in
            solveFunction(model, limits, callbacks, &point, &result)
          }
        }
      }
    }
    if hasRun == nil {
      return Outcome(status: ENGINE_OUT_OF_MEMORY, point: nil, message: "no memory for a thread")
    }
    monitor.finish(nodes: result.nodes, bound: result.bound)
    return Outcome(
      status: result.status, point: result.has_point == 1 ? point : nil, message: result.words)
  }

  /// Calls `body` with the limits as the C targets take them.
  func withLimits<Result>(
    _ options: SolveOptions, monitor: SearchMonitor, start: [Double]?,
    _ body: (UnsafePointer<engine_limits>) -> Result
  ) -> Result {
    func call(_ start: UnsafePointer<Double>?) -> Result {
      let limits = engine_limits(
        seconds: monitor.secondsLeft,
        memory_mebibytes: options.memoryLimitBytes.map { Int32(clamping: max(1, $0 >> 20)) } ?? 0,
        start: start, wants_points: monitor.wantsPoints ? 1 : 0)
      return withUnsafePointer(to: limits, body)
    }
    return start.map { $0.withUnsafeBufferPointer { call($0.baseAddress) } } ?? call(nil)
  }
}

extension engine_result {
  /// The message as a string.
  package var words: String {
    withUnsafeBytes(of: message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
