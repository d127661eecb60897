import Foundation
import Plans
import Profiles
import Reports
import Simulation
import Testing

@testable import TwoStage

/// Plans in the forms of training programs.
@Suite struct StageExportTests {
  private func export(
    _ small: SmallTransformer, _ form: StageExport.Format, again: Set<Int> = [],
    _ strategy: (StageGraph.Node) -> String
  ) throws -> StageExport {
    let report = small.report(try small.plan(again: again, strategy))
    #expect(report.result.isValid, "\(report.result.faults)")
    return try StageExport(report, as: form)
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("Megatron-LM: tensor and sequence parallelism, layers that run again")
  func megatron() throws {
    let small = try SmallTransformer.shared.get()
    let export = try export(
      small, .megatron, again: [1, 2], SmallTransformer.sequenceParallel)
    #expect(export.losses == [])
    #expect(
      export.text == """
        --tensor-model-parallel-size 4
        --pipeline-model-parallel-size 1
        --sequence-parallel
        --recompute-granularity full
        --recompute-method block
        --recompute-num-layers 2
        --micro-batch-size 4
        --global-batch-size 8
        --seq-length 16
        --untie-embeddings-and-output-weights
        --bf16

        """)
    let plain = try self.export(small, .megatron) { _ in "megatron" }
    #expect(plain.losses == [] && !plain.text.contains("--sequence-parallel"))
    #expect(!plain.text.contains("recompute"))
  }

