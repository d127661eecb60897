import CCbc
import Engines
public import Optimization

/// COIN-OR's branch-and-cut solver CBC, and its linear solver Clp, in this process.
///
/// One solve at a time runs in a process; others wait for their turn, and their time limits run
/// meanwhile. To solve in parallel or within a memory limit, start workers (`WorkerSolver`).
public struct CBCSolver: Solver {
  private let engine = Engine(
    name: "cbc",
    version: String(cString: cbc_version()),
    capabilities: Capabilities(
      features: [
        .timeLimit, .nodeLimit, .absoluteGap, .relativeGap, .warmStart, .partialWarmStart,
        .progress, .log, .cancellation, .cancellationInRootRelaxation,
      ],
      deviations: [
        "memoryLimit is refused: CBC can't limit its own allocations; a worker process can.",
        """
        timeLimit and cancellation act late during preprocessing, which tells no events; a worker \
        process is ended after a grace period.
        """,
        "nodeLimit doesn't count the nodes of heuristics' and fathoming's smaller searches.",
        "Bounds beyond ±1e27 count as infinite (Clp).",
      ]),
    trait: "WithCBC", solve: cbc_solve, relax: cbc_relax)

  /// Creates a solver.
  public init() {}

  /// The engine's name, `cbc`.
  public var name: String { engine.name }
  /// The version of the library, as `2.10.8`; empty if the build lacks it.
  public var version: String { engine.version }
  /// What CBC can honour.
  public var capabilities: Capabilities { engine.capabilities }

  /// Returns the best point found within the limits of `options`.
  ///
  /// - Throws: `SolverError`, as `Solver.solve(_:options:)` says.
  public func solve(_ model: Model, options: SolveOptions) throws(SolverError) -> Solution {
    try engine.solve(model, options: options)
  }

  /// Returns the optimum of the linear program that is left when integrality is dropped, by Clp.
  ///
  /// - Throws: `SolverError`, as `Solver.relax(_:options:)` says.
  public func relax(_ model: Model, options: SolveOptions) throws(SolverError) -> Relaxation {
    try engine.relax(model, options: options)
  }
}

extension CBCSolver: IncumbentReporting {
  package func solve(
    _ model: Model, options: SolveOptions, incumbentHandler: @escaping @Sendable ([Double]) -> Void
  ) throws(SolverError) -> Solution {
    try engine.solve(model, options: options, incumbentHandler: incumbentHandler)
  }
}
