internal import CKernels

/// How many elements of a tensor are zero, and how they follow each other.
public struct SparsityCount: Sendable, Hashable {
  /// The elements.
  public let elements: Int
  /// The bytes of an element.
  public let elementBytes: Int
  /// The elements of which any bit is set.
  public let nonzeros: Int
  /// The neighbours of which one is zero and the other isn't.
  public let transitions: Int
  /// The runs of zeros with the non-zeros after them, in blocks of 32768 elements.
  public let runPairs: Int

  /// The sizes of elements, in bytes, that can be counted.
  public static let elementSizes = [1, 2, 4, 8]

  /// Counts in one pass over a buffer.
  ///
  /// - Throws: `CodecError.unsupported` if the buffer doesn't hold whole elements.
  public init(
    counting bytes: UnsafeRawBufferPointer, elementBytes: Int, level: KernelLevel = .best
  ) throws(CodecError) {
    guard SparsityCount.elementSizes.contains(elementBytes) else {
      throw .unsupported("elements of \(elementBytes) bytes are not of 1, 2, 4 or 8")
    }
    guard bytes.count % elementBytes == 0 else {
      throw .unsupported("\(bytes.count) bytes are not whole elements of \(elementBytes)")
    }
    var counts = kernels_counts()
    if let start = bytes.baseAddress {
      try CodecError.check(
        kernels_probe(
          level.code, Int32(elementBytes), start, bytes.count / elementBytes, &counts))
    }
    elements = bytes.count / elementBytes
    self.elementBytes = elementBytes
    nonzeros = Int(counts.nonzeros)
    transitions = Int(counts.transitions)
    runPairs = Int(counts.tokens)
  }

  /// The share of elements that are not zero; 1 where there are none, so that nobody hopes for zeros.
  public var density: Double { elements == 0 ? 1 : Double(nonzeros) / Double(elements) }

  /// The mean length of a run of zeros and the run of non-zeros after it, in elements:
  /// `2·n / (transitions + 1)`.
  public var cycle: Double { 2 * Double(elements) / Double(transitions + 1) }
}
