package import SwiftProtobuf

/// `AttributeProto`: a named property of a node.
package struct ChakraAttribute: ChakraMessage {
  package var name = ""
  /// The value, if it is a whole number or a truth value.
  package var integer: Int64?
  /// The value, if it is a text.
  package var text: String?
  package var unknownFields = UnknownStorage()

  /// Creates an empty attribute.
  package init() {}

  /// Creates an attribute that holds a number.
  package init(_ name: String, _ integer: Int64) {
    self.name = name
    self.integer = integer
  }

  package static let protoMessageName = "ChakraProtoMsg.AttributeProto"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1: try decoder.decodeSingularStringField(value: &name)
      // The bits of a number below 2⁶³ and of a truth value are the same in all these types.
      case 7, 9, 11, 13, 27: try decoder.decodeSingularInt64Field(value: &integer)
      case 29: try decoder.decodeSingularStringField(value: &text)
      default: break
      }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    if !name.isEmpty { try visitor.visitSingularStringField(value: name, fieldNumber: 1) }
    if let integer { try visitor.visitSingularInt64Field(value: integer, fieldNumber: 9) }
    if let text { try visitor.visitSingularStringField(value: text, fieldNumber: 29) }
    try unknownFields.traverse(visitor: &visitor)
  }
}

/// `IOInfo`: the inputs or outputs of a node, written as Python shows them.
package struct ChakraValues: ChakraMessage {
  package var values = ""
  package var unknownFields = UnknownStorage()

  /// Creates empty values.
  package init() {}

  /// Creates values from the text of a Python list.
  package init(_ values: String) {
    self.values = values
  }

  package static let protoMessageName = "ChakraProtoMsg.IOInfo"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      if field == 1 { try decoder.decodeSingularStringField(value: &values) }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    if !values.isEmpty { try visitor.visitSingularStringField(value: values, fieldNumber: 1) }
    try unknownFields.traverse(visitor: &visitor)
  }
}
