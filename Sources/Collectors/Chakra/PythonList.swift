import Profiles

/// A tensor as PyTorch's execution traces name it: `[id, storage, offset, elements, bytes of one,
/// device]`.
struct TracedTensor {
  var id: Int
  var storage: Int
  /// The bytes from the storage's beginning to the tensor's end.
  var extent: Int
  /// Whether it lies on an accelerator.
  var isOnDevice: Bool
}

/// Reads the text of a Python list for the tensors in it.
struct PythonList {
  private enum Element {
    case integer(Int)
    case text(Substring.UTF8View)
    case other
  }

  /// The tensors of each element of the list.
  private(set) var arguments: [[TracedTensor]] = []

  private let text: Substring.UTF8View
  private var position: Substring.UTF8View.Index
  private var found: [TracedTensor] = []
  /// Why the text is no list.
  private(set) var fault: String?

  /// Reads a text; `fault` says what is wrong with one that isn't a list.
  init(_ text: String) {
    self.text = text[...].utf8
    position = self.text.startIndex
    skipBlanks()
    if position == self.text.endIndex { return }
    if list(depth: 0) == nil && fault == nil { fault = "it isn't a list" }
    skipBlanks()
    if fault == nil && position != self.text.endIndex { fail("the end should stand") }
  }

  // MARK: Lists

  /// Passes a list or a tuple; nil if none stands here.
  private mutating func list(depth: Int) -> Element? {
    guard let open = peek, open == UInt8(ascii: "[") || open == UInt8(ascii: "(") else {
      return nil
    }
    guard depth < InputLimits.current[.depth] else {
      fault = "too many levels of nesting; \(InputLimits.raise(.depth))"
      return nil
    }
    let close = open == UInt8(ascii: "[") ? UInt8(ascii: "]") : UInt8(ascii: ")")
    text.formIndex(after: &position)
    var head: [Element] = []
    while true {
      skipBlanks()
      if peek == close { break }
      guard let element = element(depth: depth) else { return nil }
      if head.count < 7 { head.append(element) }
      skipBlanks()
      if peek == UInt8(ascii: ",") {
        text.formIndex(after: &position)
      } else if peek != close {
        fail("a comma or the end of a list should stand")
        return nil
      }
    }
    text.formIndex(after: &position)
    if depth > 0, let tensor = tensor(head) { found.append(tensor) }
    return .other
  }

  private mutating func element(depth: Int) -> Element? {
    guard let first = peek else {
      fail("an element should stand")
      return nil
    }
    let element: Element?
    switch first {
    case UInt8(ascii: "["), UInt8(ascii: "("): element = list(depth: depth + 1)
    case UInt8(ascii: "'"), UInt8(ascii: "\""): element = quoted(first)
    default: element = word()
    }
    if depth == 0 {
      arguments.append(found)
      found = []
    }
    return element
  }

  // MARK: Elements

  private mutating func quoted(_ mark: UInt8) -> Element? {
    text.formIndex(after: &position)
    let start = position
    while let byte = peek, byte != mark {
      text.formIndex(after: &position)
      if byte == UInt8(ascii: "\\"), peek != nil { text.formIndex(after: &position) }
    }
    guard peek == mark else {
      fail("the end of a text should stand")
      return nil
    }
    defer { text.formIndex(after: &position) }
    return .text(text[start..<position])
  }

  /// Passes a number or a word such as `True`.
  private mutating func word() -> Element? {
    let start = position
    while let byte = peek, !PythonList.ends(byte) { text.formIndex(after: &position) }
    guard start != position else {
      fail("an element should stand")
      return nil
    }
    return Int(String(Substring(text[start..<position]))).map(Element.integer) ?? .other
  }

  private static func ends(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "["),
      UInt8(ascii: "("), UInt8(ascii: "'"), UInt8(ascii: "\""), 0x20, 0x09, 0x0A, 0x0D:
      true
    default: false
    }
  }

  /// A list as a tensor, if it is one of a possible size.
  private mutating func tensor(_ list: [Element]) -> TracedTensor? {
    guard list.count == 6, case .integer(let id) = list[0], case .integer(let storage) = list[1],
      case .integer(let offset) = list[2], case .integer(let elements) = list[3],
      case .integer(let size) = list[4], case .text(let device) = list[5]
    else { return nil }
    let (end, overflow) = offset.addingReportingOverflow(elements)
    let (extent, excess) = end.multipliedReportingOverflow(by: size)
    guard offset >= 0, elements >= 0, size >= 0, !overflow, !excess, extent <= 1 << 53 else {
      fault = "the size of tensor \(id) isn't possible"
      return nil
    }
    let name = String(Substring(device))
    return TracedTensor(
      id: id, storage: storage, extent: elements == 0 ? 0 : extent,
      isOnDevice: !name.isEmpty && !name.hasPrefix("cpu"))
  }

  // MARK: Places

  private var peek: UInt8? { position == text.endIndex ? nil : text[position] }

  private mutating func skipBlanks() {
    while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) {
      text.formIndex(after: &position)
    }
  }

  private mutating func fail(_ expected: String) {
    guard fault == nil else { return }
    let place = text.distance(from: text.startIndex, to: position)
    fault = "byte \(place): \(expected)"
  }
}
