/// What the collector keeps of an Execution Trace: the tree of calls with their tensors.
struct ExecutionTrace {
  /// A tensor as a node sees it: a piece of a storage.
  struct TensorUse {
    var storage: Int
    /// Where in the storage the piece ends, in bytes.
    var end: Int
    /// The piece's own bytes.
    var bytes: Int
    var isOnDevice: Bool
    /// The argument that the tensor is, or is in.
    var position: Int
  }

  /// One call.
  struct Node {
    var id = 0
    var parent = 0
    var name = ""
    var recordFunction = 0
    var sequence = -1
    var thread = 0
    var schema = ""
    var inputs: [TensorUse] = []
    var outputs: [TensorUse] = []
    /// All that it takes and gives, where the reader keeps that.
    var arguments: [TraceArgument] = []
    var results: [TraceArgument] = []
    /// The shape of each argument that is a single tensor.
    var inputShapes: [[Int]] = []
    var outputShapes: [[Int]] = []
    var inputTypes: [String] = []
  }

  var file = ""
  var schema = ""
  /// The nodes by id.
  var nodes: [Node] = []

  /// Whether tensors lie on a device; else those of the host count.
  var hasDevice: Bool {
    nodes.contains {
      $0.inputs.contains(where: \.isOnDevice) || $0.outputs.contains(where: \.isOnDevice)
    }
  }
}
