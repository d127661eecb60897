import Optimization
import Synchronization
import Testing

@Suite("warm starts")
struct StartTests {
  private let model = Model.hardKnapsack(items: 50, capacities: 6)

  /// A good point, and the first incumbent that a search from `start` tells.
  private func firstIncumbent(
    _ backend: Backend, from start: [Double?], nodeLimit: Int = 1
  ) throws -> (first: Double?, solution: Solution) {
    let first = Mutex<Double?>(nil)
    var options = SolveOptions(nodeLimit: nodeLimit, warmStart: start)
    options.progressHandler = { report in
      first.withLock { $0 = $0 ?? report.incumbent }
    }
    let solution = try backend.solver().solve(model, options: options)
    return (first.withLock { $0 }, solution)
  }

  @Test("a full start is the first incumbent", arguments: Backend.all)
  func full(backend: Backend) throws {
    let good = try Backend.cbc.solver().solve(model, options: SolveOptions(nodeLimit: 300))
    let point = try #require(good.point)
    let (first, solution) = try firstIncumbent(backend, from: point)
    #expect(first == good.objective)
    #expect(try #require(solution.objective) >= (try #require(good.objective)))
  }

  @Test("a partial start is completed", arguments: Backend.all)
  func partial(backend: Backend) throws {
    let good = try Backend.cbc.solver().solve(model, options: SolveOptions(nodeLimit: 300))
    let point = try #require(good.point)
    let start = point.enumerated().map { $0.offset < 42 ? $0.element : nil }
    let (first, solution) = try firstIncumbent(backend, from: start)
    #expect(try #require(first) >= (try #require(good.objective)) * 0.99)
    #expect(try #require(solution.objective) >= (try #require(good.objective)) * 0.99)
  }

  @Test("a start that can't be completed does no harm", arguments: Backend.all)
  func infeasible(backend: Backend) throws {
    let everything = [Double?](repeating: 1, count: model.variableCount)
    let (_, solution) = try firstIncumbent(backend, from: everything, nodeLimit: 500)
    #expect(model.violations(of: try #require(solution.point)).isEmpty)
    let outside = [Double?](repeating: 17, count: model.variableCount)
    #expect(try firstIncumbent(backend, from: outside, nodeLimit: 500).solution.point != nil)
  }

  @Test("a start without known values is no start", arguments: Backend.all)
  func unknown(backend: Backend) throws {
    let nothing = [Double?](repeating: nil, count: model.variableCount)
    #expect(try firstIncumbent(backend, from: nothing, nodeLimit: 500).solution.point != nil)
  }

  @Test("the integers of a start are kept, its continuous values found", arguments: Backend.all)
  func mixed(backend: Backend) throws {
    var model = Model(name: "mixed")
    let isOpen = (0..<3).map { model.addBinary("open[\($0)]") }
    let amount = (0..<3).map { model.addVariable("amount[\($0)]", in: 0...10) }
    var cost = LinearExpression()
    var total = LinearExpression()
    for site in 0..<3 {
      let use = LinearExpression((1, amount[site]), (-10, isOpen[site]))
      model.addRow("use[\(site)]", use, atMost: 0)
      cost.add(Double(site + 1), isOpen[site])
      total.add(1, amount[site])
    }
    model.addRow("demand", total, atLeast: 15)
    model.setObjective(cost)
    let options = SolveOptions(warmStart: [0, 1, 1, 99, 99, 99])
    #expect(try backend.solver().solve(model, options: options).objective == 3)
  }

  @Test("the answer is never worse than the start", arguments: Backend.all)
  func neverWorse(backend: Backend) throws {
    let good = try Backend.cbc.solver().solve(model, options: SolveOptions(nodeLimit: 300))
    let start: [Double] = try #require(good.point)
    var options = SolveOptions(timeLimit: 0, warmStart: start)
    let solution = try backend.solver().solve(model, options: options)
    #expect(solution.termination == .feasible(.time))
    #expect(solution.objective == good.objective)
    options.cancellation = Cancellation()
    options.timeLimit = nil
    options.cancellation?.cancel()
    #expect(
      try backend.solver().solve(model, options: options).termination == .feasible(.interrupted))
  }
}
