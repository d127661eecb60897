/// A value that a call takes or gives.
enum TraceArgument: Sendable {
  /// A tensor: what tells it apart from others that are alive, and its storage.
  struct Tensor: Hashable, Sendable {
    var id: Int
    var storage: Int
    var elements: Int
  }

  case tensor(Tensor)
  case number(Double)
  case flag(Bool)
  case text(String)
  case list([TraceArgument])

  /// The tensors in the value, in order.
  var tensors: [Tensor] {
    switch self {
    case .tensor(let tensor): [tensor]
    case .list(let values): values.flatMap(\.tensors)
    default: []
    }
  }

  var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }

  var number: Double? { if case .number(let number) = self { number } else { nil } }

  var integer: Int? { number.flatMap { Int(exactly: $0) } }

  /// Whole numbers; nil if the value isn't a list of such.
  var integers: [Int]? {
    guard case .list(let values) = self else { return nil }
    let integers = values.compactMap(\.integer)
    return integers.count == values.count ? integers : nil
  }
}

extension JSONPull {
  /// Passes a value of a call and returns it.
  ///
  /// A tensor is `[tensor, storage, offset, elements, bytes an element, device]`; undefined ones have no elements.
  mutating func argument() throws(Failure) -> TraceArgument {
    switch kind() {
    case .number: return .number(Double(try number().string) ?? .nan)
    case .string: return .text(try string().string)
    case .array:
      var values: [TraceArgument] = []
      try openArray()
      while try nextElement() { values.append(try argument()) }
      let numbers = values.prefix(5).compactMap(\.integer)
      if values.count == 6, numbers.count == 5, case .text = values[5] {
        return .tensor(.init(id: numbers[0], storage: numbers[1], elements: numbers[3]))
      }
      return .list(values)
    default:
      let start = bytes[position]
      try skip()
      return start == UInt8(ascii: "t") ? .flag(true) : .flag(false)
    }
  }
}