  @Test("Megatron-LM: ZeRO's stages and experts")
  func megatronStates() throws {
    let small = try SmallTransformer.shared.get()
    for (stage, name) in [(1, "optim"), (2, "optim_grads"), (3, "optim_grads_params")] {
      let export = try export(small, .megatron) {
        SmallTransformer.isNorm($0) ? "data_parallel" : SmallTransformer.zero(stage, $0)
      }
      #expect(export.losses == [], "\(export.losses)")
      #expect(export.notes.joined().hasPrefix("5 nodes with 320 weights"), "\(export.notes)")
      #expect(
        export.text.contains("--use-megatron-fsdp\n--data-parallel-sharding-strategy \(name)\n"))
      #expect(export.text.contains("--tensor-model-parallel-size 1\n"))
      #expect(export.text.contains("--micro-batch-size 1\n"))
    }
    let experts = try SmallTransformer(SmallTransformer.experts)
    let export = try export(experts, .megatron) {
      $0.id.hasSuffix("experts") ? "DE" : "data_parallel"
    }
    #expect(export.losses == [], "\(export.losses)")
    #expect(
      export.text.contains("--expert-model-parallel-size 4\n--expert-tensor-parallel-size 1\n"))
    // Experts have no copies to share; the stage is that of the rest.
    let shared = try self.export(experts, .megatron) {
      $0.id.hasSuffix("experts") ? "TE" : SmallTransformer.zero(2, $0)
    }
    #expect(shared.text.contains("--data-parallel-sharding-strategy optim_grads\n"))
    // The routers are more than 1 % of what has copies here.
    #expect(shared.losses.count == 2, "\(shared.losses)")
    #expect(shared.losses.first?.hasPrefix("2 nodes with 1024 weights: copies share") == true)
    #expect(shared.losses.last?.contains("tensor, then expert") == true)
  }

  @Test(
    "Megatron-LM: a table that the scores share is not told to be two; whole weights aren't fused")
  func tied() throws {
    let text = SmallTransformer.dense.replacing("false", with: "true")
    let tied = try SmallTransformer(text)
    let export = try export(tied, .megatron) { _ in "data_parallel" }
    #expect(!export.text.contains("--untie"))
    let tensors = try self.export(tied, .dtensor) { _ in "data_parallel" }
    #expect(try object(tensors.text)["fused"] == nil && tensors.notes == [])
  }

  @Test("Megatron-LM: what it can't express is told")
  func megatronLosses() throws {
    let small = try SmallTransformer.shared.get()
    func losses(
      again: Set<Int> = [], _ strategy: (StageGraph.Node) -> String
    ) throws -> String {
      try export(small, .megatron, again: again, strategy).losses.joined(separator: "\n")
    }
    let mixed = try losses { $0.id.hasPrefix("layers.0") ? "data_parallel" : "megatron" }
    #expect(
      mixed.contains(
        "1 × dense.qkv: data × data parallelism, the rest has data × tensor parallelism"))
    #expect(mixed.contains("4 more kinds of nodes"))
    let turned = try losses { node in
      SmallTransformer.isNorm(node) ? "RD" : "TD"
    }
    #expect(turned.contains("ranks: Megatron-LM gives tensor"), "\(turned)")
    let stages = try losses { node in
      node.id == "scores.head" || node.id == "scores.loss"
        ? "data_parallel" : SmallTransformer.zero(3, node)
    }
    #expect(stages.contains("copies share by ZeRO stage 0, the rest by stage 3"), "\(stages)")
    let second = try losses(again: [2]) { _ in "megatron" }
    #expect(second.contains("1 of 2 layers run again from the inputs of layers.1"), "\(second)")
    let table = try losses(again: [0]) { _ in "megatron" }
    #expect(table.contains("embedding: Megatron-LM runs layers again, and nothing else"))
    let halves = try losses { node in
      SmallTransformer.isNorm(node) && node.id.hasPrefix("layers.0") ? "DS" : "megatron"
    }
    #expect(halves.contains("sequence parallelism is for all or none"), "\(halves)")
  }

  /// Rows by tensor parallelism first, then ZeRO along the other axis: FSDP2's strided shards.
  @Test("DTensor: placements of weights, gradients, states and activations")
  func tensors() throws {
    let small = try SmallTransformer.shared.get()
    let export = try export(small, .dtensor, again: [1]) { node in
      node.strategies.contains { $0.id == "DT.zero3" } ? "DT.zero3" : "megatron"
    }
    #expect(export.losses == [])
    let file = try object(export.text)
    #expect(file["mesh_shape"] as? [Int] == [2, 4])
    #expect(file["mesh_dim_names"] as? [String] == ["axis0", "axis1"])
    let weights = try #require(file["parameters"] as? [String: [String]])
    #expect(weights.count == 15)
    #expect(weights["layers.0.up.weight"] == ["_StridedShard(0, split_factor=4)", "Shard(0)"])
    #expect(weights["layers.0.down.weight"] == ["Shard(0)", "Shard(1)"])
    #expect(weights["final_norm.weight"] == ["Replicate()", "Replicate()"])
    let outputs = try #require(file["activations"] as? [String: [String]])
    #expect(outputs["layers.0.qkv"] == ["Shard(0)", "Shard(2)"])
    #expect(outputs["layers.0.out"] == ["Shard(0)", "Partial()"])
    #expect(outputs["scores.loss"] == nil)
    #expect(file["checkpoint"] as? [[String]] == [["layers.0"]])
    let fused = try #require(file["fused"] as? [String: [String: Any]])
    #expect(fused.count == 4)
    #expect(fused["layers.0.qkv.weight"]?["parts"] as? [Int] == [64, 32, 32])
    #expect(fused["layers.1.up.weight"]?["parts"] as? [Int] == [128, 128])
    #expect(fused["layers.1.up.weight"]?["dimension"] as? Int == 0)
    #expect(export.notes.count == 1 && export.notes[0].hasPrefix("4 weights such as layers.0.qkv"))
    let second = try self.export(small, .dtensor) { node in
      node.strategies.contains { $0.id == "DT.zero2" } ? "DT.zero2" : "megatron"
    }
    let other = try object(second.text)
    let up = { (key: String) in (other[key] as? [String: [String]])?["layers.1.up.weight"] }
    #expect(up("parameters") == ["Replicate()", "Shard(0)"])
    #expect(up("gradients") == ["_StridedShard(0, split_factor=4)", "Shard(0)"])
    #expect(up("optimizer_states") == up("gradients"))
  }

  @Test("DeepSpeed: stages, tensor parallelism, and what stands in the model's code")
  func deepSpeed() throws {
    let small = try SmallTransformer.shared.get()
    let three = try export(small, .deepspeed) {
      SmallTransformer.isNorm($0) ? "data_parallel" : SmallTransformer.zero(3, $0)
    }
    #expect(three.losses == [], "\(three.losses)")
    let file = try object(three.text)
    #expect(file["train_batch_size"] as? Int == 8)
    #expect(file["train_micro_batch_size_per_gpu"] as? Int == 1)
    let zero = try #require(file["zero_optimization"] as? [String: Any])
    // Norms of 64 weights stay whole.
    #expect(zero["stage"] as? Int == 3)
    #expect(zero["stage3_param_persistence_threshold"] as? Int == 65)
    let tensor = try export(small, .deepspeed) { _ in "megatron" }
    #expect(tensor.losses == [])
    let parallel = try #require(try object(tensor.text)["tensor_parallel"] as? [String: Any])
    #expect(parallel["autotp_size"] as? Int == 4)
    let again = try export(small, .deepspeed, again: [1]) { SmallTransformer.zero(2, $0) }
    #expect(again.losses.count == 1 && again.losses[0].contains("deepspeed.checkpointing"))
    let tokens = try export(small, .deepspeed, SmallTransformer.sequenceParallel)
    #expect(tokens.losses.joined().contains("share tokens"))
    let experts = try SmallTransformer(SmallTransformer.experts)
    let split = try export(experts, .deepspeed) {
      $0.id.hasSuffix("experts") ? "DE" : "data_parallel"
    }
    #expect(split.losses.joined().contains("ep_size is set in the model's MoE layers"))
  }

  @Test("a plan without a block has no such form")
  func absent() throws {
    let small = try SmallTransformer.shared.get()
    var plan = try small.plan { _ in "megatron" }
    plan.placement = nil
    let report = small.report(plan)
    for form in StageExport.Format.allCases {
      #expect(throws: StageExport.Failure.self) { try StageExport(report, as: form) }
    }
  }
}
