import Profiles

/// An outermost operator of a trace: what the profile calls one operator.
struct TracedOperator {
  var name: String
  var phase = Operator.Phase.forward
  var thread: Int
  var start: Int
  var end: Int
  /// The numbers that link forward and backward, its own and those of the operators inside.
  var sequences: [Int] = []
  var recordFunction: Int?
  var inputs: [TracedInput] = []
  /// Whether it is a node of the backward graph, by its name.
  var isBackwardNode = false
  /// Whether an annotation of the optimizer surrounds it.
  var isInOptimizer = false
  var isCommunication = false
  var messageBytes: Int?
  /// How many device events it queued.
  var launches = 0

  /// Whether its name says that it changes its first input, as `aten::add_` does.
  var isInPlace: Bool { name.hasSuffix("_") && !name.hasSuffix("__") }

  /// Whether a block of a size can be one of its inputs; without shapes any can.
  func mayRead(_ size: Int) -> Bool {
    inputs.isEmpty || inputs.count > 64
      || inputs.contains { $0.bytes <= size && size - $0.bytes <= MemoryBlock.slack }
  }

  /// Whether it adds the gradient of a parameter.
  var accumulatesGradient: Bool { name.hasPrefix("torch::autograd::AccumulateGrad") }
}

/// What the names of operators and annotations tell.
enum TracedName {
  private static let evaluation = "autograd::engine::evaluate_function: "

  /// The name without the wrapper of the backward engine.
  static func short(_ name: String) -> String {
    name.hasPrefix(evaluation) ? String(name.dropFirst(evaluation.count)) : name
  }

  /// Whether an event only surrounds operators: annotations, and in 2021, when these looked like
  /// operators, whatever has no `::` and isn't a backward node.
  static func isScope(_ name: String) -> Bool { !name.contains("::") && !isBackwardNode(name) }

  /// Whether it is a node of the backward graph, such as `AddmmBackward0`.
  static func isBackwardNode(_ name: String) -> Bool {
    if name.hasPrefix(evaluation) || name.hasPrefix("torch::autograd::") { return true }
    var end = name.utf8[...]
    while let last = end.last, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(last) {
      end = end.dropLast()
    }
    return end.count > 8 && end.suffix(8).elementsEqual("Backward".utf8)
  }

  /// Whether an annotation surrounds the optimizer's work.
  static func isOptimizer(_ name: String) -> Bool {
    name.hasPrefix("Optimizer.step") || name.hasPrefix("Optimizer.zero_grad")
  }

  /// Whether an operator exchanges data with other processes.
  static func isCommunication(_ name: String) -> Bool { name.hasPrefix("c10d::") }

  /// The number of an annotation `ProfilerStep#7`.
  static func step(_ name: String) -> Int? {
    name.hasPrefix("ProfilerStep#") ? Int(name.dropFirst(13)) : nil
  }

  /// A name that is fit for a profile: printable ASCII without blanks, at most 80 characters.
  static func identifier(_ name: String) -> String {
    let plain = short(name).utf8.prefix(80).map { byte -> UInt8 in
      byte > 0x20 && byte < 0x7F ? byte : UInt8(ascii: "_")
    }
    return plain.isEmpty ? "operator" : String(decoding: plain, as: UTF8.self)
  }

  /// A kernel's name without its arguments.
  static func kernel(_ name: String) -> String {
    let plain = name.hasPrefix("void ") ? name.dropFirst(5) : name[...]
    return String(plain.prefix { $0 != "(" && $0 != "<" })
  }
}
