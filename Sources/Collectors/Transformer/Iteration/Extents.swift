/// The extents of one device's tensors.
struct Extents {
  let architecture: Architecture
  let training: TransformerTraining

  var parallelism: Parallelism { training.parallelism }
  /// The devices of a tensor-parallel group.
  var tensor: Int { parallelism.tensor }
  var batch: Int { training.batch }
  var sequence: Int { training.sequence }
  var hidden: Int { architecture.hidden }
  /// The tokens of a micro-batch.
  var tokens: Int { batch * sequence }
  /// The tokens of a micro-batch between the products.
  var ownTokens: Int { parallelism.sharesSequence ? tokens / tensor : tokens }
  /// The bytes of all tokens' hidden values.
  var hiddenBytes: Double {
    Double(tokens) * Double(hidden) * Double(training.dtype.bytes)
  }

  /// The pairs of tokens that look at each other, per head: half the square under the causal mask,
  /// less what lies outside the window.
  var pairs: Double {
    let (all, window) = (Double(sequence), Double(architecture.window ?? sequence))
    let ofSample = window >= all ? all * all / 2 : window * all - window * window / 2
    return Double(batch) * ofSample
  }
}
