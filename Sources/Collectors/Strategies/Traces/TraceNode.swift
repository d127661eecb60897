/// One ONNX node that stands for a call, or for a part of it.
struct TraceNode {
  /// What the node reads.
  enum Operand {
    /// An argument that flows through the network, or enters it.
    case data(Int)
    /// A tensor of an argument that is a list.
    case member(Int, Int)
    /// An argument that is a weight where nothing made it before.
    case weight(Int)
    /// Likewise, with its last two dimensions exchanged.
    case transposed(Int)
    /// A number or a tensor; the latter is a weight if the optimizer touches it.
    case either(Int)
    /// The output of an earlier node of the same call.
    case part(Int)
    case integers([Int])
    case absent
  }

  var type: String
  var operands: [Operand]
  var attributes: [ONNXAttribute]
  /// How many tensors of the call the node makes.
  var outputs = 1

  init(
    _ type: String, _ operands: [Operand], _ attributes: [ONNXAttribute] = [], outputs: Int = 1
  ) {
    self.type = type
    self.operands = operands
    self.attributes = attributes
    self.outputs = outputs
  }
}

/// What a call becomes.
enum TraceMeaning {
  /// Nodes, the last of which makes the call's result.
  case nodes([TraceNode])
  /// The result is the first argument.
  case alias
  /// It begins the loss, which strategies don't count.
  case loss
}
