import CBC
import Optimization
import Testing

@Suite("CBC")
struct CBCTests {
  @Test("a knapsack is solved, its offset and sense respected")
  func knapsack() throws {
    var model = Model(name: "knapsack", sense: .maximize)
    var weight = LinearExpression()
    var value = LinearExpression(constant: 100)
    for (index, (w, v)) in [(3.0, 4.0), (4, 5), (5, 6), (6, 8.5)].enumerated() {
      let x = model.addBinary("x\(index)")
      weight.add(w, x)
      value.add(v, x)
    }
    model.addRow("weight", weight, atMost: 10)
    model.setObjective(value)
    let solution = try CBCSolver().solve(model, options: SolveOptions())
    #expect(solution.termination == .optimal)
    #expect(solution.objective == 113.5)
    #expect(solution.bound == 113.5)
  }
}
