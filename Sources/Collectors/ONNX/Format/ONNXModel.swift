import Profiles
package import SwiftProtobuf

/// A message of the ONNX format, read field by field.
///
/// The messages are plain structs with the fields of `onnx.proto` beside them. What they don't list
/// is skipped on reading, above all the contents of large tensors.
package protocol ONNXMessage: Message, Equatable {}

extension ONNXMessage {
  /// Whether the other message has this type and the same fields.
  package func isEqualTo(message: any Message) -> Bool {
    (message as? Self) == self
  }
}

/// A limit on what a file may contain was passed.
struct ONNXLimitExceeded: Error {
  /// What there is too much of.
  let subject: String
  /// Which limit it is, of those that can be raised.
  var kind: InputLimits.Kind?

  /// The most dimensions of a tensor.
  static let rank = 32
  /// The most elements of a tensor whose contents are read: shapes, indices, scales.
  static let elements = 4_096

  static func check(_ count: Int, _ limit: Int, _ subject: String) throws {
    if count > limit { throw ONNXLimitExceeded(subject: "more than \(limit) \(subject)") }
  }

  static func check(_ count: Int, _ kind: InputLimits.Kind, _ subject: String) throws {
    if count > InputLimits.current[kind] {
      throw ONNXLimitExceeded(subject: "too many \(subject)", kind: kind)
    }
  }
}

/// `ModelProto`: a graph and the versions of the operators in it.
package struct ONNXModel: ONNXMessage {
  package var version: Int64 = 0
  package var graph: ONNXGraph?
  package var operatorSets: [ONNXOperatorSet] = []
  package var unknownFields = UnknownStorage()

  /// Creates an empty model.
  package init() {}

  /// Creates a model.
  package init(version: Int64, graph: ONNXGraph, operatorSets: [ONNXOperatorSet]) {
    self.version = version
    self.graph = graph
    self.operatorSets = operatorSets
  }

  /// Reads a model, skipping what the collector doesn't use.
  package init(
    decoding bytes: some SwiftProtobufContiguousBytes, file: String
  ) throws(CollectorError) {
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    do {
      try self.init(serializedBytes: bytes, options: options)
    } catch let excess as ONNXLimitExceeded {
      throw .tooLarge(
        file: file, place: "the graph",
        problem: excess.subject + (excess.kind.map { "; \(InputLimits.raise($0))" } ?? ""))
    } catch {
      if UTF16.begins(bytes.withUnsafeBytes { Array($0.prefix(64)) }) {
        throw .malformed(
          file: file,
          problem: "the file is a text in UTF-16, not an ONNX graph; is it another file?")
      }
      throw .malformed(
        file: file, problem: "not an ONNX file, or a damaged one (\(error)); export it again")
    }
  }

  /// Returns the model in the format's encoding.
  package func encoded() throws -> [UInt8] {
    try serializedBytes()
  }

  package static let protoMessageName = "onnx.ModelProto"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1: try decoder.decodeSingularInt64Field(value: &version)
      case 7: try decoder.decodeSingularMessageField(value: &graph)
      case 8:
        try decoder.decodeRepeatedMessageField(value: &operatorSets)
        try ONNXLimitExceeded.check(operatorSets.count, 1000, "operator sets")
      default: break
      }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    try visitor.visitSingularInt64Field(value: version, fieldNumber: 1)
    if let graph { try visitor.visitSingularMessageField(value: graph, fieldNumber: 7) }
    if !operatorSets.isEmpty {
      try visitor.visitRepeatedMessageField(value: operatorSets, fieldNumber: 8)
    }
    try unknownFields.traverse(visitor: &visitor)
  }
}

/// `OperatorSetIdProto`: the version of one domain's operators.
package struct ONNXOperatorSet: ONNXMessage {
  package var domain = ""
  package var version: Int64 = 0
  package var unknownFields = UnknownStorage()

  /// Creates an empty entry.
  package init() {}

  /// Creates an entry.
  package init(domain: String, version: Int64) {
    self.domain = domain
    self.version = version
  }

  package static let protoMessageName = "onnx.OperatorSetIdProto"

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1: try decoder.decodeSingularStringField(value: &domain)
      case 2: try decoder.decodeSingularInt64Field(value: &version)
      default: break
      }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    if !domain.isEmpty { try visitor.visitSingularStringField(value: domain, fieldNumber: 1) }
    try visitor.visitSingularInt64Field(value: version, fieldNumber: 2)
    try unknownFields.traverse(visitor: &visitor)
  }
}
