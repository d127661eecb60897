/// What the forward pass leaves to the backward pass, in the order of the forward pass.
///
/// Like PyTorch's graph of gradient functions: each entry says which operators make which gradients
/// and what they read of the forward pass. What no entry names is freed.
struct Tape {
  typealias Reference = TransformerBuilder.Reference

  /// An entry.
  enum Entry {
    case node(Node)
    /// A part of the forward pass that kept nothing but its inputs and runs again before its
    /// gradients.
    case segment(Segment)
  }

  /// A forward operator with the operators of its derivative.
  struct Node {
    /// The values whose gradients come in.
    var outputs: [Reference]
    /// The inputs that take the output's gradient as it is.
    var passes: [Reference] = []
    var steps: [Step] = []
  }

  /// An operator of the backward pass.
  struct Step {
    /// What the operator does.
    enum Action {
      case compute(Work)
      case exchange(Interconnect.Exchange, bytes: Double, among: Int)
      /// Changes the gradient in place.
      case exchangeInPlace(Interconnect.Exchange, bytes: Double, among: Int)
      /// Makes a value of the forward pass again by an exchange.
      case fetch(Interconnect.Exchange, bytes: Double, among: Int, of: Reference)
    }

    var name: String
    var action: Action
    /// What is read besides the outputs' gradients.
    var reads: [Reference] = []
    /// Whether the outputs' gradients are read.
    var readsGradients = true
    /// The inputs whose gradients are made.
    var inputs: [Reference] = []
    /// The weights whose gradients are made, or added to.
    var weights: [Reference] = []
  }

  /// A part that runs again.
  struct Segment {
    /// The values that the part hands on.
    var output: Reference
    /// Runs the part again and returns the new output.
    var again: (inout StagePass) -> Reference
  }

  var entries: [Entry] = []
}
