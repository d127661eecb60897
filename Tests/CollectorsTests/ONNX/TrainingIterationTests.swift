import Collectors
import Profiles
import Testing

@Suite("Training iterations")
struct TrainingIterationTests {
  @Test("a small network gives these operators, in this order")
  func order() throws {
    let profile = try Graphs.small().profile(batch: 2)
    ProfileChecks.expectConsistent(profile)
    #expect(
      profile.operators.map(\.id) == [
        "Conv_0", "Relu_1", "Gemm_3", "cross_entropy", "cross_entropy.grad", "Gemm_3.grad_input",
        "Gemm_3.grad_weight", "Relu_1.grad", "Conv_0.grad_weight", "sgd.w", "sgd.w2", "sgd.b",
      ])
    #expect(profile.step("Conv_0")?.reads == ["x", "w"])
    #expect(profile.step("Relu_1.grad")?.reads == ["grad.r", "r"])
    #expect(profile.step("Conv_0.grad_weight")?.reads == ["grad.c", "x"])
    #expect(profile.step("Gemm_3.grad_weight")?.writes == ["grad.w2", "grad.b"])
    #expect(profile.step("sgd.w")?.reads == ["grad.w", "w", "momentum_buffer.w"])
    #expect(profile.step("sgd.w")?.writes == ["w", "momentum_buffer.w"])
    #expect(profile.tensor("f")?.aliasOf == "r")
    #expect(profile.tensor("grad.r")?.aliasOf == "grad.f")
    #expect(profile.tensor("labels")?.bytes == 16)
  }

  @Test("its peak is the one counted by hand")
  func peak() throws {
    // Parameters and momentum: 2 · (4·27 + 2560 + 10) · 4 = 21,424. At Relu_1.grad: the image
    // 1,536, r, grad.f and grad.c 2,048 each, grad.w2 10,240 and grad.b 40.
    let profile = try Graphs.small().profile(batch: 2)
    #expect(ProfileChecks.peakBytes(profile) == 21_424 + 1_536 + 3 * 2_048 + 10_280)
  }

  @Test(
    "states follow the optimizer",
    arguments: [(Optimizer.sgd, 0), (.sgdMomentum, 1), (.adam, 2)])
  func states(optimizer: Optimizer, count: Int) throws {
    let profile = try Graphs.small().profile(optimizer: optimizer)
    let parameters = profile.tensors.filter { $0.kind == .parameter }
    let states = profile.tensors.filter { $0.kind == .optimizerState }
    #expect(parameters.map(\.bytes).reduce(0, +) == 10_712)
    #expect(states.map(\.bytes).reduce(0, +) == count * 10_712)
    #expect((parameters + states).allSatisfy { $0.isPersistent })
    #expect(profile.operators.filter { $0.phase == .optimizer }.count == 3)
  }

  @Test("half types halve everything but indices and statistics")
  func halfTypes() throws {
    let full = try Graphs.residual().profile(batch: 4)
    let half = try Graphs.residual().profile(batch: 4, dtype: .bfloat16)
    for (one, other) in zip(full.tensors, half.tensors) {
      let isReal = other.dtype == "bfloat16"
      #expect(other.bytes == (isReal ? one.bytes / 2 : one.bytes), "\(one.id)")
    }
    #expect(half.tensor("MaxPool_9.indices")?.dtype == "int64")
    #expect(half.tensor("BatchNormalization_6.saved_mean")?.dtype == "float32")
  }

  @Test("a residual network keeps what autograd keeps")
  func residual() throws {
    let profile = try Graphs.residual().profile(batch: 4)
    ProfileChecks.expectConsistent(profile)
    #expect(profile.shape("y") == [4, 10])
    #expect(profile.shape("v") == [4, 16])
    let normalization = try #require(profile.step("BatchNormalization_6.grad"))
    #expect(
      Set(normalization.reads) == [
        "grad.c1_n", "c1", "c1_scale", "BatchNormalization_6.saved_mean",
        "BatchNormalization_6.saved_invstd",
      ])
    #expect(
      profile.step("MaxPool_9.grad")?.reads == ["grad.p1.3", "l1", "MaxPool_9.indices"])
    #expect(profile.step("LRN_8.grad")?.reads == ["grad.l1", "r1", "l1"])
    let dropout = try #require(profile.operators.first { $0.id.hasPrefix("Dropout") })
    #expect(!dropout.isRecomputable)
    let mask = try #require(profile.tensor("\(dropout.id).mask"))
    #expect(mask.bytes == 4 * 16 * 8 * 8)
    let trained = profile.operators.filter { $0.phase == .optimizer }.map(\.id)
    #expect(
      trained == [
        "sgd.w1", "sgd.c1_scale", "sgd.c1_shift", "sgd.w2", "sgd.c2_scale", "sgd.c2_shift",
        "sgd.w3", "sgd.b3",
      ])
    #expect(profile.tensor("c1_mean")?.isPersistent == true)
  }

  @Test("parts of a gradient are summed as they arrive, in place where nobody else reads them")
  func accumulation() throws {
    let profile = try Graphs.residual().profile(batch: 4)
    // p1 goes into Concat, Sum and Conv. The parts from Concat and Sum are parts of other
    // gradients, so their sum is new; the one from Conv is added to it.
    let sums = profile.operators.filter { $0.id.hasPrefix("add_grad.p1") }
    #expect(sums.count == 2)
    let parts = profile.tensors.filter { $0.id.hasPrefix("grad.p1") }
    #expect(parts.filter { $0.aliasOf != nil }.map(\.aliasOf) == ["grad.k", "grad.s"])
    #expect(sums.last.map { $0.reads.contains($0.writes[0]) } == true)
    #expect(sums.first.map { !$0.reads.contains($0.writes[0]) } == true)
  }

  @Test("a transformer block keeps its shape arithmetic on the host")
  func transformer() throws {
    let profile = try Graphs.transformer().profile(batch: 3, dimensions: ["sequence": 5])
    ProfileChecks.expectConsistent(profile)
    #expect(profile.shape("scores") == [3, 2, 5, 5])
    #expect(profile.shape("mixed2") == [3, 5, 8])
    #expect(profile.shape("y") == [3, 5, 8])
    #expect(profile.tensor("shape") == nil)
    let names = Set(profile.operators.map(\.id))
    #expect(names.isDisjoint(with: ["Shape_1", "Gather_2", "Concat_6", "Reshape_11"]))
    // Products per token: four projections of 8·8, two of 8·16, and two products of the heads.
    let products = ["project_q", "project_k", "project_v", "project_o", "widen", "narrow"]
    let flops = (products + ["attend", "mix"]).compactMap { profile.step($0)?.flops }
    let ofProjections: Double = 2 * 15 * (4 * 64 + 2 * 128)
    let ofHeads: Double = 2 * 2 * (3 * 2 * 25 * 4)
    #expect(flops.reduce(0, +) == ofProjections + ofHeads)
    #expect(profile.step("norm1")?.writes.count == 3)
    #expect(profile.operators.filter { $0.phase == .optimizer }.count == 16)
    // The input of the residual addition needs no gradient, its weights' paths do.
    #expect(profile.tensor("grad.x") == nil)
    #expect(profile.source?.notes.contains { $0.contains("mean of 'y'") } == true)
  }

  @Test("the same file gives the same profile")
  func determinism() throws {
    let bytes = try Graphs.residual().bytes()
    let collector = try GraphBuilder.collector(batch: 8)
    let first = try collector.collect(bytes, file: "a.onnx")
    #expect(try collector.collect(bytes, file: "a.onnx") == first)
    #expect(first.source?.collector == "onnx")
    #expect(first.source?.file == "a.onnx")
    #expect(first.name == "a")
  }

  @Test("a batch twice as large takes no less time and twice the activations")
  func scaling() throws {
    let one = try Graphs.residual().profile(batch: 8)
    let two = try Graphs.residual().profile(batch: 16)
    for (small, large) in zip(one.operators, two.operators) {
      #expect(small.durationMicroseconds <= large.durationMicroseconds)
    }
    for (small, large) in zip(one.tensors, two.tensors) where small.shape?.first == 8 {
      if small.kind == .activation, small.shape?.count == 4 {
        #expect(2 * small.bytes == large.bytes, "\(small.id)")
      }
    }
  }

  @Test("a network without parameters has nothing to train")
  func nothingToTrain() throws {
    var graph = GraphBuilder()
    graph.input("x", [1, 4])
    graph.node("Relu", ["x"], ["y"])
    graph.output("y")
    let bytes = try graph.bytes()
    let collector = try GraphBuilder.collector()
    #expect(
      throws: CollectorError.invalid(
        file: "test.onnx", place: "the graph",
        problem: "no output depends on a parameter, so there is nothing to train",
        remedy: "export the network with its weights as initialisers")
    ) { try collector.collect(bytes, file: "test.onnx") }
  }
}
