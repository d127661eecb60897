/// A call of an Execution Trace with access to its arguments by position.
struct TraceCall {
  let node: ExecutionTrace.Node
  let file: String

  /// The name without `aten::`, and without the underscore of calls that change their first argument.
  var name: String {
    let short = node.name.hasPrefix("aten::") ? String(node.name.dropFirst(6)) : node.name
    return short.hasSuffix("_") && !short.hasSuffix("__") ? String(short.dropLast()) : short
  }

  /// The first tensor that the call gives.
  var result: TraceArgument.Tensor? { node.results.first?.tensors.first }

  /// The shape of the first tensor that the call gives; nil where the trace lacks it.
  var resultShape: [Int]? {
    guard let result, let shape = node.outputShapes.first,
      Value.count(of: shape) == result.elements
    else { return nil }
    return shape
  }

  func argument(_ position: Int) -> TraceArgument? {
    position < node.arguments.count ? node.arguments[position] : nil
  }

  /// A tensor with elements.
  func tensor(_ position: Int) -> TraceArgument.Tensor? {
    argument(position)?.tensor.flatMap { $0.elements > 0 ? $0 : nil }
  }

  /// The shape of a tensor; nil where the trace contradicts itself.
  func shape(_ position: Int) -> [Int]? {
    guard let tensor = tensor(position), position < node.inputShapes.count else { return nil }
    let shape = node.inputShapes[position]
    return Value.count(of: shape) == tensor.elements ? shape : nil
  }

  func rank(_ position: Int) -> Int { shape(position)?.count ?? 0 }

  func integer(_ position: Int) -> Int? { argument(position)?.integer }

  func flag(_ position: Int) -> Bool {
    if case .flag(let flag)? = argument(position) { flag } else { false }
  }

  /// A whole number per spatial dimension; one number stands for all, an empty list for none.
  func extents(_ position: Int, rank: Int) -> [Int]? {
    if let one = integer(position) { return Array(repeating: one, count: rank) }
    guard let list = argument(position)?.integers, !list.isEmpty else { return nil }
    return list.count == 1 ? Array(repeating: list[0], count: rank) : list
  }

  /// The element type in ONNX's numbers: 1 for real ones, 7 for integers, 9 for truth values.
  func elementType(_ position: Int) -> Int32 {
    guard position < node.inputTypes.count else { return 1 }
    let type = node.inputTypes[position]
    if type.contains("bool") { return 9 }
    return type.contains("int") || type.contains("long") || type.contains("char") ? 7 : 1
  }

  func unsupported(_ problem: String, _ remedy: String) -> CollectorError {
    .unsupported(
      file: file, place: "node \(node.id) (\(node.name.prefix(80)))", problem: problem,
      remedy: remedy)
  }
}
