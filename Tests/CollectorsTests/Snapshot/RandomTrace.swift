import TestSupport

/// A random trace of an allocator that never gives an address twice at once.
struct RandomTrace {
  /// The snapshot.
  let snapshot: PickleWriter.Value
  /// The most bytes in use at once.
  let peakBytes: Int

  /// Makes a trace.
  init(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var sizes: [Int: Int] = [:]
    var level = 0
    var peak = 0
    var entries: [PickleWriter.Value] = []
    for time in 0..<300 {
      let address = Int.random(in: 0..<40, using: &random)
      if let size = sizes.removeValue(forKey: address) {
        level -= size
        entries.append(SnapshotTests.entry("free_completed", address, size, time))
      } else {
        let size = Int.random(in: 1...1000, using: &random)
        sizes[address] = size
        level += size
        peak = max(peak, level)
        entries.append(SnapshotTests.entry("alloc", address, size, time))
      }
    }
    snapshot = ["segments": [], "device_traces": [.list(entries)]]
    peakBytes = peak
  }
}
