extension Tensor {
  /// The bytes of an element: those of the element type, else those that the shape leaves; nil where
  /// neither tells.
  public var elementBytes: Int? {
    if let dtype, let size = Tensor.elementSizes[dtype.lowercased()] { return size }
    guard let shape else { return nil }
    var elements = 1
    for extent in shape {
      let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      elements = product
    }
    guard elements > 0, bytes % elements == 0, [1, 2, 4, 8].contains(bytes / elements) else {
      return nil
    }
    return bytes / elements
  }

  private static let elementSizes = [
    "bool": 1, "int8": 1, "uint8": 1, "float8_e4m3fn": 1, "float8_e5m2": 1, "float8": 1,
    "float16": 2, "half": 2, "bfloat16": 2, "int16": 2, "uint16": 2, "float32": 4, "float": 4,
    "int32": 4, "uint32": 4, "float64": 8, "double": 8, "int64": 8, "uint64": 8, "complex64": 8,
  ]
}
