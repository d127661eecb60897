/// The keys of `config.json` that change neither the shapes of a training iteration nor its work.
enum ConfigKeys {
  static let irrelevant: Set<String> = [
    // Tokens, files and generation.
    "architectures", "auto_map", "bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id",
    "sep_token_id", "decoder_start_token_id", "transformers_version", "torch_dtype", "dtype",
    "use_cache", "tokenizer_class", "prefix", "id2label", "label2id", "return_dict",
    "return_dict_in_generate", "output_attentions", "output_hidden_states",
    "task_specific_params", "generation_config", "do_sample", "temperature", "top_k", "top_p",
    "num_beams", "max_length", "min_length", "repetition_penalty", "problem_type",
    "finetuning_task", "attn_implementation", "gradient_checkpointing", "ep_size", "pretraining_tp",
    // Numbers inside functions.
    "initializer_range", "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "rope_scaling",
    "rope_theta", "rope_parameters", "rope_interleave", "scale_attn_weights",
    "scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "summary_activation",
    "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj", "n_ctx",
    // How experts are chosen, not how many.
    "norm_topk_prob", "output_router_logits", "router_aux_loss_coef", "router_jitter_noise",
    "n_group", "topk_group", "scoring_func", "routed_scaling_factor", "aux_loss_alpha", "seq_aux",
  ]

  /// Activation functions of one operand.
  static let activations: Set<String> = [
    "silu", "swish", "gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_python", "relu",
    "relu2", "quick_gelu", "tanh",
  ]
}
