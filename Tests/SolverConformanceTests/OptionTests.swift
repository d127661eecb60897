import CBC
import GLPK
import Optimization
import Synchronization
import Testing

@Suite("options")
struct OptionTests {
  @Test("each option is honoured or refused", arguments: Backend.all)
  func refused(backend: Backend) throws {
    let solver = try backend.solver()
    for feature in Capabilities.Feature.allCases {
      var options = SolveOptions()
      switch feature {
      case .timeLimit: options.timeLimit = 5
      case .nodeLimit: options.nodeLimit = 5
      case .absoluteGap: options.absoluteGap = 5
      case .relativeGap: options.relativeGap = 5
      case .memoryLimit: options.memoryLimitBytes = 1 << 30
      case .warmStart: options.warmStart = [1, 1]
      case .partialWarmStart: options.warmStart = [nil, 1]
      case .progress: options.progressHandler = { _ in }
      case .log: options.logHandler = { _ in }
      case .cancellation, .cancellationInRootRelaxation: options.cancellation = Cancellation()
      }
      let model = pair
      if solver.capabilities.features.contains(feature) {
        #expect(try solver.solve(model, options: options).point != nil)
      } else {
        #expect(
          throws: SolverError.unsupported(option: feature.rawValue, engine: solver.name)
        ) { try solver.solve(model, options: options) }
      }
    }
  }

  private var pair: Model {
    var model = Model(name: "pair", sense: .maximize)
    let x = model.addBinary("x")
    let y = model.addBinary("y")
    model.addRow("row", LinearExpression((1, x), (1, y)), atMost: 1)
    model.setObjective(LinearExpression((1, x), (2, y)))
    return model
  }

  @Test("deviations have reasons", arguments: Backend.all)
  func deviations(backend: Backend) throws {
    for deviation in try backend.solver().capabilities.deviations {
      #expect(deviation.count > 20)
    }
  }

  @Test("log lines arrive, whole and without their ends", arguments: Backend.all)
  func log(backend: Backend) throws {
    let lines = Mutex<[String]>([])
    var options = SolveOptions()
    options.logHandler = { line in lines.withLock { $0.append(line) } }
    let model = Model.hardKnapsack(items: 30, capacities: 3)
    let solution = try backend.solver().solve(model, options: options)
    #expect(solution.termination == .optimal)
    let all = lines.withLock { $0 }
    #expect(all.count > 3)
    #expect(!all.contains { $0.contains("\n") })
  }

  @Test("progress tells better and better points and bounds", arguments: Backend.all)
  func progress(backend: Backend) throws {
    let reports = Mutex<[SolveProgress]>([])
    var options = SolveOptions(nodeLimit: 300)
    options.progressHandler = { report in reports.withLock { $0.append(report) } }
    let model = Model.hardKnapsack(items: 60, capacities: 5)
    let solution = try backend.solver().solve(model, options: options)
    let all = reports.withLock { $0 }
    let incumbents = all.compactMap(\.incumbent)
    #expect(!incumbents.isEmpty)
    #expect(zip(incumbents, incumbents.dropFirst()).allSatisfy { $0 <= $1 })
    let bounds = all.compactMap(\.bound)
    #expect(!bounds.isEmpty)
    #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 >= $1 })
    let best = try #require(solution.objective)
    #expect(incumbents.allSatisfy { $0 <= best + 1e-6 })
    #expect(bounds.allSatisfy { $0 >= best - 1e-6 })
  }

  @Test("incumbents are told with points that satisfy the model", arguments: Backend.inProcess)
  func incumbents(backend: Backend) throws {
    let solver = try #require(try backend.solver() as? any IncumbentReporting)
    let points = Mutex<[[Double]]>([])
    let model = Model.hardKnapsack(items: 60, capacities: 5)
    let solution = try solver.solve(model, options: SolveOptions(nodeLimit: 300)) { point in
      points.withLock { $0.append(point) }
    }
    let told = points.withLock { $0 }
    #expect(!told.isEmpty)
    #expect(told.allSatisfy { model.violations(of: $0).isEmpty })
    let best = try #require(told.map { model.objective.value(at: $0) }.max())
    #expect(best >= (try #require(solution.objective)) * 0.99)
  }

  @Test("an engine in process prints nothing")
  func silence() async throws {
    let result = await #expect(
      processExitsWith: .success,
      observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      for solver in [CBCSolver(), GLPKSolver()] as [any Solver] {
        for known in KnownModel.linear + KnownModel.integer + KnownModel.pointless {
          _ = try solver.solve(known.model, options: SolveOptions())
          _ = try solver.relax(known.model, options: SolveOptions())
        }
        let model = Model.hardKnapsack(items: 40, capacities: 3)
        var options = SolveOptions(timeLimit: 1, nodeLimit: 20)
        options.warmStart = [1] + Array(repeating: nil, count: 39)
        _ = try solver.solve(model, options: options)
        options.warmStart = Array(repeating: 0, count: 40)
        options.logHandler = { _ in }
        _ = try solver.solve(model, options: options)
      }
    }
    let output = try #require(result)
    #expect(String(decoding: output.standardOutputContent, as: UTF8.self) == "")
    #expect(String(decoding: output.standardErrorContent, as: UTF8.self) == "")
  }
}
