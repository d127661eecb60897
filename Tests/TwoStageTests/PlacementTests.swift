import GLPK
import Plans
import Profiles
import Reports
import Simulation
import TestSupport
import Testing

@testable import TwoStage

/// Placement blocks: bytes and exchanges by hand, against times of the profile, and what a replay refuses.
@Suite struct PlacementTests {
  private typealias Row = PlacementBlock.Collective

  private static func row(
    _ pass: PlacementBlock.Pass, _ cause: PlacementBlock.Cause, _ kind: CollectiveKind,
    _ axis: Int, _ bytes: Int, _ count: Int, _ each: Double
  ) -> Row {
    Row(
      pass: pass, cause: cause, kind: kind, axis: axis, bytes: bytes, count: count,
      microseconds: Double(count) * each)
  }

  /// Products on the axis of four, the batch on that of two. 4 · 16 tokens of 64 values are 8192 bytes: two sums
  /// of them in each pass of a layer, one at either end, each 3 + 2 · 3/4 · 8192/2000 = 9.144 µs; 12 bytes a token
  /// are 768 for the loss. Gradients go between two devices: 7 + bytes/1000 µs, for five norms of 128 bytes,
  /// two `out` of 2048, four of 4096 (`qkv`, `down`), four of 8192 (`up`, both tables).
  @Test("tensor parallelism by hand")
  func byHand() throws {
    let small = try SmallTransformer.shared.get()
    let plan = try small.plan { _ in "megatron" }
    let block = try #require(plan.placement)
    let sum = 3 + 1.5 * 8192 / 2000
    let expected = [
      Self.row(.forward, .operators, .allReduce, 1, 768, 1, 3 + 1.5 * 768 / 2000),
      Self.row(.forward, .layouts, .allReduce, 1, 8192, 5, sum),
      Self.row(.backward, .layouts, .allReduce, 1, 8192, 5, sum),
      Self.row(.update, .gradients, .allReduce, 0, 128, 5, 7.128),
      Self.row(.update, .gradients, .allReduce, 0, 2048, 2, 9.048),
      Self.row(.update, .gradients, .allReduce, 0, 4096, 4, 11.096),
      Self.row(.update, .gradients, .allReduce, 0, 8192, 4, 15.192),
    ]
    #expect(block.collectives.count == expected.count)
    for (found, wanted) in zip(block.collectives, expected) {
      #expect(found.isLike(wanted) && found.count == wanted.count, "\(found)")
      #expect(abs(found.microseconds - wanted.microseconds) < 1e-9, "\(found)")
    }
    let up = try #require(block.weights.first { $0.name == "layers.1.up.weight" })
    #expect(up.shape == [256, 64] && up.layout.text == "S1,R" && up.copies == [0])
    #expect(up.parameterBytes == 8192 && up.gradientBytes == 8192)
    #expect(up.optimizerStateBytes == 12 * 4096)
    let result = StageReplay(of: small.graph).run(plan)
    #expect(result.placement == .confirmed(block.collectives), "\(result.faults)")
    #expect(result.stateBytes == block.stateBytes)
  }

  /// A layer that runs again repeats its forward exchanges.
  @Test("ZeRO's stages share states, gradients and weights, and a second run gathers again")
  func stages() throws {
    let small = try SmallTransformer.shared.get()
    for stage in 1...3 {
      let plan = try small.plan(again: [1]) { SmallTransformer.zero(stage, $0) }
      let block = try #require(plan.placement)
      let up = try #require(block.weights.first { $0.name == "layers.0.up.weight" })
      let whole = 256 * 64
      #expect(up.zeroStage == stage && up.copies == [0, 1])
      #expect(up.parameterBytes == 2 * (stage == 3 ? whole / 8 : whole))
      #expect(up.gradientBytes == 2 * (stage >= 2 ? whole / 8 : whole))
      #expect(up.optimizerStateBytes == 12 * whole / 8)
      // 32768 bytes along the faster axis, a quarter along the other; those of two layers and both tables.
      let gathers = block.collectives.filter {
        $0.kind == .allGather && $0.bytes == 32768 && $0.axis == 1 && $0.cause == .weights
      }
      let counts = gathers.map { [$0.pass.rawValue: $0.count] }
      #expect(counts == (stage == 3 ? [["forward": 5], ["backward": 4]] : [["update": 4]]))
      #expect(small.report(plan).result.isValid)
    }
  }

