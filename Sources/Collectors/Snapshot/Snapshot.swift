/// What planner needs of a snapshot.
struct Snapshot {
  /// What the allocator did.
  enum Action: String {
    case alloc
    case freeRequested = "free_requested"
    case freeCompleted = "free_completed"
    case segmentAlloc = "segment_alloc"
    case segmentFree = "segment_free"
    case segmentMap = "segment_map"
    case segmentUnmap = "segment_unmap"
    case outOfMemory = "oom"
    case snapshot
    case annotate
  }

  /// One entry of the trace.
  struct Entry {
    var action: Action?
    var address: Int
    var bytes: Int
    var microseconds: Double
    /// The innermost line of Python.
    var label: String?
  }

  /// A block that is in use when the snapshot is taken.
  struct Block {
    var address: Int
    var bytes: Int
  }

  /// Which device was read.
  var device: Int
  /// How many devices the snapshot has.
  var devices: Int
  /// The device's trace, oldest entry first.
  var entries: [Entry] = []
  /// The blocks in use at the end.
  var blocks: [Block] = []
  /// What the allocator holds of the device's memory at the end.
  var reservedBytes = 0
}
