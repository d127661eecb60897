import CEngine
import Optimization

extension Engine {
  /// Says why the search ended, and corrects a bound that the point contradicts.
  func termination(
    of outcome: Outcome, solution: inout Solution, form: ColumnForm, monitor: SearchMonitor,
    options: SolveOptions
  ) throws(SolverError) -> Termination {
    if let objective = solution.objective, let bound = solution.bound,
      form.isBetter(objective, than: bound)
    {
      // Rounding moves the objective a little past the bound; more than that refutes the bound.
      let isRounding = abs(objective - bound) <= 1e-6 * max(1, abs(objective))
      solution.bound = isRounding ? objective : nil
      if !isRounding { return .feasible(.engineFailure) }
    }
    if let objective = solution.objective, let bound = solution.bound,
      options.allowsGap(objective: objective, bound: bound)
    {
      return .optimal
    }
    switch outcome.status {
    case ENGINE_OPTIMAL:
      if solution.point != nil { return .optimal }
      throw .engineFailed(engine: name, words: "no point came with the optimum")
    case ENGINE_INFEASIBLE:
      return solution.point == nil ? .infeasible : .feasible(.engineFailure)
    case ENGINE_UNBOUNDED:
      (solution.point, solution.objective, solution.bound) = (nil, nil, nil)
      return unboundedness(of: form, options: options, monitor: monitor)
    case ENGINE_STOPPED where monitor.ending == nil && options.timeLimit == nil:
      // The engine gave up for a limit of its own.
      return solution.point == nil
        ? .numericalTrouble("\(name) stopped without being asked") : .feasible(.engineFailure)
    case ENGINE_STOPPED:
      let limit: Termination.Limit =
        switch monitor.ending {
        case .cancelled: .interrupted
        case .nodes: .nodes
        case .time, .gap, nil: .time
        }
      return solution.point == nil ? .noSolution(limit) : .feasible(limit)
    case ENGINE_OUT_OF_MEMORY:
      return solution.point == nil ? .noSolution(.memory) : .feasible(.memory)
    case ENGINE_NUMERICAL_TROUBLE where solution.point == nil:
      return .numericalTrouble(outcome.message)
    case ENGINE_NOT_BUILT:
      throw .unavailable(engine: name, remedy: "build planner with the trait \(trait)")
    default:
      if solution.point != nil { return .feasible(.engineFailure) }
      throw .engineFailed(engine: name, words: outcome.message)
    }
  }

  /// Tells an unbounded model from an infeasible one, by looking for any point at all.
  ///
  /// Rows with rational coefficients and an unbounded relaxation leave no third case (Meyer 1974).
  func unboundedness(
    of form: ColumnForm, options: SolveOptions, monitor: SearchMonitor
  ) -> Termination {
    var limits = SolveOptions(
      timeLimit: options.timeLimit.map { _ in max(0, monitor.secondsLeft) },
      nodeLimit: options.nodeLimit)
    limits.cancellation = options.cancellation
    let form = form.withoutObjective()
    let search = SearchMonitor(
      form: form, options: limits, started: engine_now(), incumbent: nil, incumbentHandler: nil)
    switch run(form, monitor: search, options: limits, start: nil).status {
    case ENGINE_OPTIMAL: return .unbounded
    case ENGINE_INFEASIBLE: return .infeasible
    default: return .infeasibleOrUnbounded
    }
  }
}
