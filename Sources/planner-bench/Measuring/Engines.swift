import ArgumentParser
import Optimization
import Workers

/// Solvers that the benchmarks use.
enum Engines {
  /// CBC in a worker process.
  static func cbc(_ setting: Setting) throws -> any Solver {
    guard let path = WorkerSolver.executable(of: "cbc", in: setting.workers) else {
      throw ValidationError("planner-cbc isn't beside planner-bench; build it: ./planner bench")
    }
    return try WorkerSolver(executable: path, processes: 1)
  }
}
