internal import CKernels

/// Why something can't be encoded or decoded.
public enum CodecError: Error, Sendable, Hashable {
  /// What is wrong with encoded bytes.
  public enum Damage: String, Sendable, Hashable {
    case tooShort = "they end too early"
    case tooLong = "they go on after the end"
    case mask = "a bit is set after the last element"
    case count = "a block has more values than elements"
    case position = "a position lies outside of its block or doesn't ascend"
    case run = "a run is empty or leaves its block"
    case library = "the library refuses them"
  }

  /// A size, a number of elements or a level that the codec doesn't take.
  case unsupported(String)
  /// The target of encoding has fewer bytes than encoding may take.
  case targetTooSmall(bytes: Int, needed: Int)
  /// The encoded bytes are not what encoding leaves for that many elements.
  case damaged(Damage)
  /// The library ran out of memory or failed otherwise.
  case failed(String)

  /// Throws what an answer of the kernels means.
  static func check(_ answer: Int32) throws(CodecError) {
    switch Int(answer) {
    case Int(KERNELS_OK): return
    case Int(KERNELS_TOO_SHORT): throw .damaged(.tooShort)
    case Int(KERNELS_TOO_LONG): throw .damaged(.tooLong)
    case Int(KERNELS_BAD_MASK): throw .damaged(.mask)
    case Int(KERNELS_BAD_COUNT): throw .damaged(.count)
    case Int(KERNELS_BAD_INDEX): throw .damaged(.position)
    case Int(KERNELS_BAD_RUN): throw .damaged(.run)
    case Int(KERNELS_BAD_USE): throw .unsupported("the size or level isn't one of this machine")
    default: throw .failed("the kernels answered \(answer)")
    }
  }
}

extension CodecError: CustomStringConvertible {
  /// The error on one line, with a remedy.
  public var description: String {
    switch self {
    case .unsupported(let problem): "\(problem); give another size"
    case .targetTooSmall(let bytes, let needed):
      "the target has \(bytes) bytes, encoding may take \(needed); make it larger"
    case .damaged(let damage):
      "the encoded bytes are damaged: \(damage.rawValue); encode the tensor again"
    case .failed(let problem): "\(problem); free some memory and try again"
    }
  }
}
