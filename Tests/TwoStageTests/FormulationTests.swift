import CBC
import Foundation
import GLPK
import Optimization
import Profiles
import TestSupport
import Testing

@testable import TwoStage

/// The fused program and the chain's recursion against enumeration and the MathProg references.
@Suite struct FormulationTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Models/Formulations")

  static func reference(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  /// The least time of any choice of strategies and nodes that are kept, from the definition.
  private static func optimum(_ instance: StageInstance, within budget: Int) -> Double? {
    let last = instance.graph.stages.count - 1
    var best: Double?
    for choice in RandomStages.choices(of: instance) {
      let figures = instance.figures(of: choice)
      let free = instance.graph.nodes.indices.filter { instance.graph.nodes[$0].stage < last }
      // Each node runs again, is kept, or is kept with its output.
      var states = [[Int]()]
      for _ in free { states = states.flatMap { list in (0..<3).map { list + [$0] } } }
      for state in states {
        var time = figures.leastMicroseconds
        var bytes = figures.stateBytes + figures.saved[last]
        for (place, node) in free.enumerated() {
          if state[place] == 0 {
            time += figures.nodeForward[node]
          } else {
            bytes += figures.nodeSaved[node]
          }
          if state[place] == 2 {
            bytes += instance.strategy(of: node, in: choice).outputBytes
          }
        }
        let isCut = instance.graph.edges.contains { edge in
          let (source, target) = (
            instance.graph.nodes[edge.source], instance.graph.nodes[edge.target]
          )
          return source.stage == target.stage && source.stage < last
            && !instance.leaves[edge.source]
            && state[edge.target] == 0 && state[edge.source] == 1
        }
        if isCut { continue }
        if last > 0 { bytes += figures.outputs[last - 1] }
        let node = instance.lossNode
        bytes += instance.strategy(of: node, in: choice).backwardWorkspaceBytes
        if bytes <= budget { best = min(best ?? .infinity, time) }
      }
    }
    return best
  }

  @Test(
    "GLPK, the MathProg reference and enumeration agree, and CBC where nothing is tied",
    arguments: 0..<30)
  func fused(seed: Int) throws {
    let graph = RandomStages.graph(
      stages: 3, nodes: 1 + seed % 2, strategies: 3 - seed % 2, ties: seed % 3 == 0,
      seed: UInt64(700 + seed))
    let instance = StageInstance(graph)
    let budget = RandomStages.budget(of: instance, share: Double(seed % 5) * 0.2 - 0.1)
    let expected = Self.optimum(instance, within: budget)
    let formulation = FusedFormulation(instance, budget: budget)
    for solver in [CBCSolver() as any Solver, GLPKSolver()] {
      let solved = try solver.solve(formulation.model, options: SolveOptions())
      let value = solved.objective.map { formulation.microseconds(of: $0) }
      #expect((value == nil) == (expected == nil))
      if let value, let expected {
        // CBC 2.10.8 presolves some of these programs to a point that is not the best; see the planner.
        #expect(value > expected * (1 - 1e-6))
        if solver.name == "glpk" || seed % 3 != 0 { #expect(value < expected * (1 + 1e-6)) }
      }
    }
    let model = try MathProg.read(
      model: try Self.reference("two-stage.mod"), data: graph.mathProgData(budget: budget))
    let solved = try GLPKSolver().solve(model, options: SolveOptions())
    #expect((solved.objective == nil) == (expected == nil))
    if let value = solved.objective, let expected {
      #expect(abs(value - expected) < 1e-6 * expected)
    }
    var hull = LossHull(instance)
    let bound = hull.bound(within: budget)
    #expect(bound <= (expected ?? .infinity) * (1 + 1e-9))
    if expected == nil { #expect(bound == .infinity || hull.leastBytes <= budget) }
  }

  @Test("the tiny data have the values of the worked examples")
  func tiny() throws {
    for (name, value) in [("two-stage", 72.0), ("checkpoint", 5), ("recompute", 3)] {
      let data = try Self.reference("\(name)-tiny.dat")
      let model = try MathProg.read(model: try Self.reference("\(name).mod"), data: data)
      let solved = try GLPKSolver().solve(model, options: SolveOptions())
      if name == "checkpoint" {
        let column = try #require(model.variableNames.firstIndex(of: "time[0,2,2]"))
        #expect(abs(try #require(solved.point)[column] - value) < 1e-9)
      } else {
        #expect(abs(try #require(solved.objective) - value) < 1e-9)
      }
    }
    var hull = LossHull(StageInstance(WorkedExampleTests.graph))
    #expect(hull.bound(within: 33) <= 72)
  }

  @Test("the hull's bound falls with the budget, and is met where memory is ample")
  func hull() {
    let instance = StageInstance(
      RandomStages.graph(stages: 6, nodes: 2, strategies: 3, seed: 77))
    var hull = LossHull(instance)
    var last = Double.infinity
    for budget in stride(from: 5_000, through: 80_000, by: 2_500) {
      let bound = hull.bound(within: budget)
      #expect(bound <= last)
      var fresh = LossHull(instance)
      let alone = fresh.bound(within: budget)
      #expect(bound == alone || abs(bound - alone) < 1e-9 * alone)
      last = bound
    }
    let fastest = PricedStages(instance, keeping: false).minimum(statePrice: 0, activationPrice: 0)
    #expect(abs(last - fastest.value) < 1e-9 * last)
  }

  @Test("the recursion as a linear program gives the table's times", arguments: UInt64(0)..<12)
  func chain(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...4, using: &random)
    let outputs = (0..<count).map { $0 == count - 1 ? 0 : Int.random(in: 0...2, using: &random) }
    let chain = CheckpointChain(
      forward: (0..<count).map { _ in Double(Int.random(in: 1...9, using: &random)) },
      inputs: [0] + outputs.dropLast(),
      saved: outputs.map { $0 + Int.random(in: 0...2, using: &random) },
      demands: outputs.map {
        CheckpointChain.Demand(
          gradient: $0, running: Int.random(in: 0...1, using: &random),
          saving: Int.random(in: 0...1, using: &random),
          backward: Int.random(in: 0...1, using: &random))
      },
      parts: outputs.map { output in
        (0..<Int.random(in: 0...2, using: &random)).map { _ in
          CheckpointChain.Part(
            kept: output, time: Double(Int.random(in: 0...2, using: &random)) + 0.5,
            running: Int.random(in: 0...1, using: &random),
            whole: output + Int.random(in: 0...2, using: &random),
            again: Int.random(in: 0...1, using: &random))
        }
      })
    let slots = Int.random(in: 2...9, using: &random)
    let model = try MathProg.read(
      model: try Self.reference("checkpoint.mod"), data: chain.mathProgData(slots: slots))
    let solved = try GLPKSolver().solve(model, options: SolveOptions())
    let point = try #require(solved.point)
    let remade = chain.parts.joined().reduce(0) { $0 + $1.time }
    let never = 1 + Double(count) * chain.forward.reduce(0, +) + remade
    let table = chain.table(limit: slots, slots: slots)
    for memory in 0...slots {
      let column = try #require(
        model.variableNames.firstIndex(of: "time[0,\(count - 1),\(memory)]"))
      let expected = table.time(within: memory) ?? never
      #expect(abs(point[column] - expected) < 1e-6)
    }
  }
}
