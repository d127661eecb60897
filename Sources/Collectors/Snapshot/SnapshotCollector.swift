public import Profiles

/// Turns a memory snapshot of PyTorch's CUDA allocator into a profile.
///
/// The file is what `torch.cuda.memory._dump_snapshot` writes, a pickle of plain values. It is read
/// without running any of its instructions that import or call. It says when each block came and went
/// and which line of Python asked for it, but not what a block is for or who reads it.
public struct SnapshotCollector: Sendable {
  /// The device that the profile is for, if any.
  public let device: Device?
  /// Which of the snapshot's devices to read; nil for the one with the most events.
  public let index: Int?

  /// Creates a collector.
  public init(device: Device? = nil, index: Int? = nil) {
    self.device = device
    self.index = index
  }

  /// Reads a snapshot and returns the profile with the blocks' lifetimes.
  ///
  /// - Throws: `CollectorError` with the place and the remedy, also for a pickle that would import or
  ///   call anything.
  public func collect(
    _ file: SourceFile
  ) throws(CollectorError) -> (profile: Profile, lifetimes: LifetimeTable) {
    let snapshot = try Snapshot.read(file, device: index)
    var replay = SnapshotReplay(snapshot)
    replay.run()
    guard !replay.history.events.isEmpty else {
      throw .invalid(
        file: file.name, place: "device_traces[\(snapshot.device)]",
        problem: "no block is allocated or freed",
        remedy: "call torch.cuda.memory._record_memory_history() before the training step")
    }
    let moments = Moments(replay.history)
    let made = LifetimeProfile(replay.history, moments)
    var findings = Findings()
    replay.describe(moments, &findings)
    let profile = Profile(
      name: file.name,
      source: Profile.Source(collector: "snapshot", file: file.name, notes: findings.notes),
      device: device, tensors: made.tensors, operators: made.operators)
    return (profile, LifetimeTable(replay.history, moments))
  }
}
