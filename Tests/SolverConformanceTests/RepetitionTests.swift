import Optimization
import Testing

@Suite("many solves")
struct RepetitionTests {
  @Test("random integer programs match enumeration", arguments: Backend.inProcess, UInt64(0)..<100)
  func enumeration(backend: Backend, seed: UInt64) throws {
    let model = Model.random(seed: seed)
    let solution = try backend.solver().solve(model, options: SolveOptions())
    #expect(solution.termination == .optimal)
    #expect(abs(try #require(solution.objective) - (try #require(model.bestByEnumeration))) < 1e-6)
  }

  @Test("a model is solved twice with the same answer and left as it is", arguments: Backend.all)
  func twice(backend: Backend) throws {
    let solver = try backend.solver()
    let model = Model.hardKnapsack(items: 30, capacities: 3)
    let first = try solver.solve(model, options: SolveOptions())
    let second = try solver.solve(model, options: SolveOptions())
    #expect(first.point == second.point)
    #expect(first.bound == second.bound)
    #expect(first.nodes == second.nodes)
  }

  @Test("changed bounds change the answer", arguments: Backend.all)
  func changed(backend: Backend) throws {
    let solver = try backend.solver()
    var model = Model(name: "changing", sense: .maximize)
    let x = model.addVariable("x", in: 0...3, kind: .integer)
    model.addRow("row", LinearExpression((1, x)), atMost: 7)
    model.setObjective(LinearExpression((1, x)))
    #expect(try solver.solve(model, options: SolveOptions()).objective == 3)
    model.setBounds(of: x, lower: 0, upper: 20)
    #expect(try solver.solve(model, options: SolveOptions()).objective == 7)
    model.setRowBounds(0, lower: 0, upper: 9)
    #expect(try solver.solve(model, options: SolveOptions()).objective == 9)
  }

  @Test("200 solves at once are all right", arguments: Backend.all)
  func concurrent(backend: Backend) async throws {
    let solver = try backend.solver()
    let expected = (0..<20).map { Model.random(seed: $0).bestByEnumeration }
    let wrong = await withTaskGroup(of: Bool.self) { group in
      for index in 0..<200 {
        group.addTask {
          let model = Model.random(seed: UInt64(index % 20))
          guard let solution = try? await solver.solution(of: model),
            let objective = solution.objective, let best = expected[index % 20]
          else { return true }
          return abs(objective - best) > 1e-6
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(wrong == 0)
  }
}
