import Collectors
import Foundation
import Profiles

/// Small models of each family, with parameters that can be counted by hand.
enum Configs {
  /// Two layers of width 8: two query heads of 4 that share a key head, an inner width of 16.
  static let llama = """
    {"model_type": "llama", "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
     "num_key_value_heads": 1, "intermediate_size": 16, "vocab_size": 10,
     "tie_word_embeddings": false, "rope_theta": 10000.0, "hidden_act": "silu"}
    """
  /// Embedding and head 80 each; a layer has qkv 8·(8+2·4), out 8·8, up 2·8·16, down 16·8 and two
  /// norms of 8; a final norm of 8.
  static let llamaParameters = 2 * 80 + 2 * (128 + 64 + 256 + 128 + 16) + 8

  static let qwen3Experts = """
    {"model_type": "qwen3_moe", "hidden_size": 8, "num_hidden_layers": 2,
     "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 6, "intermediate_size": 16,
     "moe_intermediate_size": 4, "num_experts": 4, "num_experts_per_tok": 2, "vocab_size": 10,
     "mlp_only_layers": [0], "tie_word_embeddings": true}
    """
  /// Attention: qkv 8·36, out 12·8, two norms of 6; layer 0 dense 3·8·16, layer 1 router 4·8 and
  /// experts 4·3·8·4; norms 16 and 8; one embedding.
  static let qwen3ExpertsParameters =
    80 + 2 * (288 + 96 + 12 + 16) + 384 + 32 + 384 + 8

  static let deepSeek = """
    {"model_type": "deepseek_v3", "hidden_size": 8, "num_hidden_layers": 2,
     "num_attention_heads": 2, "q_lora_rank": 6, "kv_lora_rank": 4, "qk_nope_head_dim": 4,
     "qk_rope_head_dim": 2, "v_head_dim": 4, "intermediate_size": 16, "moe_intermediate_size": 4,
     "n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2,
     "first_k_dense_replace": 1, "vocab_size": 10, "topk_method": "greedy"}
    """
  /// Attention: 8·6 + 6 + 6·2·6 + 8·(4+2) + 4 + 4·2·(4+4) + 2·4·8; dense 3·8·16; router 4·8, experts
  /// 5·3·8·4; norms 16 and 8; embedding and head.
  static let deepSeekParameters =
    160 + 2 * (48 + 6 + 72 + 48 + 4 + 64 + 64 + 16) + 384 + 32 + 480 + 8

  static let gpt2 = """
    {"model_type": "gpt2", "n_embd": 8, "n_layer": 1, "n_head": 2, "n_positions": 16,
     "vocab_size": 10, "activation_function": "gelu_new", "attn_pdrop": 0.1, "resid_pdrop": 0.1,
     "embd_pdrop": 0.1, "layer_norm_epsilon": 1e-5}
    """
  /// Embedding 80, positions 128; qkv 8·24+24, out 64+8, up 8·32+32, down 32·8+8, norms 2·16; 16.
  static let gpt2Parameters = 80 + 128 + 216 + 72 + 288 + 264 + 32 + 16

  static func source(_ text: String) -> SourceFile {
    SourceFile(name: "config.json", bytes: Array(text.utf8))
  }

  static func collector(
    _ training: TransformerTraining, device name: String = "H100-SXM5-80GB"
  ) throws -> TransformerCollector {
    let catalogue = try DeviceCatalogue.builtIn()
    let device = try catalogue.device(named: name)
    return TransformerCollector(
      training: training, device: device, efficiency: try catalogue.efficiency(of: name),
      interconnect: catalogue.interconnect(of: name))
  }

  static func profile(
    _ text: String, _ training: TransformerTraining = TransformerTraining(sequence: 8, batch: 2)
  ) throws -> Profile {
    try collector(training).collect(source(text))
  }
}
