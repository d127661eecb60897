/// The shapes and types of an operator's inputs while they are read: the two stand in separate lists.
struct InputShapes {
  /// How many inputs of one operator are looked at.
  static let maximumInputs = 1 << 16

  /// The shapes of each input: one for a tensor, several for a list of tensors.
  private var shapes: [[[Int]]] = []
  private var types: [String] = []

  mutating func readDimensions(_ pull: inout JSONPull) throws(JSONPull.Failure) {
    guard pull.kind() == .array else { return try pull.skip() }
    shapes.removeAll(keepingCapacity: true)
    try pull.openArray()
    while try pull.nextElement() {
      guard pull.kind() == .array, shapes.count < InputShapes.maximumInputs else {
        try pull.skip()
        shapes.append([])
        continue
      }
      shapes.append(try shapesOfOne(&pull))
    }
  }

  /// `[2, 3]` is one shape, `[[2, 3], [4]]` are two.
  private func shapesOfOne(_ pull: inout JSONPull) throws(JSONPull.Failure) -> [[Int]] {
    var own: [Int] = []
    var nested: [[Int]] = []
    try pull.openArray()
    while try pull.nextElement() {
      if pull.kind() == .array {
        nested.append(try extents(&pull))
      } else if let extent = try pull.optionalInteger(), extent >= 0 {
        own.append(extent)
      }
    }
    return own.isEmpty ? nested : [own]
  }

  private func extents(_ pull: inout JSONPull) throws(JSONPull.Failure) -> [Int] {
    var extents: [Int] = []
    try pull.openArray()
    while try pull.nextElement() {
      if let extent = try pull.optionalInteger(), extent >= 0 { extents.append(extent) }
    }
    return extents
  }

  mutating func readTypes(_ pull: inout JSONPull) throws(JSONPull.Failure) {
    guard pull.kind() == .array else { return try pull.skip() }
    types.removeAll(keepingCapacity: true)
    try pull.openArray()
    while try pull.nextElement() {
      types.append(try pull.optionalText()?.string ?? "")
    }
  }

  /// The inputs that are tensors of a known type, numbers left out; nil if one can't be counted.
  ///
  /// Lists of tensors carry no type: 4 bytes an element are supposed.
  var inputs: [TracedInput]? {
    var inputs: [TracedInput] = []
    for (position, list) in shapes.enumerated() where !list.isEmpty {
      let type = position < types.count ? types[position] : ""
      let size: Int
      if type == "TensorList" || type.hasPrefix("GenericList[Tensor") {
        size = 4
      } else if let known = TracedType.bytes(type) {
        size = known
      } else {
        continue
      }
      for shape in list where !shape.isEmpty {
        var bytes = size
        for extent in shape {
          let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
          if overflow { return nil }
          bytes = product
        }
        if bytes > 0 { inputs.append(TracedInput(shape: shape, bytes: bytes)) }
      }
    }
    return inputs
  }
}
