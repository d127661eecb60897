import Profiles

/// Follows a snapshot's trace: which block each entry means, and what was there before it.
///
/// A release means the latest open block at its address. One without such a block frees something
/// older than the trace; so is every block in use at the end that the trace didn't allocate.
struct SnapshotReplay {
  private let snapshot: Snapshot
  private(set) var history = BufferHistory()
  private var open: [Int: [Int]] = [:]
  private var allocations = 0
  private var releases = 0
  /// Releases of blocks older than the trace.
  private var earlierReleases = 0
  /// Entries that say nothing of blocks.
  private var others = 0
  /// Blocks in use at the end that the trace didn't allocate, and the other way round.
  private var earlierBlocks = 0
  private var lostBlocks = 0
  private var peakEvent = 0
  private var peakBytes = 0.0

  init(_ snapshot: Snapshot) {
    self.snapshot = snapshot
  }

  /// Follows the trace from its beginning.
  mutating func run() {
    var start: Double?
    for entry in snapshot.entries {
      guard let action = entry.action, action == .alloc || action == .freeCompleted else {
        others += 1
        continue
      }
      start = start ?? entry.microseconds
      let time = entry.microseconds - (start ?? 0)
      if action == .alloc {
        allocations += 1
        let buffer = history.add(entry.bytes, .activation)
        open[entry.address, default: []].append(buffer)
        history.add(.allocate, buffer, at: time, label: entry.label)
      } else {
        releases += 1
        history.add(.release, released(entry), at: time)
      }
    }
    addEarlierBlocks()
    findPeak()
  }

  private mutating func released(_ entry: Snapshot.Entry) -> Int {
    if let buffer = open[entry.address]?.popLast() { return buffer }
    earlierReleases += 1
    return history.add(entry.bytes, .input, isEarlier: true)
  }

  /// Adds what is in use at the end and older than the trace, walking back from the segments.
  private mutating func addEarlierBlocks() {
    for block in snapshot.blocks {
      if open[block.address]?.popLast() != nil { continue }
      earlierBlocks += 1
      _ = history.add(block.bytes, .parameter, isEarlier: true)
    }
    lostBlocks = open.values.reduce(0) { $0 + $1.count }
  }

  /// Finds the event at which most memory is in use; the backward pass begins behind it.
  private mutating func findPeak() {
    var level = history.buffers.reduce(0) { $0 + ($1.isEarlier ? Double($1.bytes) : 0) }
    peakBytes = level
    for (index, event) in history.events.enumerated() {
      let bytes = Double(history.buffers[event.buffer].bytes)
      level += event.action == .allocate ? bytes : -bytes
      if level > peakBytes {
        peakBytes = level
        peakEvent = index
      }
    }
    let next = history.events.indices.dropFirst(peakEvent + 1).first {
      history.events[$0].action == .allocate
    }
    history.backwardStart = next
  }
}

extension SnapshotReplay {
  /// Says what the file held, what was supposed, and what it lacks.
  func describe(_ moments: Moments, _ findings: inout Findings) {
    findings.found(
      "\(allocations) allocations and \(releases) releases of device \(snapshot.device) "
        + "(of \(snapshot.devices)) in \(moments.count) moments; \(others) other entries")
    let span = (moments.boundaries.last ?? 0) - (moments.boundaries.first ?? 0)
    findings.found("\(Findings.milliseconds(span / 1e3)) from the first to the last of them")
    findings.found(
      "a peak of \(Findings.mebibytes(peakBytes)) in blocks; the allocator held "
        + "\(Findings.mebibytes(Double(snapshot.reservedBytes))) at the end")
    if earlierReleases + earlierBlocks > 0 {
      findings.assumed(
        "\(earlierBlocks) blocks in use at the end and \(earlierReleases) that the trace frees are "
          + "older than the trace: there from the start")
    }
    if lostBlocks > 0 {
      findings.assumed(
        "\(lostBlocks) blocks that the trace doesn't free and the segments don't list stay to the end"
      )
    }
    findings.assumed(
      "blocks that last from before the trace to its end are parameters, all others activations")
    findings.assumedMoments()
    findings.assumed("the backward pass begins behind the peak")
    findings.missing("what the blocks are for, and the device unless --device names it")
    findings.missingReaders()
  }
}
