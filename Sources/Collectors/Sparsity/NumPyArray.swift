import Profiles

/// Arrays as `numpy.save` writes them.
///
/// The magic word, a version, the length of the header, the header (a Python dictionary with `descr`,
/// `fortran_order` and `shape`), and the elements. Arrays of Python objects are pickles, which are never
/// read.
enum NumPyArray {
  /// How a file begins.
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Reads an array.
  static func read(
    _ bytes: ArraySlice<UInt8>, name: String?, file: String, place: String
  ) throws(CollectorError) -> TensorFile.Entry {
    func invalid(_ problem: String, _ remedy: String) -> CollectorError {
      .invalid(file: file, place: place, problem: problem, remedy: remedy)
    }
    var cursor = ByteCursor(bytes)
    guard let start = cursor.take(magic.count), start.elementsEqual(magic) else {
      throw invalid("this is not an array of NumPy's", "save it with numpy.save or numpy.savez")
    }
    guard let major = cursor.number(1), cursor.number(1) != nil, (1...3).contains(major) else {
      throw invalid("the version is unknown", "save it again with numpy.save")
    }
    guard let length = cursor.number(major == 1 ? 2 : 4), let text = cursor.take(length) else {
      throw invalid("the file ends within the header", "fetch or write it again")
    }
    var literal = PythonLiteral(text)
    guard case .dictionary(let members)? = literal.value(), literal.isAtEnd else {
      throw invalid("the header is not a Python dictionary", "save it again with numpy.save")
    }
    guard case .text(let type)? = members["descr"] else {
      throw invalid(
        "the elements are no plain numbers", "save each field as an array of its own")
    }
    let elementBytes = try size(of: type, invalid)
    guard case .tuple(let extents)? = members["shape"] else {
      throw invalid("the header has no shape", "save it again with numpy.save")
    }
    var expected = elementBytes
    for extent in extents {
      guard case .integer(let extent) = extent, extent >= 0 else {
        throw invalid("the shape has other than whole numbers", "save it again with numpy.save")
      }
      let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw invalid("the shape is too large", "save a part of it") }
      expected = product
    }
    guard cursor.left == expected else {
      throw invalid(
        "\(cursor.left) bytes follow the header, the shape asks for \(expected)",
        "fetch or write it again")
    }
    let elements = cursor.take(expected) ?? []
    return TensorFile.Entry(
      name: name, elementBytes: elementBytes, type: type, bytes: elements)
  }

  /// The bytes of an element, such as 4 of `<f4`.
  private static func size(
    of type: String, _ invalid: (String, String) -> CollectorError
  ) throws(CollectorError) -> Int {
    let order = type.first.map { "<>|=".contains($0) } ?? false
    let plain = order ? type.dropFirst() : Substring(type)
    guard let kind = plain.first, "biufcV".contains(kind), let size = Int(plain.dropFirst()),
      [1, 2, 4, 8].contains(size)
    else {
      throw invalid(
        "elements of type \(JSON.quoted(type)) are no numbers of 1, 2, 4 or 8 bytes",
        "convert the array with astype")
    }
    return size
  }
}

/// A value as Python's `repr` writes it: what headers of arrays are made of.
struct PythonLiteral {
  enum Value {
    case text(String)
    case integer(Int)
    case word(String)
    case tuple([Value])
    case dictionary([String: Value])
  }

  private let bytes: [UInt8]
  private var place = 0
  private var depth = 0

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes) }

  /// Whether nothing but blanks is left.
  var isAtEnd: Bool { bytes[place...].allSatisfy { PythonLiteral.isBlank($0) } }

  /// The next value; nil where there is none.
  mutating func value() -> Value? {
    depth += 1
    defer { depth -= 1 }
    guard depth < 8, let next = peek() else { return nil }
    switch next {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return quoted().map(Value.text)
    case UInt8(ascii: "("): return list(from: "(", to: ")").map(Value.tuple)
    case UInt8(ascii: "["): return list(from: "[", to: "]").map(Value.tuple)
    case UInt8(ascii: "{"): return dictionary()
    default:
      let word = word()
      guard !word.isEmpty else { return nil }
      // Python 2 wrote whole numbers with an L.
      let digits = word.hasSuffix("L") ? word.dropLast() : word[...]
      return Int(digits).map(Value.integer) ?? (word.first?.isLetter == true ? .word(word) : nil)
    }
  }

  private mutating func list(from open: Character, to close: Character) -> [Value]? {
    guard take(open) else { return nil }
    var values: [Value] = []
    while !take(close) {
      guard let value = value() else { return nil }
      values.append(value)
      if !take(",") { return take(close) ? values : nil }
    }
    return values
  }

  private mutating func dictionary() -> Value? {
    guard take("{") else { return nil }
    var members: [String: Value] = [:]
    while !take("}") {
      guard let next = peek(), next == UInt8(ascii: "'") || next == UInt8(ascii: "\""),
        let key = quoted(), take(":"), let value = value(),
        members.updateValue(value, forKey: key) == nil
      else { return nil }
      if !take(",") { return take("}") ? .dictionary(members) : nil }
    }
    return .dictionary(members)
  }

  private mutating func quoted() -> String? {
    let mark = bytes[place]
    guard let end = bytes[(place + 1)...].firstIndex(of: mark) else { return nil }
    let text = String(decoding: bytes[place + 1..<end], as: UTF8.self)
    place = end + 1
    return text.contains("\\") ? nil : text
  }

  private mutating func word() -> String {
    let rest = bytes[place...].prefix { byte in
      let scalar = Unicode.Scalar(byte)
      return scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-"
        || scalar == "_"
    }
    place = rest.endIndex
    return String(decoding: rest, as: UTF8.self)
  }

  /// The next byte that is no blank.
  private mutating func peek() -> UInt8? {
    while place < bytes.count, PythonLiteral.isBlank(bytes[place]) { place += 1 }
    return place < bytes.count ? bytes[place] : nil
  }

  private mutating func take(_ character: Character) -> Bool {
    guard peek() == character.asciiValue else { return false }
    place += 1
    return true
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
