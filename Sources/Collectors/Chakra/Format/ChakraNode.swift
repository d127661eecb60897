package import SwiftProtobuf

/// A message of Chakra's format, read field by field; what the structs don't list is skipped.
package protocol ChakraMessage: Message, Equatable {}

extension ChakraMessage {
  /// Whether the other message has this type and the same fields.
  package func isEqualTo(message: any Message) -> Bool {
    (message as? Self) == self
  }
}

/// `Node`: an operator on the host, a kernel, or a collective.
package struct ChakraNode: ChakraMessage {
  package var id: UInt64 = 0
  package var name = ""
  package var type: Int32 = 0
  package var controlDependencies: [UInt64] = []
  package var dataDependencies: [UInt64] = []
  package var startMicroseconds: UInt64 = 0
  package var durationMicroseconds: UInt64 = 0
  package var inputs: ChakraValues?
  package var outputs: ChakraValues?
  package var attributes: [ChakraAttribute] = []
  package var unknownFields = UnknownStorage()

  /// Creates an empty node.
  package init() {}

  /// Returns the node in the format's encoding.
  package func encoded() throws -> [UInt8] {
    try serializedBytes()
  }

  package static let protoMessageName = "ChakraProtoMsg.Node"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1: try decoder.decodeSingularUInt64Field(value: &id)
      case 2: try decoder.decodeSingularStringField(value: &name)
      case 3: try decoder.decodeSingularInt32Field(value: &type)
      case 4: try decoder.decodeRepeatedUInt64Field(value: &controlDependencies)
      case 5: try decoder.decodeRepeatedUInt64Field(value: &dataDependencies)
      case 6: try decoder.decodeSingularUInt64Field(value: &startMicroseconds)
      case 7: try decoder.decodeSingularUInt64Field(value: &durationMicroseconds)
      case 8: try decoder.decodeSingularMessageField(value: &inputs)
      case 9: try decoder.decodeSingularMessageField(value: &outputs)
      case 10: try decoder.decodeRepeatedMessageField(value: &attributes)
      default: break
      }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    if id != 0 { try visitor.visitSingularUInt64Field(value: id, fieldNumber: 1) }
    if !name.isEmpty { try visitor.visitSingularStringField(value: name, fieldNumber: 2) }
    if type != 0 { try visitor.visitSingularInt32Field(value: type, fieldNumber: 3) }
    if !controlDependencies.isEmpty {
      try visitor.visitPackedUInt64Field(value: controlDependencies, fieldNumber: 4)
    }
    if !dataDependencies.isEmpty {
      try visitor.visitPackedUInt64Field(value: dataDependencies, fieldNumber: 5)
    }
    if startMicroseconds != 0 {
      try visitor.visitSingularUInt64Field(value: startMicroseconds, fieldNumber: 6)
    }
    if durationMicroseconds != 0 {
      try visitor.visitSingularUInt64Field(value: durationMicroseconds, fieldNumber: 7)
    }
    if let inputs { try visitor.visitSingularMessageField(value: inputs, fieldNumber: 8) }
    if let outputs { try visitor.visitSingularMessageField(value: outputs, fieldNumber: 9) }
    if !attributes.isEmpty {
      try visitor.visitRepeatedMessageField(value: attributes, fieldNumber: 10)
    }
    try unknownFields.traverse(visitor: &visitor)
  }
}
