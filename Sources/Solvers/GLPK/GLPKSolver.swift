import CEngine
import CGLPK
import Engines
public import Optimization

/// The GNU Linear Programming Kit, in this process.
///
/// Solves of several threads run at the same time. GLPK suits models of a few hundred binaries;
/// beyond that CBC is faster by orders of magnitude.
public struct GLPKSolver: Solver {
  private let engine = Engine(
    name: "glpk",
    version: String(cString: glpk_version()),
    capabilities: Capabilities(
      features: Set(Capabilities.Feature.allCases),
      deviations: [
        "Cancellation waits for the feasibility pump's current linear program, which GLPK solves"
          + " in silence: up to 8 s with 9,000 binaries. Time limits don't wait.",
        "memoryLimit counts GLPK's own allocations, in whole MiB, not those of the process.",
      ]),
    trait: "WithGLPK", solve: glpk_solve, relax: glpk_relax)

  /// Creates a solver.
  public init() {}

  /// The engine's name, `glpk`.
  public var name: String { engine.name }
  /// The version of the library, as `5.0`; empty if the build lacks it.
  public var version: String { engine.version }
  /// What GLPK can honour.
  public var capabilities: Capabilities { engine.capabilities }

  /// Returns the best point found within the limits of `options`.
  ///
  /// - Throws: `SolverError`, as `Solver.solve(_:options:)` says.
  public func solve(_ model: Model, options: SolveOptions) throws(SolverError) -> Solution {
    try engine.solve(model, options: options)
  }

  /// Returns the optimum of the linear program that is left when integrality is dropped.
  ///
  /// - Throws: `SolverError`, as `Solver.relax(_:options:)` says.
  public func relax(_ model: Model, options: SolveOptions) throws(SolverError) -> Relaxation {
    try engine.relax(model, options: options)
  }
}

extension GLPKSolver: IncumbentReporting {
  package func solve(
    _ model: Model, options: SolveOptions, incumbentHandler: @escaping @Sendable ([Double]) -> Void
  ) throws(SolverError) -> Solution {
    try engine.solve(model, options: options, incumbentHandler: incumbentHandler)
  }
}

extension GLPKSolver {
  /// Makes the library fail as it does on misuse, to test that the process outlives it.
  ///
  /// - Throws: The failure, as a solve would.
  package func provokeFailure() throws(SolverError) {
    var result = engine_result()
    glpk_provoke_failure(&result)
    throw .engineFailed(engine: name, words: result.words)
  }
}