  @Test(
    "exchanges take what the same plan takes less where links are free",
    arguments: [SmallTransformer.dense, SmallTransformer.experts])
  func times(text: String) throws {
    let (small, free) = (
      try SmallTransformer(text), try SmallTransformer(text, SmallTransformer.free)
    )
    for seed in UInt64(0)..<12 {
      var generator = SeededGenerator(seed: seed)
      var choice: [Int] = []
      for node in small.graph.nodes {
        choice.append(
          node.leader.map { choice[$0] }
            ?? Int.random(in: node.strategies.indices, using: &generator)
        )
      }
      let plan = small.plan(again: seed % 2 == 0 ? [1, 2] : [], choice)
      let result = StageReplay(of: small.graph).run(plan)
      #expect(result.isValid, "\(seed): \(result.faults)")
      var bare = plan
      bare.placement = nil
      let without = StageReplay(of: free.graph).run(bare)
      let exchanged = try #require(plan.placement).collectiveMicroseconds
      let spared = result.iterationMicroseconds - without.iterationMicroseconds
      #expect(abs(spared - exchanged) < 1e-4 * exchanged + 0.01, "\(seed): \(spared) \(exchanged)")
    }
  }

  @Test("a plan keeps its block in a file, and a planned one is confirmed")
  func planning() throws {
    let small = try SmallTransformer.shared.get()
    #expect(small.profile.validate() == [])
    var settings = TwoStageSettings()
    settings.largestProgram = 0
    settings.largestFirstStage = 0
    settings.searchWork = 1e5
    let planner = try TwoStagePlanner(profile: small.profile, settings: settings)
    let loose = try planner.plan(budgetBytes: 1 << 24, solver: GLPKSolver())
    guard case .plan(let first) = loose else {
      Issue.record("nothing fits")
      return
    }
    let tight = try planner.plan(
      budgetBytes: StageReplay(of: small.graph).run(first).peakBytes * 3 / 4, solver: GLPKSolver())
    for answer in [loose, tight] {
      guard case .plan(let plan) = answer else { continue }
      let report = small.report(plan)
      #expect(report.result.isValid, "\(report.result.faults)")
      #expect(report.text().contains("Nothing is offloaded"))
      #expect(report.json().contains("\"collectives\":["))
      let read = try StagePlan.read(plan.encoded(), name: "plan.json")
      #expect(read.placement == plan.placement && read.encoded() == plan.encoded())
    }
  }

  @Test("without layouts in the profile there is no block, and the report says why")
  func absent() throws {
    let small = try SmallTransformer.shared.get()
    var graph = small.graph
    graph.placement = nil
    for index in graph.nodes.indices {
      graph.nodes[index].sharding = nil
      graph.nodes[index].weights = []
    }
    var profile = small.profile
    profile.stageGraph = graph
    #expect(profile.validate() == [])
    var plan = try small.plan { _ in "megatron" }
    let claimed = StageReplay(of: graph).run(plan)
    #expect(claimed.faults.first?.contains("placement: the profile doesn't say") == true)
    plan.placement = nil
    let report = StageReport(plan, name: "small", graph: graph)
    #expect(report.result.placement == .absent(.unknownToProfile))
    #expect(report.text().contains("the profile doesn't say how strategies place tensors"))
    #expect(small.report(plan).result.placement == .absent(.notInPlan))
  }

  /// What is done to a block, and the place that the replay names.
  static let mangled: [(String, String, @Sendable (inout PlacementBlock) -> Void)] = [
    ("weights[1].parameter_bytes", "bytes", { $0.weights[1].parameterBytes += 1 }),
    ("weights[2].gradient_bytes", "bytes", { $0.weights[2].gradientBytes = 0 }),
    ("weights[2].optimizer_state_bytes", "bytes", { $0.weights[2].optimizerStateBytes /= 2 }),
    ("weights[2]", "layout", { $0.weights[2].layout = TensorLayout(dimensions: [[], [1]]) }),
    ("weights[2]", "ZeRO", { $0.weights[2].zeroStage = 3 }),
    ("weights[2]", "copies", { $0.weights[2].copies = [] }),
    ("weights[0]", "extents", { $0.weights[0].shape = [1, 1] }),
    ("weights", "missing", { $0.weights.removeLast() }),
    ("weights[15]", "twice", { $0.weights.append($0.weights[0]) }),
    ("weights[0]", "no weight", { $0.weights[0].name = "other" }),
    (
      "activations[2]", "makes",
      { $0.activations[2].layout = TensorLayout(dimensions: [[], [], []]) }
    ),
    ("activations[2].output_bytes", "bytes", { $0.activations[2].bytes += 1 }),
    ("activations[2].saved_bytes", "bytes", { $0.activations[2].savedBytes = 1 }),
    ("activations[2].forward_runs", "times", { $0.activations[2].forwardRuns = 7 }),
    ("activations", "order", { $0.activations.swapAt(1, 2) }),
    ("collectives[1].count", "need", { $0.collectives[1].count -= 1 }),
    ("collectives[1].total_us", "links", { $0.collectives[1].microseconds *= 1.001 }),
    ("collectives[1]", "need no", { $0.collectives[1].bytes += 2 }),
    ("collectives[0]", "need no", { $0.collectives[0].axis = 0 }),
    ("collectives", "missing", { $0.collectives.removeLast() }),
  ]

