internal import CKernels

/// A way to make a tensor smaller without losing a bit.
///
/// An element is zero where all its bits are: −0.0 and NaN count as non-zero and come back as they were.
public enum Codec: String, Sendable, Hashable, CaseIterable {
  /// A bit for each element, then the non-zero elements (cDMA, HPCA 2018).
  case zeroValue = "zvc"
  /// Compressed sparse rows: positions of 16 bits in blocks of 65536 elements, and the elements there.
  case sparseRows = "csr16"
  /// Lengths of the runs of zeros and of the rest, 16 bits each, in blocks of 32768 elements, and the
  /// rest.
  case runLength = "rle"
  /// The block format of LZ4.
  case lz4
  /// Zstandard at its first level.
  case zstd

  /// The sizes of elements, in bytes, that codecs know.
  public static let elementSizes = [2, 4]

  // MARK: Sizes

  /// Returns the most bytes that encoding can take, and that its target has to hold.
  ///
  /// - Throws: `CodecError.unsupported` for a size that the codec doesn't take.
  public func worstBytes(elements: Int, elementBytes: Int) throws(CodecError) -> Int {
    let bytes = try rawBytes(elements, elementBytes)
    let worst: Int
    switch self {
    case .zeroValue: worst = kernels_zvc_worst(Int32(elementBytes), elements)
    case .sparseRows: worst = kernels_csr_worst(Int32(elementBytes), elements)
    case .runLength: worst = kernels_rle_worst(Int32(elementBytes), elements)
    case .lz4: worst = try LZ4.worstBytes(bytes)
    case .zstd: worst = try Zstandard.worstBytes(bytes)
    }
    return worst
  }

  /// Returns the bytes that encoding takes, as its formula has them; nil for LZ4 and Zstandard, whose
  /// size depends on more than zeros.
  ///
  /// - `zvc`: `⌈n / 8⌉ + z·e`
  /// - `csr16`: `4·⌈n / 65536⌉ + z·(2 + e)`
  /// - `rle`: `4·t + z·e`
  ///
  /// with `n` elements of `e` bytes, `z` of them not zero, in `t` pairs of runs.
  public func encodedBytes(of count: SparsityCount) -> Int? {
    let values = count.nonzeros * count.elementBytes
    switch self {
    case .zeroValue: return (count.elements + 7) / 8 + values
    case .sparseRows: return 4 * ((count.elements + 65535) / 65536) + 2 * count.nonzeros + values
    case .runLength: return 4 * count.runPairs + values
    case .lz4, .zstd: return nil
    }
  }

  /// Returns the memory that encoding or decoding takes besides source and target, in bytes.
  public func workspaceBytes(elements: Int, elementBytes: Int) throws(CodecError) -> Int {
    let bytes = try rawBytes(elements, elementBytes)
    switch self {
    case .zeroValue: return 0
    case .sparseRows: return 65536 / 8
    case .runLength: return 32768 / 8
    case .lz4: return LZ4.workspaceBytes
    case .zstd: return try Zstandard.workspaceBytes(bytes)
    }
  }

  // MARK: Encoding

  /// Encodes the elements of a buffer.
  ///
  /// - Parameters:
  ///   - elementBytes: 2 or 4.
  ///   - source: What is encoded.
  ///   - target: Has room for `worstBytes`, and overlaps the source nowhere.
  ///   - level: How the codec's own kernels run; LZ4 and Zstandard choose for themselves.
  /// - Returns: The bytes used, from the start of the target.
  public func encode(
    _ source: UnsafeRawBufferPointer, elementBytes: Int, into target: UnsafeMutableRawBufferPointer,
    level: KernelLevel = .best
  ) throws(CodecError) -> Int {
    let elements = try elements(of: source.count, elementBytes)
    let worst = try worstBytes(elements: elements, elementBytes: elementBytes)
    guard target.count >= worst else { throw .targetTooSmall(bytes: target.count, needed: worst) }
    guard let from = source.baseAddress, let to = target.baseAddress, elements > 0 else { return 0 }
    let kernel:
      (Int32, Int32, UnsafeRawPointer?, Int, UnsafeMutableRawPointer?, Int) ->
        Int
    switch self {
    case .zeroValue: kernel = kernels_zvc_encode
    case .sparseRows: kernel = kernels_csr_encode
    case .runLength: kernel = kernels_rle_encode
    case .lz4: return try LZ4.encode(source, into: target)
    case .zstd: return try Zstandard.encode(source, into: target)
    }
    let used = kernel(level.code, Int32(elementBytes), from, elements, to, target.count)
    guard used > 0 else { throw .unsupported("the level \(level) isn't one of this machine") }
    return used
  }

  /// Decodes into a buffer of exactly the size that the elements had.
  ///
  /// The encoded bytes may be anything: what they ask for is checked before it is done.
  ///
  /// - Throws: `CodecError.damaged` if they are not what encoding leaves; the target holds anything then.
  public func decode(
    _ source: UnsafeRawBufferPointer, elementBytes: Int, into target: UnsafeMutableRawBufferPointer,
    level: KernelLevel = .best
  ) throws(CodecError) {
    let elements = try elements(of: target.count, elementBytes)
    guard let to = target.baseAddress, elements > 0 else {
      guard source.isEmpty else { throw .damaged(.tooLong) }
      return
    }
    guard let from = source.baseAddress else { throw .damaged(.tooShort) }
    let kernel:
      (Int32, Int32, UnsafeRawPointer?, Int, UnsafeMutableRawPointer?, Int) ->
        Int32
    switch self {
    case .zeroValue: kernel = kernels_zvc_decode
    case .sparseRows: kernel = kernels_csr_decode
    case .runLength: kernel = kernels_rle_decode
    case .lz4: return try LZ4.decode(source, into: target)
    case .zstd: return try Zstandard.decode(source, into: target)
    }
    let answer = kernel(level.code, Int32(elementBytes), from, source.count, to, elements)
    try CodecError.check(answer)
  }

  // MARK: Checks

  private func rawBytes(_ elements: Int, _ elementBytes: Int) throws(CodecError) -> Int {
    guard Codec.elementSizes.contains(elementBytes) else {
      throw .unsupported("elements of \(elementBytes) bytes are not of 2 or 4")
    }
    guard (0...Codec.maximumElements).contains(elements) else {
      throw .unsupported("\(elements) elements are not from 0 to \(Codec.maximumElements)")
    }
    return elements * elementBytes
  }

  private func elements(of bytes: Int, _ elementBytes: Int) throws(CodecError) -> Int {
    guard elementBytes > 0, bytes % elementBytes == 0 else {
      throw .unsupported("\(bytes) bytes are not whole elements of \(elementBytes)")
    }
    _ = try rawBytes(bytes / elementBytes, elementBytes)
    return bytes / elementBytes
  }

  /// The most elements that are encoded at once: 2⁴⁰.
  private static let maximumElements = 1 << 40
}
