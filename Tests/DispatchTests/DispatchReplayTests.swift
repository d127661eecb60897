import CBC
import Foundation
import Plans
import Profiles
import Reports
import Simulation
import Testing
import TokenDispatch

/// The replay, the files and the report of a dispatch.
@Suite struct DispatchReplayTests {
  private static let profile = Clusters.profile(
    Clusters.tree([[2, 2], [2]], spine: 100), tokens: 600)

  private func plan() throws -> DispatchPlan {
    try DispatchPlannerTests.plan(Self.profile, deviation: 0.2)
  }

  private func faults(_ plan: DispatchPlan) -> [String] {
    DispatchReplay(plan, on: Self.profile).run().faults
  }

  @Test("each link's bytes are those of the pairs on both sides of it")
  func links() throws {
    let plan = try plan()
    let result = DispatchReplay(plan, on: Self.profile).run()
    func bytes(_ name: String) -> Int? { result.links.first { $0.name == name }?.bytes }
    let tokens = plan.tokens
    #expect(bytes("nvlink of device 0, out") == tokens[0][1] * 8192)
    #expect(bytes("nic of device 3, in") == [0, 1, 4, 5].reduce(0) { $0 + tokens[$1][3] } * 8192)
    let across = [4, 5].flatMap { i in (0..<4).map { tokens[i][$0] } }.reduce(0, +)
    #expect(bytes("spine of leaf 1, out") == across * 8192)
    #expect(result.binding?.microseconds == result.microseconds)
    #expect(result.links.map(\.microseconds).max() == result.microseconds)
    let moved = result.localTokens + result.tokensBySeparation.reduce(0, +)
    #expect(moved == result.totalTokens && moved == 3600)
  }

  @Test("a token too many in a row or a column, too little room, too far from even: each is told")
  func wrongPlans() throws {
    let good = try plan()
    var row = good
    row.tokens[0][1] += 1
    #expect(faults(row).first == "device 0 sends 601 tokens, but has 600")
    var column = good
    column.tokens[0][1] += 1
    column.tokens[0][2] -= 1
    #expect(faults(column).first == "the experts of device 1 take 601 tokens; their share is 600")
    var room = good
    room.expertCapacity[3] -= 1
    #expect(
      faults(room) == ["the experts of device 3 take 600 tokens, but have room for 599"])
    var budget = good
    budget.deviationBudget = 0.1
    #expect(faults(budget).first?.hasPrefix("the tokens deviate by 20.00 %") == true)
    var other = good
    other.tokenBytes = 1
    #expect(faults(other) == ["token_bytes: the plan is for 1, the profile has 8192"])
    other.tokensPerDevice = .max / 2
    #expect(!faults(other).isEmpty)
    var fewer = good
    fewer.tokens.removeLast()
    #expect(!faults(fewer).isEmpty)
  }

  @Test("a plan's file reads back, and what is wrong in it is told with its place")
  func file() throws {
    let plan = try plan()
    let bytes = plan.encoded()
    let read = try DispatchPlan.read(bytes, name: "plan.json")
    #expect(read.tokens == plan.tokens && read.prediction == plan.prediction)
    let text = String(decoding: bytes, as: UTF8.self)
    for (old, new, fault) in [
      ("\"dispatch\"", "\"swap\"", "problem"),
      ("\"deviation\": 0.2}", "\"deviation\": 2}", "budget"),
      ("\"expert_capacity\": [600, ", "\"expert_capacity\": [", "expert_capacity"),
      ("\"tokens\": [[", "\"tokens\": [[-1, ", "tokens[0]"),
      ("\"top_k\": 1", "\"top_k\": 1.5", "top_k"), ("\"strategy\"", "\"x_strategy\"", "strategy"),
    ] {
      let broken = text.replacing(old, with: new, maxReplacements: 1)
      try #require(broken != text)
      let error = #expect(throws: PlanError.self) {
        try DispatchPlan.read(Array(broken.utf8), name: "plan.json")
      }
      #expect(error?.faults.first?.place.contains(fault) == true, "\(error?.faults ?? [])")
    }
    for length in stride(from: 0, to: bytes.count - 2, by: 97) {
      #expect(throws: PlanError.self) {
        try DispatchPlan.read(Array(bytes.prefix(length)), name: "plan.json")
      }
    }
  }

  @Test("weights are normalised both ways, and grow where fewer tokens go")
  func weights() throws {
    let plan = try plan()
    let file = DispatchFile(plan)
    for weights in [file.sumWeights, file.softmaxWeights] {
      for (row, tokens) in zip(weights, plan.tokens) {
        #expect(abs(row.reduce(0, +) - 1) < 1e-12)
        for (i, j) in [(0, 1), (0, 4), (2, 5)] where tokens[i] != tokens[j] {
          #expect((row[i] > row[j]) == (tokens[i] < tokens[j]))
        }
      }
    }
    // The closed form: with even tokens all weights are alike.
    var even = plan
    even.tokens = plan.tokens.map { $0.map { _ in 100 } }
    #expect(DispatchFile(even).sumWeights == even.tokens.map { $0.map { _ in 1.0 / 6 } })
    #expect(file.localCapacity == plan.tokens)
    _ = try JSONSerialization.jsonObject(with: Data(file.json))
    let lines = String(decoding: file.text, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 6 && lines.allSatisfy { $0.split(separator: " ").count == 6 })
  }

  @Test("the report tells time, bound, topology, links and strategies; its JSON is JSON")
  func report() throws {
    let report = DispatchReport(try plan(), profile: Self.profile)
    #expect(report.isPredictionExact)
    let text = report.text()
    for words in [
      "finds the plan valid", "Topology: symmetric tree", "even dispatch", "at least", "spine, out",
      "linear-program", "Planner and replay agree",
    ] { #expect(text.contains(words), "\(words)") }
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    _ = try JSONSerialization.jsonObject(with: Data(report.json().utf8))
  }
}
