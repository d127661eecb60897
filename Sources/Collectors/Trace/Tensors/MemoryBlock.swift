/// A stretch of device memory of one step, from its allocation to its release.
///
/// Operators are positions in the step.
struct MemoryBlock {
  var bytes: Int
  /// The operator that allocates it; nil if it was there before the step.
  var allocatedBy: Int?
  /// The operator in or after which it is freed; nil if the step leaves it.
  var freedBy: Int?

  /// Whether only one operator ever sees it.
  var isTemporary: Bool { allocatedBy != nil && allocatedBy == freedBy }

  /// Whether it is there when an operator starts.
  func isAvailable(to operation: Int) -> Bool {
    (allocatedBy ?? -1) < operation && (freedBy ?? Int.max) >= operation
  }

  /// The allocator rounds up to 512 bytes, and leaves up to 1 MiB at the end of a large block.
  static func rounded(_ bytes: Int) -> Int? {
    let (sum, overflow) = bytes.addingReportingOverflow(511)
    return overflow ? nil : sum / 512 * 512
  }

  /// How much larger than asked for a large block may be.
  static let slack = 1 << 20
}
