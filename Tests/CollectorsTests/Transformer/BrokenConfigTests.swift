import Collectors
import Profiles
import TestSupport
import Testing

@Suite("Broken config.json")
struct BrokenConfigTests {
  @Test(
    "a fault is told with its key",
    arguments: [
      (#""hidden_size": 8"#, #""hidden_size": "8""#, "hidden_size: \"8\" is of the wrong type"),
      (#""hidden_size": 8"#, #""hidden_size": -8"#, "hidden_size: -8 is too small"),
      (#""hidden_size": 8"#, #""hidden_size": 8.5"#, "hidden_size: 8.5 is of the wrong type"),
      (#""hidden_size": 8"#, #""hidden_size": 1e300"#, "hidden_size: 1e+300 is of the wrong type"),
      (#""hidden_size": 8"#, #""hidden_size": 9"#, "num_attention_heads: a hidden size of 9"),
      (#""hidden_size": 8"#, #""hidden_size": 99999999999"#, "hidden_size: 99999999999 is more"),
      (#""hidden_size": 8,"#, "", "hidden_size: the key is missing"),
      (#""hidden_size": 8"#, #""hidden_size": 8, "hidden_size": 8"#, "the key stands twice"),
      (#""num_attention_heads": 2"#, #""num_attention_heads": 0"#, "num_attention_heads: 0 is too"),
      (
        #""num_key_value_heads": 1"#, #""num_key_value_heads": 3"#,
        "num_key_value_heads: 2 heads can't share 3"
      ),
      (#""num_hidden_layers": 2"#, #""num_hidden_layers": 5000"#, "5000 layers are more than 4096"),
      (#""llama""#, #""llama4""#, "model_type: the rules of 'llama4' aren't known"),
      (#""llama""#, #""gemma2""#, "model_type: the rules of 'gemma2' aren't known"),
      (#""llama""#, "3", "model_type: 3 is of the wrong type"),
      (#""rope_theta""#, #""altup_inputs""#, "altup_inputs: the rules of llama don't know"),
      (#""silu""#, #""cosine""#, "hidden_act: the function 'cosine' isn't known"),
      (#""vocab_size": 10"#, #""text_config": {}"#, "text_config: the model has parts"),
      (#"{"model_type""#, #"["model_type""#, "config.json: line 1"),
    ])
  func faults(old: String, new: String, message: String) throws {
    let text = Configs.llama.replacing(old, with: new, maxReplacements: 1)
    #expect(text != Configs.llama)
    #expect {
      try Configs.profile(text)
    } throws: { error in
      let isTold = "\(error)".contains(message)
      if !isTold { Issue.record("\(error)") }
      return error is CollectorError && isTold
    }
  }

  @Test("extents that no device could hold are refused before anything is built")
  func tooLarge() throws {
    let extent = 1 << 24
    let text = Configs.llama.replacing(#""hidden_size": 8"#, with: "\"hidden_size\": \(extent)")
      .replacing(#""intermediate_size": 16"#, with: "\"intermediate_size\": \(extent)")
      .replacing(#""num_hidden_layers": 2"#, with: #""num_hidden_layers": 4096"#)
    #expect(throws: CollectorError.self) { try Configs.profile(text) }
    let training = TransformerTraining(sequence: 1 << 20, batch: 1 << 10, attention: .eager)
    #expect(throws: CollectorError.self) { try Configs.profile(Configs.llama, training) }
  }

  @Test("options that don't fit the model are refused")
  func options() throws {
    let cases: [(TransformerTraining, String)] = [
      (TransformerTraining(sequence: 0), "seq: 0"),
      (TransformerTraining(sequence: 8, batch: -1), "batch: -1"),
      (TransformerTraining(sequence: 8, recompute: .selective), "recompute: flash attention"),
      (TransformerTraining(sequence: 8, parallelism: Parallelism(tensor: 2)), "tensor-parallel: 1"),
      (
        TransformerTraining(sequence: 8, parallelism: Parallelism(pipeline: 3)),
        "pipeline-parallel: 2 layers"
      ),
      (
        TransformerTraining(sequence: 8, parallelism: Parallelism(pipeline: 2, stage: 2)),
        "stage: 2 isn't"
      ),
      (TransformerTraining(sequence: 8, parallelism: Parallelism(zeroStage: 3)), "zero: stage 3"),
      (
        TransformerTraining(sequence: 8, parallelism: Parallelism(data: 2, expert: 2)),
        "expert-parallel: the model has no experts"
      ),
      (
        TransformerTraining(sequence: 8, parallelism: Parallelism(sharesSequence: true)),
        "sequence-parallel: one device"
      ),
    ]
    for (training, message) in cases {
      #expect {
        try Configs.profile(Configs.llama, training)
      } throws: { error in
        "\(error)".contains(message)
      }
    }
    #expect(throws: CollectorError.self) {
      try Configs.collector(
        TransformerTraining(sequence: 8, dtype: .float16, parallelism: Parallelism(data: 2)),
        device: "T4"
      ).collect(Configs.source(Configs.llama))
    }
  }

  @Test("changed bytes never crash", arguments: UInt64(0)..<20)
  func mutations(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let texts = [Configs.llama, Configs.qwen3Experts, Configs.deepSeek, Configs.gpt2]
    let alphabet = Array("0123456789-.eE\",:{}[]truefalsn ".utf8)
    for _ in 0..<20 {
      var bytes = Array(texts[Int(generator.next() % 4)].utf8)
      for _ in 0..<(1 + generator.next() % 4) {
        let place = Int(generator.next() % UInt64(bytes.count))
        let letter = alphabet[Int(generator.next() % UInt64(alphabet.count))]
        switch generator.next() % 3 {
        case 0: bytes[place] = letter
        case 1: bytes.insert(letter, at: place)
        default: bytes.remove(at: place)
        }
      }
      let source = SourceFile(name: "config.json", bytes: bytes)
      do {
        let training = TransformerTraining(sequence: 8)
        let profile = try Configs.collector(training).collect(source)
        #expect(profile.validate().isEmpty)
      } catch {
        #expect(error is CollectorError)
      }
    }
  }
}
