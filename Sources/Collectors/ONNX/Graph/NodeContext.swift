/// A node with what is known of its inputs: all that its shape rule may look at.
struct NodeContext {
  let file: String
  /// The node's unique name.
  let name: String
  let node: ONNXNode
  /// The version of the node's operator set.
  let version: Int
  /// The inputs by position; nil where an optional one is left out.
  let inputs: [Value?]
  let rebatching: Rebatching
  let real: RealType

  var type: String { node.type }
  /// Where errors place the fault.
  var place: String { "node \(name) (\(node.type))" }

  // MARK: Inputs and outputs

  func hasInput(_ index: Int) -> Bool { optional(index) != nil }

  func optional(_ index: Int) -> Value? {
    index < inputs.count ? inputs[index] : nil
  }

  func input(_ index: Int) throws(CollectorError) -> Value {
    guard let value = optional(index) else {
      throw invalid("input \(index) is missing")
    }
    return value
  }

  /// Whether the node names an output at this position.
  func hasOutput(_ index: Int) -> Bool {
    index < node.outputs.count && !node.outputs[index].isEmpty
  }

  func value(
    _ shape: [Int], _ type: ElementType, constant: Constant? = nil
  ) throws(CollectorError) -> Value {
    guard let value = Value(shape, type, constant: constant) else {
      if shape.contains(where: { $0 < 0 }) {
        throw invalid("its output would have the shape \(shape.prefix(Value.maximumRank))")
      }
      throw .tooLarge(
        file: file, place: place,
        problem: "its output of shape \(shape.prefix(Value.maximumRank)) has more than "
          + "\(Value.maximumCount) elements or \(Value.maximumRank) dimensions")
    }
    return value
  }

  func bytes(of value: Value) -> Double {
    Double(value.count) * Double(value.type.bytes(in: real))
  }

  // MARK: Attributes

  func attribute(_ name: String) -> ONNXAttribute? {
    node.attributes.first { $0.name == name }
  }

  func integer(_ name: String, default value: Int) -> Int {
    attribute(name)?.integer.map { Int($0) } ?? value
  }

  func real(_ name: String, default value: Double) -> Double {
    attribute(name)?.real.map { Double($0) } ?? value
  }

  func integers(_ name: String) -> [Int]? {
    attribute(name).map { $0.integers.map { Int($0) } }
  }

  func string(_ name: String, default value: String) -> String {
    guard let bytes = attribute(name)?.string else { return value }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: Settings that moved from attributes to inputs

  /// Returns the integers of an input that has to be known before the iteration runs.
  func knownIntegers(_ index: Int, _ subject: String) throws(CollectorError) -> [Int] {
    guard let integers = try input(index).constant?.integers else {
      throw unsupported(
        "its \(subject) is known only when the network runs",
        remedy: "export the network with constant shapes, or simplify it (onnxsim) first")
    }
    return integers
  }

  /// Returns integers from an attribute of older versions or an input of newer ones.
  func integers(
    attribute name: String, orInput index: Int
  ) throws(CollectorError) -> [Int]? {
    if let integers = integers(name) { return integers }
    return hasInput(index) ? try knownIntegers(index, name) : nil
  }

  /// Returns an axis counted from the front.
  func axis(_ axis: Int, rank: Int) throws(CollectorError) -> Int {
    guard axis >= -rank, axis < rank else {
      throw invalid("axis \(axis) doesn't exist among \(rank) dimensions")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Returns distinct axes counted from the front, ascending.
  func axes(_ axes: [Int], rank: Int) throws(CollectorError) -> [Int] {
    var result: Set<Int> = []
    for entry in axes {
      guard try result.insert(axis(entry, rank: rank)).inserted else {
        throw invalid("axis \(entry) is named twice")
      }
    }
    return result.sorted()
  }

  // MARK: Errors

  func invalid(
    _ problem: String, remedy: String = "check the file with onnx.checker and export it again"
  ) -> CollectorError {
    // Shapes and axes of a damaged file can be lists of any length.
    .invalid(file: file, place: place, problem: String(problem.prefix(400)), remedy: remedy)
  }

  func unsupported(_ problem: String, remedy: String) -> CollectorError {
    .unsupported(file: file, place: place, problem: problem, remedy: remedy)
  }
}
