import Profiles

/// The floating-point operations of the calls of an Execution Trace, by their shapes.
///
/// With m·n·k for a product of matrices: `mm`, `addmm`, `bmm`, `baddbmm`, `linear` take 2·m·n·k; a
/// convolution 2 · (elements of the output) · (elements of the weight) / (output channels); its
/// backward pass twice that, once for each gradient that it makes; attention 4 · (elements of the
/// query) · (length of the key), its backward pass 2.5 times that. Other calls count no operations.
struct OperatorWork {
  private(set) var flops = 0.0
  /// The element type of the first product.
  private(set) var type: RealType?

  init(of root: Int, in trace: ExecutionTrace, children: [[Int]]) {
    var open = [root]
    while let index = open.popLast() {
      let node = trace.nodes[index]
      if let own = OperatorWork.products(of: node), own.isFinite {
        flops += own
        type = type ?? OperatorWork.type(of: node)
      } else {
        open += children[index]
      }
    }
  }

  private static func products(of node: ExecutionTrace.Node) -> Double? {
    let inputs = node.inputShapes
    func elements(_ shape: [Int]) -> Double { shape.reduce(1) { $0 * Double($1) } }
    func input(_ index: Int) -> [Int]? {
      index < inputs.count && !inputs[index].isEmpty ? inputs[index] : nil
    }
    let output = node.outputShapes.first ?? []
    switch node.name {
    case "aten::mm", "aten::bmm", "aten::linear":
      guard let left = input(0), let inner = left.last, !output.isEmpty else { return nil }
      return 2 * elements(output) * Double(inner)
    case "aten::addmm", "aten::baddbmm":
      guard let left = input(1), let inner = left.last, !output.isEmpty else { return nil }
      return 2 * elements(output) * Double(inner)
    case "aten::conv1d", "aten::conv2d", "aten::conv3d", "aten::convolution",
      "aten::_convolution", "aten::cudnn_convolution", "aten::miopen_convolution":
      guard let weight = input(1), let channels = weight.first, channels > 0, !output.isEmpty
      else { return nil }
      return 2 * elements(output) * elements(weight) / Double(channels)
    case "aten::convolution_backward":
      guard let gradient = input(0), let weight = input(2), let channels = weight.first,
        channels > 0
      else { return nil }
      let made = node.outputShapes.prefix(2).filter { !$0.isEmpty }.count
      return 2 * elements(gradient) * elements(weight) / Double(channels) * Double(made)
    case "aten::_scaled_dot_product_flash_attention",
      "aten::_scaled_dot_product_efficient_attention",
      "aten::_scaled_dot_product_cudnn_attention":
      guard let query = input(0), let key = input(1), key.count >= 2 else { return nil }
      return 4 * elements(query) * Double(key[key.count - 2])
    case "aten::_scaled_dot_product_flash_attention_backward",
      "aten::_scaled_dot_product_efficient_attention_backward",
      "aten::_scaled_dot_product_cudnn_attention_backward":
      guard let query = input(1), let key = input(2), key.count >= 2 else { return nil }
      return 10 * elements(query) * Double(key[key.count - 2])
    default: return nil
    }
  }

  private static func type(of node: ExecutionTrace.Node) -> RealType? {
    let text = node.inputTypes.first { $0.hasPrefix("Tensor(") } ?? ""
    if text.contains("BFloat16") { return .bfloat16 }
    if text.contains("Half") { return .float16 }
    return text.contains("float") ? .float32 : nil
  }
}
