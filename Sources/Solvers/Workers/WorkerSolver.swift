import Foundation
public import Optimization

/// A solver in processes of its own.
///
/// The answers are those of the engine in process. In addition a memory limit holds for every
/// engine, solves of CBC run in parallel, and an engine that crashes or doesn't stop takes nothing
/// with it but its process: the best point that it had told is returned.
public struct WorkerSolver: Solver {
  /// The engine's name, `cbc` or `glpk`.
  public let name: String
  /// The version of the engine's library.
  public let version: String
  /// What the engine can honour through a worker.
  public let capabilities: Capabilities

  private let pool: WorkerPool
  private let gracePeriod: Double
  private let engineLimitsMemory: Bool

  /// Starts a worker and learns what it can do.
  ///
  /// - Parameters:
  ///   - executable: The path of `planner-cbc` or `planner-glpk`.
  ///   - processes: How many solves may run at once; further ones wait, and their time limits run
  ///     meanwhile. The number of processor cores if nil.
  ///   - gracePeriod: Seconds after which an engine that should have stopped is ended; with a time limit
  ///     at most a tenth of that.
  /// - Throws: `SolverError.unavailable` if no worker can be started.
  public init(
    executable: String, processes: Int? = nil, gracePeriod: Double = 5
  ) throws(SolverError) {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    pool = WorkerPool(executable: executable, mostProcesses: max(1, processes ?? cores))
    self.gracePeriod = min(max(0, gracePeriod), 1e9)
    let (worker, greeting) = try pool.greeted()
    pool.add(worker)
    name = greeting.name
    version = greeting.version
    let features = greeting.features.compactMap(Capabilities.Feature.init)
    engineLimitsMemory = features.contains(.memoryLimit)
    capabilities = Capabilities(
      features: Set(features).union([.memoryLimit]),
      deviations: greeting.deviations + [
        """
        In a worker: an engine that stops \(gracePeriod) s too late is ended by the system. A memory \
        limit that the engine can't keep is kept by the system, which may end the process.
        """
      ])
  }

  /// Returns the path of an engine's worker in a folder; nil if there is none.
  public static func executable(of engine: String, in folder: String) -> String? {
    let path = folder + "/planner-" + engine
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }

  /// Returns the best point found within the limits of `options`.
  ///
  /// - Throws: `SolverError`, as `Solver.solve(_:options:)` says.
  public func solve(_ model: Model, options: SolveOptions) throws(SolverError) -> Solution {
    let started = ContinuousClock.now
    var solution = try search(model, options)
    solution.seconds = started.duration(to: .now) / .seconds(1)
    return solution
  }

  private func search(_ model: Model, _ options: SolveOptions) throws(SolverError) -> Solution {
    var task = try task(.solve, model, options)
    let ending = try task.run(pool)
    var solution = Solution(
      termination: .infeasible, bound: task.bound, nodes: task.nodes, engine: "\(name) \(version)")
    switch ending {
    case .reply(.solution(let record)):
      guard let termination = record.termination.termination else { throw unreadable }
      solution.termination = termination
      solution.point = record.point
      solution.bound = record.bound
      solution.nodes = record.nodes
    case .reply: throw unreadable
    case .lost(let limit, let words):
      let known = options.warmStart.map { $0.compactMap { $0 } } ?? []
      let start = model.violations(of: known).isEmpty ? known : nil
      solution.point = task.incumbent ?? start
      if solution.point == nil && limit == .engineFailure {
        throw .engineFailed(engine: name, words: words)
      }
      solution.termination = solution.point == nil ? .noSolution(limit) : .feasible(limit)
    }
    guard let point = solution.point else { return solution }
    if let violation = model.violations(of: point).first {
      throw .wrongAnswer(engine: name, violation: violation.description)
    }
    solution.objective = model.objective.value(at: point)
    return solution
  }

  /// Returns the optimum of the linear program that is left when integrality is dropped.
  ///
  /// - Throws: `SolverError`, as `Solver.relax(_:options:)` says.
  public func relax(_ model: Model, options: SolveOptions) throws(SolverError) -> Relaxation {
    let started = ContinuousClock.now
    var task = try task(.relax, model, options)
    var relaxation = Relaxation(termination: .infeasible, engine: "\(name) \(version)")
    switch try task.run(pool) {
    case .reply(.relaxation(let record)):
      guard let termination = record.termination.termination else { throw unreadable }
      var linear = model
      linear.relaxIntegrality()
      let missed = linear.violations(of: record.point, tolerance: Relaxation.tolerance)
      if termination.hasPoint, let violation = missed.first {
        throw .wrongAnswer(engine: name, violation: violation.description)
      }
      relaxation.termination = termination
      relaxation.objective = record.objective
      relaxation.point = record.point
      relaxation.rowDuals = record.rowDuals
      relaxation.reducedCosts = record.reducedCosts
    case .reply: throw unreadable
    case .lost(.engineFailure, let words): throw .engineFailed(engine: name, words: words)
    case .lost(let limit, _): relaxation.termination = .noSolution(limit)
    }
    relaxation.seconds = started.duration(to: .now) / .seconds(1)
    return relaxation
  }

  private func task(
    _ kind: Request.Task, _ model: Model, _ options: SolveOptions
  ) throws(SolverError) -> WorkerTask {
    try model.validate()
    try options.check(for: model, capabilities: capabilities, engine: name)
    return WorkerTask(
      kind: kind, engine: name, model: model, options: options, gracePeriod: gracePeriod,
      engineLimitsMemory: engineLimitsMemory)
  }

  private var unreadable: SolverError {
    .engineFailed(engine: name, words: "the worker gave an answer of another kind")
  }
}
