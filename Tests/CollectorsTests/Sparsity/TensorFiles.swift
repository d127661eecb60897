import Collectors
import Foundation

/// Small files of recorded tensors.
enum TensorFiles {
  /// 0 0 1 2 0 0 0 3 as float32.
  static let values: [Float] = [0, 0, 1, 2, 0, 0, 0, 3]

  /// The bytes of numbers as the processor has them.
  static func bytes(of values: [Float]) -> [UInt8] {
    values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
  }

  /// A file as `numpy.save` writes it.
  static func npy(
    _ header: String = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }",
    version: UInt8 = 1, _ elements: [UInt8] = bytes(of: values)
  ) -> [UInt8] {
    let text = Array(header.utf8) + [10]
    var length = [
      UInt8(truncatingIfNeeded: text.count), UInt8(truncatingIfNeeded: text.count >> 8),
    ]
    if version > 1 { length += [0, 0] }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + elements
  }

  /// A file as `safetensors` writes it.
  static func safetensors(_ header: String, _ elements: [UInt8] = bytes(of: values)) -> [UInt8] {
    let text = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + elements
  }

  /// An archive of `act.npy` (float32, 2 × 4: 0 0 1 2 0 0 0 3) and `b.npy` (float16: 0 0 0 1), written by
  /// Python's zipfile as `numpy.savez_compressed` does.
  static let deflated = decoded(
    """
    UEsDBC0AAAAIAAAAIQAgA9r+//////////8HABQAYWN0Lm5weQEAEACgAAAAAAAAAFIAAAAAAAAAm+wX6hsQychQxl\
    CtnpJanFykbqWgbpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKJpo6CrUKZAMuBjhosAcSDgwo\
    wMEBAFBLAwQtAAAACAAAACEAI6We5P//////////BQAUAGIubnB5AQAQAIgAAAAAAAAASAAAAAAAAACb7BfqGxDJyF\
    DGUK2eklqcXKRupaBuk2akrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RomOpo6CrUKFAAuBgiwAQBQSwEC\
    LQMtAAAACAAAACEAIAPa/lIAAACgAAAABwAAAAAAAAAAAAAAgAEAAAAAYWN0Lm5weVBLAQItAy0AAAAIAAAAIQAjpZ\
    7kSAAAAIgAAAAFAAAAAAAAAAAAAACAAYsAAABiLm5weVBLBQYAAAAAAgACAGgAAAAKAQAAAAA=
    """)

  /// The same as `numpy.savez` writes it, not compressed.
  static let stored = decoded(
    """
    UEsDBC0AAAAAAAAAIQAgA9r+//////////8HABQAYWN0Lm5weQEAEACgAAAAAAAAAKAAAAAAAAAAk05VTVBZAQB2AH\
    snZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDQpLCB9ICAgICAgICAg\
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAgD8AAABAAA\
    AAAAAAAAAAAAAAAABAQFBLAwQtAAAAAAAAACEAI6We5P//////////BQAUAGIubnB5AQAQAIgAAAAAAAAAiAAAAAAA\
    AACTTlVNUFkBAHYAeydkZXNjcic6ICc8ZjInLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoNCwpLC\
    B9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgAAAAAA\
    AAA8UEsBAi0DLQAAAAAAAAAhACAD2v6gAAAAoAAAAAcAAAAAAAAAAAAAAIABAAAAAGFjdC5ucHlQSwECLQMtAAAAAA\
    AAACEAI6We5IgAAACIAAAABQAAAAAAAAAAAAAAgAHZAAAAYi5ucHlQSwUGAAAAAAIAAgBoAAAAmAEAAAAA
    """)

  private static func decoded(_ text: String) -> [UInt8] {
    Array(Data(base64Encoded: text) ?? Data())
  }

  static func source(_ name: String, _ bytes: [UInt8]) -> SourceFile {
    SourceFile(name: name, bytes: bytes)
  }
}
