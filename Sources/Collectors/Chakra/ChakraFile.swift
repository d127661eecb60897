import Profiles
import SwiftProtobuf

/// The nodes of a Chakra trace.
struct ChakraFile {
  private(set) var nodes: [ChakraNode] = []

  /// Reads a file: messages, each after its length; the first describes the file.
  init(_ source: SourceFile) throws(CollectorError) {
    let bytes = source.bytes
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    options.messageDepthLimit = 8
    var position = 0
    var isFirst = true
    let most = InputLimits.current[.chakraNodes]
    while position < bytes.count {
      let start = position
      guard let length = ChakraFile.length(bytes, &position), length <= bytes.count - position
      else {
        throw .malformed(
          file: source.name,
          problem: "byte \(start): a message's length leads beyond the end; is this a complete "
            + "Chakra trace?")
      }
      let end = position + length
      defer { position = end }
      if isFirst {
        isFirst = false
        continue
      }
      guard nodes.count < most else {
        throw .tooLarge(
          file: source.name, place: "byte \(start)",
          problem: "too many nodes; \(InputLimits.raise(.chakraNodes))")
      }
      do {
        nodes.append(
          try ChakraNode(serializedBytes: Array(bytes[position..<end]), options: options))
      } catch {
        throw .malformed(
          file: source.name,
          problem:
            "byte \(start): node \(nodes.count) is damaged (\(error)); is this a Chakra trace?")
      }
    }
    guard !nodes.isEmpty else {
      throw .malformed(file: source.name, problem: "it holds no nodes; is this a Chakra trace?")
    }
  }

  /// Reads a varint that fits an `Int`.
  private static func length(_ bytes: [UInt8], _ position: inout Int) -> Int? {
    var value = 0
    for shift in stride(from: 0, to: 56, by: 7) {
      guard position < bytes.count else { return nil }
      let byte = bytes[position]
      position += 1
      value |= Int(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}

extension ChakraNode {
  /// The types of nodes.
  enum Work {
    case computation
    case communication
    case memory
    case other
  }

  /// What the node does.
  var work: Work {
    switch type {
    case 4: .computation
    case 5, 6, 7: .communication
    case 2, 3: .memory
    default: .other
    }
  }

  /// Whether the node runs on the device; that of traces which don't tell does.
  var isOnDevice: Bool { integer("is_cpu_op") ?? 0 == 0 }

  /// Returns a numeric attribute.
  func integer(_ name: String) -> Int64? {
    attributes.first { $0.name == name }?.integer
  }
}
