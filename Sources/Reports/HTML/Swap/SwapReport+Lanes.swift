import Plans
import Profiles
import Simulation

extension SwapReport {
  /// What each stream does in the last iteration of the run.
  var timelineLanes: [TimelineData.Lane] {
    var lanes = [TimelineData.Lane(title: "Compute", items: computeItems)]
    let codecs = result.tasks.filter { $0.task.kernel != nil }.compactMap(item)
    lanes.append(TimelineData.Lane(title: "Codecs", items: codecs, otherWords: "at"))
    for (direction, title, tone) in [
      (CopyDirection.toHost, "device to host", Tone.optimizer),
      (.toDevice, "host to device", .gradient), (.toNVMe, "host to NVMe", .workspace),
      (.fromNVMe, "NVMe to host", .output),
    ] {
      let copies = result.copies.filter { $0.direction == direction }
      lanes.append(
        TimelineData.Lane(
          title: "Copies from \(title)", items: copies.compactMap { item($0, title, tone) },
          otherWords: "needed by"))
    }
    return lanes
  }

  /// Operators, those that run again, and waits, by start.
  private var computeItems: [TimelineData.Item] {
    let tasks = result.tasks.filter { $0.task.kernel == nil }.compactMap(item)
    let waits = result.stalls.compactMap { stall -> TimelineData.Item? in
      guard let times = times(stall.startMicroseconds, stall.endMicroseconds) else { return nil }
      let isTensor = stall.cause == .swapIn
      return TimelineData.Item(
        name: stall.task.operation,
        style: TimelineData.Style(
          style: isTensor ? "solid" : "hatch",
          name: isTensor ? "waits for a tensor" : "waits for memory"),
        startMicroseconds: times.start, endMicroseconds: times.end, other: stall.tensor)
    }
    var (merged, next) = ([TimelineData.Item](), 0)
    for task in tasks {
      while next < waits.count, waits[next].startMicroseconds < task.startMicroseconds {
        merged.append(waits[next])
        next += 1
      }
      merged.append(task)
    }
    return merged + waits[next...]
  }

  private func item(_ task: ComputeTask) -> TimelineData.Item? {
    guard let times = times(task.startMicroseconds, task.endMicroseconds) else { return nil }
    let style: TimelineData.Style
    switch (task.task.kernel, task.task.chain) {
    case (.encode, _): style = .toned(.encoded, "encoding")
    case (.decode, _): style = .toned(.workspace, "decoding")
    case (nil, .some): style = .toned(.temporary, "runs again")
    case (nil, nil):
      switch profile.operators[task.step].phase {
      case .forward: style = .toned(.activation, "forward")
      case .backward: style = .toned(.parameter, "backward")
      case .optimizer: style = .toned(.optimizer, "optimizer")
      case .communication: style = .toned(.input, "communication")
      }
    }
    // A kernel of a codec is known by its tensor, an operator that runs again by itself.
    let (operation, tensor) = (task.task.operation, task.task.chain?.tensor)
    let isKernel = task.task.kernel != nil
    return TimelineData.Item(
      name: isKernel ? tensor ?? operation : operation, style: style,
      startMicroseconds: times.start, endMicroseconds: times.end,
      other: isKernel ? operation : tensor)
  }

  private func item(_ copy: Copy, _ title: String, _ tone: Tone) -> TimelineData.Item? {
    guard let times = times(copy.startMicroseconds, copy.endMicroseconds) else { return nil }
    return TimelineData.Item(
      name: copy.gap.tensor, style: .toned(tone, "copy from \(title)"),
      startMicroseconds: times.start, endMicroseconds: times.end, bytes: copy.bytes,
      other: copy.gap.before)
  }

  /// The part of a stretch of time that lies in the last iteration, counted from its beginning.
  private func times(_ start: Double, _ end: Double) -> (start: Double, end: Double)? {
    let origin = result.iterationStarts.last ?? 0
    guard end >= origin, start >= origin || end > origin else { return nil }
    return (max(0, start - origin), end - origin)
  }
}
