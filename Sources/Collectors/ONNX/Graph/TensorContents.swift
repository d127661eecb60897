/// Reads the shape, type and, where they are few, elements of a tensor in the file.
struct TensorContents {
  private let tensor: ONNXTensor

  init(_ tensor: ONNXTensor) {
    self.tensor = tensor
  }

  /// Returns the value that the tensor stands for.
  func value(file: String, place: String) throws(CollectorError) -> Value {
    guard let type = ElementType(code: tensor.elementType) else {
      throw .unsupported(
        file: file, place: place,
        problem: "the tensor '\(tensor.name)' has the element type \(tensor.elementType)",
        remedy: "use real, integer or Boolean tensors")
    }
    let shape = tensor.dimensions.map { Int($0) }
    guard var value = Value(shape, type) else {
      throw .tooLarge(
        file: file, place: place,
        problem: "the tensor '\(tensor.name)' of shape \(shape) can't exist")
    }
    if value.count > 0, value.count <= ONNXLimitExceeded.elements,
      let constant = elements(type), constant.count == value.count
    {
      value.constant = constant
    } else if value.count == 0 {
      value.constant = type == .real ? .reals([]) : .integers([])
    }
    return value
  }

  /// The elements, wherever the writer put them; nil where there are none.
  private func elements(_ type: ElementType) -> Constant? {
    if !tensor.raw.isEmpty {
      return tensor.raw.count <= 8 * ONNXLimitExceeded.elements ? rawElements() : nil
    }
    if type == .real {
      if !tensor.doubles.isEmpty { return .reals(tensor.doubles) }
      if !tensor.reals.isEmpty { return .reals(tensor.reals.map { Double($0) }) }
      return nil
    }
    if !tensor.integers.isEmpty { return .integers(tensor.integers.map { Int($0) }) }
    if !tensor.narrowIntegers.isEmpty {
      return .integers(tensor.narrowIntegers.map { Int($0) })
    }
    return nil
  }

  /// The elements of `raw_data`: little endian, without gaps.
  private func rawElements() -> Constant? {
    switch tensor.elementType {
    case 1: .reals(words(UInt32.self).map { Double(Float(bitPattern: $0)) })
    case 11: .reals(words(UInt64.self).map { Double(bitPattern: $0) })
    case 16: .reals(words(UInt16.self).map { Double(Float(bitPattern: UInt32($0) << 16)) })
    case 2, 9: .integers(words(UInt8.self).map { Int($0) })
    case 3: .integers(words(UInt8.self).map { Int(Int8(bitPattern: $0)) })
    case 4: .integers(words(UInt16.self).map { Int($0) })
    case 5: .integers(words(UInt16.self).map { Int(Int16(bitPattern: $0)) })
    case 6: .integers(words(UInt32.self).map { Int(Int32(bitPattern: $0)) })
    case 12: .integers(words(UInt32.self).map { Int($0) })
    case 7, 13: .integers(words(UInt64.self).map { Int(Int64(bitPattern: $0)) })
    default: nil
    }
  }

  private func words<Word: FixedWidthInteger & UnsignedInteger>(_: Word.Type) -> [Word] {
    let size = MemoryLayout<Word>.size
    guard tensor.raw.count % size == 0 else { return [] }
    let bytes = Array(tensor.raw)
    return stride(from: 0, to: bytes.count, by: size).map { start in
      (0..<size).reduce(Word(0)) { $0 | Word(bytes[start + $1]) << Word(8 * $1) }
    }
  }
}
