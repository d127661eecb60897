import Plans
import Profiles
import Simulation
import Testing

@testable import TwoStage

/// Tied embeddings: the scores borrow a weight, which is gathered for them, too.
@Suite struct BorrowedWeightTests {
  private static let text = SmallTransformer.dense.replacing("false", with: "true")

  /// 256 · 64 elements of two bytes: 32768, along the axis of four 3 + 3/4 · 32768/2000 µs, a quarter along the
  /// other 7 + 1/2 · 8192/1000 µs.
  @Test("what ZeRO shares is gathered for both, and its gradient stays whole")
  func byHand() throws {
    let tied = try SmallTransformer(Self.text)
    let apart = try SmallTransformer.shared.get()
    #expect(tied.profile.validate() == [])
    let head = try #require(tied.graph.nodes.firstIndex { $0.id == "scores.head" })
    let weight = try #require(tied.graph.nodes[0].weights.first)
    #expect(tied.graph.nodes[head].borrowed == [weight] && tied.graph.nodes[head].weights == [])
    func strategy(_ small: SmallTransformer, _ node: Int, _ name: String) throws -> StageStrategy {
      try #require(small.graph.nodes[node].strategies.first { $0.id == name })
    }
    let gather = 3 + 0.75 * 32768 / 2000 + 7 + 0.5 * 8192 / 1000
    for name in ["zero2", "zero3"] {
      let (own, other) = (try strategy(tied, head, name), try strategy(apart, head, name))
      #expect(abs(own.forwardMicroseconds - other.forwardMicroseconds) < 1e-9)
      #expect(abs(own.backwardMicroseconds - other.backwardMicroseconds) < 1e-9)
      #expect(own.forwardWorkspaceBytes == other.forwardWorkspaceBytes)
      #expect(own.stateBytes == 0 && own.synchronizationMicroseconds == 0)
      // The whole gradient is counted among the gradients, not as workspace.
      #expect(own.backwardWorkspaceBytes == other.backwardWorkspaceBytes - 32768)
      let (table, alone) = (try strategy(tied, 0, name), try strategy(apart, 0, name))
      #expect(table.gradientBytes == 32768 && alone.gradientBytes == 4096)
      #expect(table.synchronizationMicroseconds == alone.synchronizationMicroseconds)
    }
    let (two, three) = (try strategy(tied, head, "zero2"), try strategy(tied, head, "zero3"))
    #expect(abs(three.forwardMicroseconds - two.forwardMicroseconds - gather) < 1e-9)
    for stage in 0...3 {
      let plan = try tied.plan(again: [1]) {
        stage == 0 ? "data_parallel" : SmallTransformer.zero(stage, $0)
      }
      let result = StageReplay(of: tied.graph).run(plan)
      #expect(result.isValid, "\(result.faults)")
      let gathers = try #require(plan.placement).collectives.filter {
        $0.kind == .allGather && $0.bytes == 32768 && $0.axis == 1 && $0.cause == .weights
      }
      // As many as without ties in the passes; one less where the owner alone brings weights together.
      let counts = gathers.map { [$0.pass.rawValue: $0.count] }
      #expect(
        counts
          == (stage == 3
            ? [["forward": 5], ["backward": 4]] : stage == 0 ? [] : [["update": 3]]))
      // A block that leaves the borrower out is refused.
      guard stage == 3, var block = plan.placement,
        let row = block.collectives.firstIndex(of: gathers[0])
      else { continue }
      block.collectives[row].count -= 1
      var forged = plan
      forged.placement = block
      #expect(StageReplay(of: tied.graph).run(forged).faults.first?.contains("count") == true)
    }
  }

  @Test("a weight is borrowed of an earlier node that takes the same strategy")
  func faults() throws {
    let tied = try SmallTransformer(Self.text)
    let head = try #require(tied.graph.nodes.firstIndex { $0.id == "scores.head" })
    func faults(_ change: (inout StageGraph.Node) -> Void) -> [String] {
      var profile = tied.profile
      guard var graph = profile.stageGraph else { return [] }
      change(&graph.nodes[head])
      profile.stageGraph = graph
      return profile.validate().map(\.description)
    }
    #expect(
      faults { $0.borrowed += ["no"] }.contains { $0.contains("no earlier node has a weight") })
    #expect(faults { $0.leader = nil }.contains { $0.contains("whose strategy may be another") })
    #expect(faults { $0.borrowed += $0.borrowed }.contains { $0.contains("stands twice") })
    let copy = try Profile.read(tied.profile.encoded(), name: "p.json")
    #expect(copy.stageGraph == tied.graph)
  }
}
