import Foundation
import Plans
import Profiles
import Simulation
import Testing

@testable import Reports

/// Plans of swaps for programs that know layers and shares of states.
@Suite struct LayerExportTests {
  private func export(
    _ form: SwapExport.Format, again: Set<Int> = [], swapped: Set<Int> = [],
    tensors: Set<String> = []
  ) throws -> (text: String, losses: [String]) {
    let report = try LayerSample.report(again: again, swapped: swapped, tensors: tensors)
    #expect(report.result.isValid, "\(report.result.verdict)")
    let export = try SwapExport(report, as: form)
    return (String(decoding: export.bytes, as: UTF8.self), export.losses)
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// The states of some layers.
  private func states(_ layers: Range<Int>) -> Set<String> {
    Set(layers.map { "state.model.layers.\($0)" })
  }

  private let schedule = "the schedule: when each of "

  @Test("layers are told by the first number after a word")
  func names() {
    for (name, layer) in [
      ("layers.3.up", 3), ("model.h.12.attn.qkv", 12), ("encoder/block/7/conv", 7), ("loss", nil),
      ("3.mm.default", nil), ("adam.layers.2.weight", 2), ("head", nil), ("a.-1.b", nil),
    ] as [(String, Int?)] {
      #expect(PlannedLayers.layer(of: name) == layer, "\(name)")
    }
    #expect(PlannedLayers.words([0, 1, 2, 5, 7, 8]) == "0…2, 5, 7…8")
    #expect(PlannedLayers.words([]) == "none")
  }

  @Test("Megatron-LM: the first layers run again or leave, and a share of the states is the host's")
  func megatron() throws {
    let none = try export(.megatron)
    #expect(none.text == "" && none.losses == [])
    let again = try export(.megatron, again: [0, 1])
    #expect(
      again.text
        == "--recompute-granularity full\n--recompute-method block\n--recompute-num-layers 2\n")
    #expect(again.losses == [])
    let middle = try export(.megatron, again: [1, 2])
    #expect(middle.text == again.text)
    #expect(
      middle.losses == [
        "mostly run again in the plan: layers 1…2; Megatron-LM takes the first 2"
      ])
    let copied = try export(.megatron, swapped: [0, 1])
    #expect(copied.text == "--cpu-offloading-num-layers 2\n")
    #expect(copied.losses.count == 1 && copied.losses[0].hasPrefix(schedule + "2 tensors leaves"))
    let all = try export(.megatron, swapped: [0, 1, 2, 3])
    #expect(all.text == "--cpu-offloading-num-layers 3\n")
    #expect(all.losses.contains { $0.contains("layers 0…3; Megatron-LM takes the first 3") })
    let both = try export(.megatron, again: [0, 1], swapped: [2])
    #expect(both.text == again.text)
    #expect(both.losses.contains { $0.contains("layers 2; Megatron-LM keeps them") })
    let states = try export(.megatron, tensors: states(0..<2))
    #expect(states.text == "--optimizer-cpu-offload\n--optimizer-offload-fraction 0.5\n")
    #expect(states.losses.contains { $0.contains("updated on the host instead") })
    let weights = try export(.megatron, tensors: ["model.layers.0.weight"])
    #expect(weights.losses.contains { $0.hasPrefix("the 25.0 % of the parameters that leave") })
    let handedOn = try export(.megatron, tensors: ["model.layers.0.out"])
    #expect(handedOn.losses.contains { $0.contains("handed on between layers") })
  }

  @Test("Transformer Engine: a count below the model's layers")
  func transformerEngine() throws {
    let two = try export(.transformerEngine, swapped: [0, 1])
    let file = try object(two.text)
    #expect(file["enabled"] as? Bool == true)
    #expect(file["num_layers"] as? Int == 2 && file["model_layers"] as? Int == 4)
    #expect(two.losses.count == 1)
    let all = try object(try export(.transformerEngine, swapped: [0, 1, 2, 3]).text)
    #expect(all["num_layers"] as? Int == 3)
    let again = try export(.transformerEngine, again: [0])
    #expect(try object(again.text)["enabled"] as? Bool == false)
    #expect(
      again.losses.contains { $0.hasPrefix("mostly run again in the plan: layers 0;") }, "\(again)")
    let states = try export(.transformerEngine, tensors: states(0..<1))
    #expect(states.losses.contains { $0.contains("optimizer states leave") })
  }

  @Test("DeepSpeed: the nearest shares, checkpoints, and activations that its compiler copies")
  func deepSpeed() throws {
    func zero(_ text: String) throws -> [String: Any] {
      try #require(try object(text)["zero_optimization"] as? [String: Any])
    }
    let none = try export(.deepSpeed)
    #expect(try zero(none.text)["stage"] as? Int == 0 && none.losses == [])
    let half = try zero(try export(.deepSpeed, tensors: states(0..<2)).text)
    let host = try #require(half["offload_optimizer"] as? [String: Any])
    #expect(half["stage"] as? Int == 3 && host["ratio"] as? Double == 0.5)
    #expect(host["device"] as? String == "cpu")
    #expect((half["offload_param"] as? [String: Any])?["device"] as? String == "none")
    let whole = try zero(try export(.deepSpeed, tensors: states(0..<4)).text)
    #expect(whole["stage"] as? Int == 2)
    let weights = try export(.deepSpeed, tensors: ["model.layers.0.weight"])
    #expect(
      weights.losses.contains { $0.contains("all parameters or none; the plan moves 25.0 %") })
    let again = try export(.deepSpeed, again: [0, 2], tensors: ["model.layers.1.out"])
    let checkpointing = try #require(
      try object(again.text)["activation_checkpointing"] as? [String: Any])
    #expect(checkpointing["number_checkpoints"] as? Int == 2)
    #expect(checkpointing["cpu_checkpointing"] as? Bool == true)
    #expect(again.losses.contains { $0.contains("the model's code calls deepspeed.checkpointing") })
    let copied = try export(.deepSpeed, swapped: [0])
    let compile = try #require(try object(copied.text)["compile"] as? [String: Any])
    #expect(compile["offload_activation"] as? Bool == true)
    #expect(try zero(copied.text)["stage"] as? Int == 1)
    #expect(copied.losses.contains { $0.contains("5 MB or more") })
  }

  @Test("Gemini: the shares of states, and nothing of activations")
  func gemini() throws {
    let export = try export(.gemini, again: [1], swapped: [0], tensors: states(0..<1))
    let file = try object(export.text)
    #expect(file["placement_policy"] as? String == "static")
    #expect(file["offload_optim_frac"] as? Double == 0.25)
    #expect(file["offload_param_frac"] as? Double == 0)
    #expect(file["precision"] as? String == "bf16")
    for words in ["copied to the host: 1 result, the first", "made again: 1 result, the first"] {
      #expect(export.losses.contains { $0.hasPrefix(words) }, "\(export.losses)")
    }
  }

  @Test(
    "names without layers have no form that speaks of layers",
    arguments: [SwapExport.Format.megatron, .transformerEngine])
  func foreign(_ form: SwapExport.Format) throws {
    #expect {
      try SwapExport(Sample.report(), as: form)
    } throws: { error in
      "\(error)".hasPrefix("operators: none of the forward pass names a layer")
    }
    // States have shares without them.
    let deepSpeed = try SwapExport(Sample.report(), as: .deepSpeed)
    #expect(deepSpeed.losses.contains { $0.contains("knows only parameters and optimizer states") })
  }
}
