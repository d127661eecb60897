import Collectors
import Foundation
import Profiles
import Testing

@Suite("Parameters of transformers")
struct TransformerCountTests {
  @Test(
    "small models of each family have the parameters that are counted by hand",
    arguments: [
      (Configs.llama, Configs.llamaParameters),
      (Configs.qwen3Experts, Configs.qwen3ExpertsParameters),
      (Configs.deepSeek, Configs.deepSeekParameters), (Configs.gpt2, Configs.gpt2Parameters),
    ])
  func byHand(text: String, count: Int) throws {
    #expect(try TransformerCollector.parameters(of: Configs.source(text)) == count)
    let profile = try Configs.profile(text)
    let weights = profile.tensors.filter { $0.kind == .parameter }
    #expect(weights.reduce(0) { $0 + $1.bytes } == 2 * count)
    let states = profile.tensors.filter { $0.kind == .optimizerState }
    #expect(states.reduce(0) { $0 + $1.bytes } == 12 * count)
    #expect(profile.source?.notes.contains { $0.contains("\(count) trained parameters") } == true)
  }

  @Test(
    "published models have the parameters that are published",
    .enabled(
      if: ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] != nil,
      "PLANNER_SAMPLES names no folder with hf-config/*.json"),
    arguments: [
      ("Meta-Llama-3.1-8B", 8_030_261_248), ("Meta-Llama-3.1-70B", 70_553_706_496),
      ("Mixtral-8x7B-v0.1", 46_702_792_704), ("Qwen3-30B-A3B", 30_532_122_624),
      ("Qwen3-8B", 8_190_735_360), ("DeepSeek-V3", 671_026_419_200),
    ])
  func published(name: String, count: Int) throws {
    let folder = ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] ?? ""
    let data = try Data(
      contentsOf: URL(filePath: folder).appending(path: "hf-config/\(name).json"))
    let source = SourceFile(name: "\(name).json", bytes: Array(data))
    #expect(try TransformerCollector.parameters(of: source) == count)
    let profile = try Configs.collector(TransformerTraining(sequence: 4096)).collect(source)
    #expect(profile.validate().isEmpty)
  }

  @Test("a model of 405 billion parameters and 126 layers is counted")
  func large() throws {
    let text = """
      {"model_type": "llama", "hidden_size": 16384, "num_hidden_layers": 126,
       "num_attention_heads": 128, "num_key_value_heads": 8, "intermediate_size": 53248,
       "vocab_size": 128256}
      """
    #expect(
      try TransformerCollector.parameters(of: Configs.source(text)) == 405_853_388_800)
    let profile = try Configs.profile(text, TransformerTraining(sequence: 4096))
    #expect(profile.operators.count > 4000)
  }
}
