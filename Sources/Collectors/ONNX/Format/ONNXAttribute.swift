package import SwiftProtobuf

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// `AttributeProto`: a named setting of a node.
package struct ONNXAttribute: ONNXMessage {
  package var name = ""
  package var real: Float?
  package var integer: Int64?
  package var string: Data?
  package var tensor: ONNXTensor?
  package var reals: [Float] = []
  package var integers: [Int64] = []
  package var unknownFields = UnknownStorage()

  /// Creates an empty attribute.
  package init() {}

  /// Creates an attribute that holds one integer.
  package init(_ name: String, _ integer: Int) {
    self.name = name
    self.integer = Int64(integer)
  }

  /// Creates an attribute that holds several integers.
  package init(_ name: String, _ integers: [Int]) {
    self.name = name
    self.integers = integers.map { Int64($0) }
  }

  /// Creates an attribute that holds a real number.
  package init(_ name: String, real: Float) {
    self.name = name
    self.real = real
  }

  /// Creates an attribute that holds several real numbers.
  package init(_ name: String, reals: [Float]) {
    self.name = name
    self.reals = reals
  }

  /// Creates an attribute that holds a text.
  package init(_ name: String, string: String) {
    self.name = name
    self.string = Data(string.utf8)
  }

  /// Creates an attribute that holds a tensor.
  package init(_ name: String, _ tensor: ONNXTensor) {
    self.name = name
    self.tensor = tensor
  }

  package static let protoMessageName = "onnx.AttributeProto"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1: try decoder.decodeSingularStringField(value: &name)
      case 2: try decoder.decodeSingularFloatField(value: &real)
      case 3: try decoder.decodeSingularInt64Field(value: &integer)
      case 4: try decoder.decodeSingularBytesField(value: &string)
      case 5: try decoder.decodeSingularMessageField(value: &tensor)
      case 7: try decoder.decodeRepeatedFloatField(value: &reals)
      case 8: try decoder.decodeRepeatedInt64Field(value: &integers)
      default: break
      }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    try visitor.visitSingularStringField(value: name, fieldNumber: 1)
    if let real { try visitor.visitSingularFloatField(value: real, fieldNumber: 2) }
    if let integer { try visitor.visitSingularInt64Field(value: integer, fieldNumber: 3) }
    if let string { try visitor.visitSingularBytesField(value: string, fieldNumber: 4) }
    if let tensor { try visitor.visitSingularMessageField(value: tensor, fieldNumber: 5) }
    if !reals.isEmpty { try visitor.visitRepeatedFloatField(value: reals, fieldNumber: 7) }
    if !integers.isEmpty { try visitor.visitRepeatedInt64Field(value: integers, fieldNumber: 8) }
    try unknownFields.traverse(visitor: &visitor)
  }
}
