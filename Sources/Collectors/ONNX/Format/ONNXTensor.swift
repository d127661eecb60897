package import SwiftProtobuf

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// `TensorProto`: the shape and type of a tensor, and its contents where it is small.
///
/// Writers put the dimensions first. The contents of a tensor of more than
/// `ONNXLimitExceeded.elements` elements are weights; they are skipped, not copied.
package struct ONNXTensor: ONNXMessage {
  package var dimensions: [Int64] = []
  package var elementType: Int32 = 0
  package var reals: [Float] = []
  package var narrowIntegers: [Int32] = []
  package var integers: [Int64] = []
  package var doubles: [Double] = []
  package var name = ""
  package var raw = Data()
  package var location: Int32 = 0
  package var unknownFields = UnknownStorage()

  /// Creates an empty tensor.
  package init() {}

  /// Creates a tensor of 64-bit integers.
  package init(_ name: String, shape: [Int], integers: [Int]) {
    self.name = name
    self.dimensions = shape.map { Int64($0) }
    self.elementType = 7
    self.integers = integers.map { Int64($0) }
  }

  /// Creates a tensor of 32-bit reals; one without contents stands for weights.
  package init(_ name: String, shape: [Int], reals: [Float] = []) {
    self.name = name
    self.dimensions = shape.map { Int64($0) }
    self.elementType = 1
    self.reals = reals
  }

  package static let protoMessageName = "onnx.TensorProto"

  /// Whether the contents are few enough to be read.
  private var isSmall: Bool {
    var count = 1
    for extent in dimensions where extent > 1 {
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(extent))
      if overflow || product > ONNXLimitExceeded.elements { return false }
      count = product
    }
    return true
  }

  package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1:
        try decoder.decodeRepeatedInt64Field(value: &dimensions)
        try ONNXLimitExceeded.check(
          dimensions.count, ONNXLimitExceeded.rank, "dimensions of one tensor")
      case 2: try decoder.decodeSingularInt32Field(value: &elementType)
      case 4 where isSmall: try decoder.decodeRepeatedFloatField(value: &reals)
      case 5 where isSmall: try decoder.decodeRepeatedInt32Field(value: &narrowIntegers)
      case 7 where isSmall: try decoder.decodeRepeatedInt64Field(value: &integers)
      case 8: try decoder.decodeSingularStringField(value: &name)
      case 9 where isSmall: try decoder.decodeSingularBytesField(value: &raw)
      case 10 where isSmall: try decoder.decodeRepeatedDoubleField(value: &doubles)
      case 14: try decoder.decodeSingularInt32Field(value: &location)
      default: break
      }
    }
  }

  package func traverse<V: Visitor>(visitor: inout V) throws {
    if !dimensions.isEmpty {
      try visitor.visitRepeatedInt64Field(value: dimensions, fieldNumber: 1)
    }
    try visitor.visitSingularInt32Field(value: elementType, fieldNumber: 2)
    if !reals.isEmpty { try visitor.visitPackedFloatField(value: reals, fieldNumber: 4) }
    if !narrowIntegers.isEmpty {
      try visitor.visitPackedInt32Field(value: narrowIntegers, fieldNumber: 5)
    }
    if !integers.isEmpty { try visitor.visitPackedInt64Field(value: integers, fieldNumber: 7) }
    if !name.isEmpty { try visitor.visitSingularStringField(value: name, fieldNumber: 8) }
    if !raw.isEmpty { try visitor.visitSingularBytesField(value: raw, fieldNumber: 9) }
    if !doubles.isEmpty { try visitor.visitPackedDoubleField(value: doubles, fieldNumber: 10) }
    if location != 0 { try visitor.visitSingularInt32Field(value: location, fieldNumber: 14) }
    try unknownFields.traverse(visitor: &visitor)
  }
}
