import CBC
import Foundation
import GLPK
import Optimization
import Testing
import Workers

/// One way to reach an engine. Every test of the suite runs over all of them.
struct Backend: Sendable, CustomTestStringConvertible {
  let testDescription: String
  private let make: @Sendable () throws -> any Solver

  /// The solver; throws if its worker is missing, because that is a failure and no reason to skip.
  func solver() throws -> any Solver { try make() }

  static let cbc = Backend(testDescription: "CBC") { CBCSolver() }
  static let glpk = Backend(testDescription: "GLPK") { GLPKSolver() }
  static let cbcWorker = Backend(testDescription: "CBC in a worker") { try cbcProcess.get() }
  static let glpkWorker = Backend(testDescription: "GLPK in a worker") { try glpkProcess.get() }

  static let all = [cbc, glpk, cbcWorker, glpkWorker]
  static let inProcess = [cbc, glpk]
  static let workers = [cbcWorker, glpkWorker]

  private static let cbcProcess = Result { try worker("cbc") }
  private static let glpkProcess = Result { try worker("glpk") }

  /// The folder in which the package's executables are built: that of the test program.
  static let buildFolder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().path

  /// Starts workers of their own.
  static func worker(
    _ engine: String, processes: Int? = nil, gracePeriod: Double = 5
  ) throws -> WorkerSolver {
    let path = try #require(
      WorkerSolver.executable(of: engine, in: buildFolder), "planner-\(engine) is not built")
    return try WorkerSolver(executable: path, processes: processes, gracePeriod: gracePeriod)
  }
}
