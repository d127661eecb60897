internal import CKernels

/// How the kernels run.
public enum KernelLevel: String, Sendable, Hashable, CaseIterable {
  /// Without instructions of one processor, and without branches that depend on data.
  case portable
  /// With AVX2.
  case avx2

  /// The fastest level of this machine.
  public static let best: KernelLevel = kernels_best_level() == KERNELS_AVX2 ? .avx2 : .portable

  /// The levels of this machine.
  public static let available = best == .avx2 ? allCases : [.portable]

  var code: Int32 { self == .avx2 ? Int32(KERNELS_AVX2) : Int32(KERNELS_PORTABLE) }
}

/// A plain copy, to compare codecs with.
public enum PlainCopy {
  /// Copies the source to the start of the target.
  public static func run(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) {
    precondition(target.count >= source.count, "the target is smaller than the source")
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    kernels_copy(from, source.count, to)
  }
}
