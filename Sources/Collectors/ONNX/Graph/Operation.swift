/// Something that a backward operator reads.
enum Operand: Hashable, Sendable {
  case input(Int)
  case output(Int)
  /// An entry of `Operation.saved`.
  case saved(Int)
}

/// The gradient of one input of a node.
struct Gradient: Sendable {
  /// How the gradient comes about.
  enum Route: Sendable {
    /// A kernel writes it.
    case computed
    /// It is the output's gradient in the same memory, whole.
    case shared
    /// It is a slice of the output's gradient in the same memory.
    case slice
  }

  let input: Int
  var route = Route.computed
  /// What the kernel reads besides the output's gradient.
  var needs: [Operand] = []
  var flops = 0.0
}

/// A backward operator of a node: the gradients that one kernel call makes.
struct BackwardOperator: Sendable {
  var suffix = "grad"
  var gradients: [Gradient]
  /// What the kernel reads for whichever gradients it makes, besides the output's gradient.
  var needs: [Operand] = []
  var usesMatrixUnits = false
  /// Memory traffic where it isn't what is read and written, in bytes.
  var bytesAccessed: Double?
}

/// A tensor that a forward operator makes for the backward pass alone.
struct SavedTensor: Sendable {
  let suffix: String
  let value: Value
}

/// What a node does: the shapes of its outputs, its work, and what its derivative needs.
///
/// The derivative keeps what PyTorch's autograd keeps for the same operator.
struct Operation: Sendable {
  var outputs: [Value]
  /// Floating-point operations; a multiplication with an addition is two.
  var flops = 0.0
  /// Whether the work is matrix products, which run at the rate of the tensor cores.
  var usesMatrixUnits = false
  /// Memory traffic where it isn't what is read and written, in bytes.
  var bytesAccessed: Double?
  /// Whether the first output is the first input under another shape, in the same memory.
  var isView = false
  /// Inputs that are read on the host: shapes, axes, scales.
  var hostInputs: Set<Int> = []
  var saved: [SavedTensor] = []
  var backward: [BackwardOperator] = []
  /// Whether running the node again gives the same result.
  var isRecomputable = true
}
