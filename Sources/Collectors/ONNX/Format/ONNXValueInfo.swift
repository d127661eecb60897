package import SwiftProtobuf

/// `ValueInfoProto`: the name and type of a value.
package struct ONNXValueInfo: ONNXMessage {
  package var name = ""
  package var type: ONNXType?
  package var unknownFields = UnknownStorage()

  /// Creates an empty record.
  package init() {}

  /// Creates a record of a tensor; `elementType` 1 is `float`, 7 is `int64`.
  package init(_ name: String, _ dimensions: [ONNXDimension], elementType: Int32 = 1) {
    self.name = name
    var type = ONNXType()
    type.tensor = ONNXTensorType()
    type.tensor?.elementType = elementType
    type.tensor?.shape = ONNXShape()
    type.tensor?.shape?.dimensions = dimensions
    self.type = type
  }

  package static let protoMessageName = "onnx.ValueInfoProto"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1: try decoder.decodeSingularStringField(value: &name)
      case 2: try decoder.decodeSingularMessageField(value: &type)
      default: break
      }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    try visitor.visitSingularStringField(value: name, fieldNumber: 1)
    if let type { try visitor.visitSingularMessageField(value: type, fieldNumber: 2) }
    try unknownFields.traverse(visitor: &visitor)
  }
}

/// `TypeProto`, of which the collector reads tensors only.
package struct ONNXType: ONNXMessage {
  package var tensor: ONNXTensorType?
  package var unknownFields = UnknownStorage()

  /// Creates an empty type.
  package init() {}

  package static let protoMessageName = "onnx.TypeProto"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      if field == 1 { try decoder.decodeSingularMessageField(value: &tensor) }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    if let tensor { try visitor.visitSingularMessageField(value: tensor, fieldNumber: 1) }
    try unknownFields.traverse(visitor: &visitor)
  }
}

/// `TypeProto.Tensor`: an element type and a shape.
package struct ONNXTensorType: ONNXMessage {
  package var elementType: Int32 = 0
  package var shape: ONNXShape?
  package var unknownFields = UnknownStorage()

  /// Creates an empty type.
  package init() {}

  package static let protoMessageName = "onnx.TypeProto.Tensor"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1: try decoder.decodeSingularInt32Field(value: &elementType)
      case 2: try decoder.decodeSingularMessageField(value: &shape)
      default: break
      }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    try visitor.visitSingularInt32Field(value: elementType, fieldNumber: 1)
    if let shape { try visitor.visitSingularMessageField(value: shape, fieldNumber: 2) }
    try unknownFields.traverse(visitor: &visitor)
  }
}

/// `TensorShapeProto`: the extents of a tensor.
package struct ONNXShape: ONNXMessage {
  package var dimensions: [ONNXDimension] = []
  package var unknownFields = UnknownStorage()

  /// Creates the shape of a scalar.
  package init() {}

  package static let protoMessageName = "onnx.TensorShapeProto"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      if field == 1 { try decoder.decodeRepeatedMessageField(value: &dimensions) }
      try ONNXLimitExceeded.check(
        dimensions.count, ONNXLimitExceeded.rank, "dimensions of one tensor")
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    if !dimensions.isEmpty {
      try visitor.visitRepeatedMessageField(value: dimensions, fieldNumber: 1)
    }
    try unknownFields.traverse(visitor: &visitor)
  }
}

/// `TensorShapeProto.Dimension`: an extent, the name of one, or neither.
package struct ONNXDimension: ONNXMessage {
  package var extent: Int64?
  package var symbol = ""
  package var unknownFields = UnknownStorage()

  /// Creates an unknown extent.
  package init() {}

  /// Creates a known extent.
  package init(_ extent: Int) {
    self.extent = Int64(extent)
  }

  /// Creates a named extent.
  package init(symbol: String) {
    self.symbol = symbol
  }

  package static let protoMessageName = "onnx.TensorShapeProto.Dimension"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1: try decoder.decodeSingularInt64Field(value: &extent)
      case 2: try decoder.decodeSingularStringField(value: &symbol)
      default: break
      }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    if let extent { try visitor.visitSingularInt64Field(value: extent, fieldNumber: 1) }
    if !symbol.isEmpty { try visitor.visitSingularStringField(value: symbol, fieldNumber: 2) }
    try unknownFields.traverse(visitor: &visitor)
  }
}