  @Test("a block that says something else is refused with its place", arguments: 0..<mangled.count)
  func refused(number: Int) throws {
    let (place, word, change) = Self.mangled[number]
    let small = try SmallTransformer.shared.get()
    var plan = try small.plan { _ in "megatron" }
    #expect(small.report(plan).result.isValid)
    var block = try #require(plan.placement)
    change(&block)
    plan.placement = block
    let result = small.report(plan).result
    #expect(result.placement == .refused)
    let fault = try #require(result.faults.first)
    #expect(
      fault.hasPrefix("placement.\(place): ") && fault.hasSuffix("; make a new plan"), "\(fault)")
    #expect(fault.contains(word), "\(fault)")
  }

  @Test("a profile whose ways or times don't fit its layouts is told")
  func wrongProfile() throws {
    let small = try SmallTransformer.shared.get()
    let plan = try small.plan { _ in "megatron" }
    func fault(_ change: (inout StageGraph) -> Void) -> String {
      var graph = small.graph
      change(&graph)
      return StageReplay(of: graph).run(plan).faults.first ?? "none"
    }
    let changes: [(words: [String], change: (inout StageGraph) -> Void)] = [
      (["two_stage.placement.ways: none leads from"], { $0.placement?.ways = [] }),
      (
        ["the steps end at", "correct the steps"],
        { graph in
          for index in graph.placement?.ways.indices ?? 0..<0 {
            graph.placement?.ways[index].steps = []
          }
        }
      ),
      (["two_stage.edges[0]", "correct the profile"], { $0.mesh.gbPerSecond[1] *= 2 }),
      (["strategies", "synchronization_us"], { $0.mesh.latencyMicroseconds[0] *= 2 }),
    ]
    for item in changes {
      let found = fault(item.change)
      for words in item.words { #expect(found.contains(words), "\(found)") }
    }
  }

  @Test("a section whose layouts don't fit is refused with its place")
  func wrongSection() throws {
    let small = try SmallTransformer.shared.get()
    func fault(_ change: (inout StageGraph) -> Void) -> String {
      var profile = small.profile
      var graph = small.graph
      change(&graph)
      profile.stageGraph = graph
      return profile.validate().first?.description ?? "none"
    }
    let place = "two_stage.placement.shardings[0].strategies[0]"
    let beyond = TensorLayout(dimensions: [[5], []])
    let changes: [(words: String, change: (inout StageGraph) -> Void)] = [
      (
        "\(place).weights[0].layout: the mesh 2x4 has no axis 5",
        { $0.placement?.shardings[0].strategies[0].weights[0].layout = beyond }
      ),
      (
        "\(place).weights[0].copies: [1, 0] are not axes",
        { $0.placement?.shardings[0].strategies[0].weights[0].copies = [1, 0] }
      ),
      (
        "\(place).weights: 0 places are not one for each of 1 weights",
        { $0.placement?.shardings[0].strategies[0].weights = [] }
      ),
      (
        "two_stage.placement.shardings[0].weights[0]: the weights take more",
        { $0.placement?.shardings[0].weights[0] = [1 << 40, 1 << 10] }
      ),
      (
        "two_stage.nodes[0].strategies[0].parameter_bytes: ",
        { $0.nodes[0].strategies[0].parameterBytes += 2 }
      ),
      ("two_stage.nodes[1]: the node names no", { $0.nodes[1].sharding = nil }),
      (
        "two_stage.nodes[1].weights: 0 names are not one for each of 1",
        { $0.nodes[1].weights = [] }
      ),
      ("two_stage.nodes[0]: the node places tensors", { $0.placement = nil }),
    ]
    for item in changes {
      let found = fault(item.change)
      #expect(found.hasPrefix(item.words), "\(found)")
    }
  }

  @Test("the section with layouts is what its schema says")
  func schema() throws {
    let small = try SmallTransformer(SmallTransformer.experts)
    #expect(try SchemaCheck(ProfileSchema.text).fault(in: small.profile.encoded()) == nil)
    let read = try Profile.read(small.profile.encoded(), name: "p.json")
    #expect(read.stageGraph == small.profile.stageGraph)
  }
}
