import Profiles
package import SwiftProtobuf

/// `GraphProto`: nodes in topological order, and the values that enter and leave.
package struct ONNXGraph: ONNXMessage {
  package var nodes: [ONNXNode] = []
  package var name = ""
  package var initializers: [ONNXTensor] = []
  package var inputs: [ONNXValueInfo] = []
  package var outputs: [ONNXValueInfo] = []
  package var values: [ONNXValueInfo] = []
  package var unknownFields = UnknownStorage()

  /// Creates an empty graph.
  package init() {}

  package static let protoMessageName = "onnx.GraphProto"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1:
        try decoder.decodeRepeatedMessageField(value: &nodes)
        try ONNXLimitExceeded.check(nodes.count, .graphNodes, "nodes")
      case 2: try decoder.decodeSingularStringField(value: &name)
      case 5:
        try decoder.decodeRepeatedMessageField(value: &initializers)
        try ONNXLimitExceeded.check(initializers.count, .graphNodes, "initialisers")
      case 11:
        try decoder.decodeRepeatedMessageField(value: &inputs)
        try ONNXLimitExceeded.check(inputs.count, .graphNodes, "inputs")
      case 12:
        try decoder.decodeRepeatedMessageField(value: &outputs)
        try ONNXLimitExceeded.check(outputs.count, .graphNodes, "outputs")
      case 13:
        try decoder.decodeRepeatedMessageField(value: &values)
        try ONNXLimitExceeded.check(values.count / 4, .graphNodes, "values")
      default: break
      }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    if !nodes.isEmpty { try visitor.visitRepeatedMessageField(value: nodes, fieldNumber: 1) }
    if !name.isEmpty { try visitor.visitSingularStringField(value: name, fieldNumber: 2) }
    if !initializers.isEmpty {
      try visitor.visitRepeatedMessageField(value: initializers, fieldNumber: 5)
    }
    if !inputs.isEmpty { try visitor.visitRepeatedMessageField(value: inputs, fieldNumber: 11) }
    if !outputs.isEmpty { try visitor.visitRepeatedMessageField(value: outputs, fieldNumber: 12) }
    if !values.isEmpty { try visitor.visitRepeatedMessageField(value: values, fieldNumber: 13) }
    try unknownFields.traverse(visitor: &visitor)
  }
}

/// `NodeProto`: one operator with the names of its operands.
package struct ONNXNode: ONNXMessage {
  package var inputs: [String] = []
  package var outputs: [String] = []
  package var name = ""
  package var type = ""
  package var domain = ""
  package var attributes: [ONNXAttribute] = []
  package var unknownFields = UnknownStorage()

  /// Creates an empty node.
  package init() {}

  /// Creates a node.
  package init(
    _ type: String, _ inputs: [String], _ outputs: [String], name: String = "",
    domain: String = "", attributes: [ONNXAttribute] = []
  ) {
    self.type = type
    self.inputs = inputs
    self.outputs = outputs
    self.name = name
    self.domain = domain
    self.attributes = attributes
  }

  package static let protoMessageName = "onnx.NodeProto"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1:
        try decoder.decodeRepeatedStringField(value: &inputs)
        try ONNXLimitExceeded.check(inputs.count, .operands, "inputs of one node")
      case 2:
        try decoder.decodeRepeatedStringField(value: &outputs)
        try ONNXLimitExceeded.check(outputs.count, .operands, "outputs of one node")
      case 3: try decoder.decodeSingularStringField(value: &name)
      case 4: try decoder.decodeSingularStringField(value: &type)
      case 5:
        try decoder.decodeRepeatedMessageField(value: &attributes)
        try ONNXLimitExceeded.check(
          attributes.count, .operands, "attributes of one node")
      case 7: try decoder.decodeSingularStringField(value: &domain)
      default: break
      }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    if !inputs.isEmpty { try visitor.visitRepeatedStringField(value: inputs, fieldNumber: 1) }
    if !outputs.isEmpty { try visitor.visitRepeatedStringField(value: outputs, fieldNumber: 2) }
    if !name.isEmpty { try visitor.visitSingularStringField(value: name, fieldNumber: 3) }
    try visitor.visitSingularStringField(value: type, fieldNumber: 4)
    if !attributes.isEmpty {
      try visitor.visitRepeatedMessageField(value: attributes, fieldNumber: 5)
    }
    if !domain.isEmpty { try visitor.visitSingularStringField(value: domain, fieldNumber: 7) }
    try unknownFields.traverse(visitor: &visitor)
  }
}
