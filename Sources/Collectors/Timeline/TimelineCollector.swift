public import Profiles

/// Turns the raw memory timeline of PyTorch's profiler into a profile.
///
/// The file is what `export_memory_timeline("….raw.json.gz")` writes: rows of `[nanoseconds, action,
/// signed bytes, category]`. It says what each buffer is for and when it changes, but neither names
/// buffers nor says who reads them.
public struct TimelineCollector: Sendable {
  /// The device that the profile is for, if any.
  public let device: Device?

  /// Creates a collector.
  public init(device: Device? = nil) {
    self.device = device
  }

  /// Reads a timeline and returns the profile with the buffers' lifetimes.
  ///
  /// - Throws: `CollectorError` with the row and the remedy.
  public func collect(
    _ file: SourceFile
  ) throws(CollectorError) -> (profile: Profile, lifetimes: LifetimeTable) {
    let timeline = try Timeline.read(file)
    let moments = Moments(timeline.history)
    let made = LifetimeProfile(timeline.history, moments)
    var findings = Findings()
    timeline.describe(moments, &findings)
    let profile = Profile(
      name: file.name,
      source: Profile.Source(
        collector: "memory-timeline", file: file.name, notes: findings.notes),
      device: device, tensors: made.tensors, operators: made.operators)
    return (profile, LifetimeTable(timeline.history, moments))
  }
}
