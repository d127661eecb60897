import Profiles

/// The state of an iteration under way.
struct TimetableRun {
  /// In a box, so that copies of the state don't copy it.
  let box: CourseBox
  var decisions: [Decision] = []
  var now = 0.0
  var recompute = 0.0
  /// The time of kernels that hold the compute stream.
  var codec = 0.0
  var used = 0
  var peak = 0
  var host = 0
  var hostPeak = 0
  var nvme = 0
  var nvmePeak = 0
  /// Whether anything goes on to NVMe.
  var usesNVMe = false
  /// Whether NVMe is too small, or the host for a single tensor.
  var isOverfull = false
  /// Whether each storage's content is on the device.
  var isResident: [Bool]
  /// Whether the content is on the host for the copy back, by gap.
  var isOut: [Bool]
  /// Whether the write to NVMe has ended, by gap.
  var isWritten: [Bool]
  /// The first gap whose copy to the host each operator's end queues, and the next one of the same
  /// operator, in plan order; -1 for none.
  var firstOffload: [Int]
  var nextOffload: [Int]
  /// The same of copies back, which operators' starts queue.
  var firstPrefetch: [Int]
  var nextPrefetch: [Int]
  /// The same of reads from NVMe, which operators' starts queue.
  var firstRead: [Int]
  var nextRead: [Int]
  var out: CopyQueue
  var back: CopyQueue
  var write: CopyQueue
  var read: CopyQueue
  /// What kernels of codecs do beside the compute stream.
  var encoding: CopyQueue
  var decoding: CopyQueue
  /// Whether anything is encoded.
  var usesCodecs = false
  /// Whether only the held part of the decoding is left, by gap.
  var isDecodable: [Bool]
  /// The first kernel right before each operator, and the next one, by gap: `2g` encodes and `2g + 1` decodes gap
  /// *g*; -1 for none.
  var firstKernel: [Int] = []
  var nextKernel: [Int] = []
  /// The kernel that runs next, or is running, before the operator; -1 if all have run.
  var kernel = -1

  /// The operator to run next, or running; its chains come first.
  var operatorAtWork = 0
  /// The gap whose chain runs next, or is running, before the operator; -1 if all have run.
  var chainGap = -1
  /// The first gap that a chain refills before each operator, and the next one; -1 for none.
  var firstChain: [Int]
  var nextChain: [Int]
  /// The link to run next, or running, of the chain at hand, and the end of its links.
  var link = 0
  var linkEnd = 0
  /// When the operator or link under way ends; infinite if none is.
  var taskEnd = Double.infinity
  var isFinished: Bool { operatorAtWork == box.course.operatorCount }
  /// When the iteration began.
  var begin = 0.0
  /// The operators of the iterations before.
  var finishedWork = 0
  var work: Int { finishedWork + operatorAtWork }

  init(_ course: Course) {
    box = CourseBox(course)
    let gaps = course.gapBytes.count
    isResident = course.isResidentFirst
    isOut = [Bool](repeating: false, count: gaps)
    isWritten = isOut
    isDecodable = isOut
    if !course.codecs.isEmpty {
      firstKernel = [Int](repeating: -1, count: course.operatorCount)
      nextKernel = [Int](repeating: -1, count: 2 * gaps)
    }
    firstPrefetch = [Int](repeating: -1, count: course.operatorCount)
    nextPrefetch = [Int](repeating: -1, count: gaps)
    firstOffload = firstPrefetch
    nextOffload = nextPrefetch
    firstChain = firstPrefetch
    nextChain = nextPrefetch
    firstRead = firstPrefetch
    nextRead = nextPrefetch
    out = CopyQueue(capacity: gaps)
    back = CopyQueue(capacity: gaps)
    write = CopyQueue(capacity: 0)
    read = CopyQueue(capacity: 0)
    encoding = CopyQueue(capacity: 0)
    decoding = CopyQueue(capacity: 0)
  }

  mutating func run(_ decisions: [Decision], limit: Double) -> TimetableRunner.Outcome {
    reset(decisions)
    peak = used
    hostPeak = host
    nvmePeak = nvme
    guard used <= box.course.budget, nvme <= box.course.nvmeBudget else { return .stuck }
    // Without NVMe the host's peak is judged in the end.
    if usesNVMe && host > box.course.hostBudget { return .stuck }
    let isSteadyAtOnce = !box.course.boundaryGaps.contains { decisions[$0].isSwap }
    for iteration in 1...Self.mostIterations {
      let before = (out, back, write, read)
      if iteration > 1 { beginIteration() }
      // The first iteration may take longer than those that follow.
      let end = isSteadyAtOnce || iteration > 1 ? begin + limit : .infinity
      prepareOperator()
      startWhatCan()
      while !isFinished {
        guard !isOverfull, advance() else { return .stuck }
        if earliestEnd > end { return .late }
      }
      if isSteadyAtOnce { break }
      let tolerance = Self.sameWork * (now - begin)
      if out.isSame(as: before.0, within: tolerance), back.isSame(as: before.1, within: tolerance),
        write.isSame(as: before.2, within: tolerance), read.isSame(as: before.3, within: tolerance)
      {
        break
      }
    }
    let time = now - begin
    return .finished(
      Timetable(
        iteration: time, stall: max(0, time - box.course.computeTime - recompute - codec),
        recompute: recompute, codec: codec, peak: peak, hostPeak: hostPeak, nvmePeak: nvmePeak))
  }

  /// No run lasts for more iterations than this.
  static let mostIterations = 8
  /// Work left that differs by this share of the iteration's time at most is the same.
  static let sameWork = 1e-9

  mutating func beginIteration() {
    begin = now
    recompute = 0
    codec = 0
    finishedWork += operatorAtWork
    operatorAtWork = 0
  }

  /// The iteration doesn't end before this.
  var earliestEnd: Double {
    if taskEnd == .infinity { return now + box.course.remaining[operatorAtWork] }
    let begun = chainGap < 0 && kernel < 0 ? operatorAtWork + 1 : operatorAtWork
    return taskEnd + box.course.remaining[begun]
  }

  mutating func reset(_ decisions: [Decision]) {
    self.decisions = decisions
    (now, begin, recompute, used, host, nvme, finishedWork) = (0, 0, 0, 0, 0, 0, 0)
    (usesNVMe, isOverfull) = (false, false)
    (codec, usesCodecs, kernel) = (0, false, -1)
    for storage in isResident.indices {
      isResident[storage] = box.course.isResidentFirst[storage]
      if isResident[storage] { used += box.course.storageBytes[storage] }
    }
    for step in firstPrefetch.indices {
      firstPrefetch[step] = -1
      firstOffload[step] = -1
      firstRead[step] = -1
      firstChain[step] = -1
    }
    for gap in box.course.gapsByMaker.reversed() {
      guard let chain = box.course.chosenChain(gap, decisions) else { continue }
      nextChain[gap] = firstChain[box.course.chainAt[chain]]
      firstChain[box.course.chainAt[chain]] = gap
    }
    for gap in decisions.indices.reversed() {
      isOut[gap] = false
      isWritten[gap] = false
      if case .swap(let prefetch, let lag, let tier) = decisions[gap] {
        nextPrefetch[gap] = firstPrefetch[prefetch]
        firstPrefetch[prefetch] = gap
        let offload = box.course.offloadStep(gap, prefetch: prefetch, lag: lag)
        if case .codec = tier {
          usesCodecs = true
          continue
        }
        nextOffload[gap] = firstOffload[offload]
        firstOffload[offload] = gap
        if case .nvme(let lead) = tier {
          usesNVMe = true
          let step = box.course.readStep(gap, prefetch: prefetch, lag: lag, lead: lead)
          nextRead[gap] = firstRead[step]
          firstRead[step] = gap
        }
      }
    }
    if usesCodecs { resetKernels() }
    out.clear()
    back.clear()
    write.clear()
    read.clear()
    for gap in box.course.boundaryGaps {
      guard case .swap(let prefetch, let lag, let tier) = decisions[gap] else { continue }
      isResident[box.course.gapStorage[gap]] = false
      // Until the copy is queued, it is on the device.
      let offload = box.course.offloadStep(gap, prefetch: prefetch, lag: lag)
      if offload < box.course.gapStart[gap] { continue }
      used -= box.course.gapBytes[gap]
      if !tier.isNVMe {
        isOut[gap] = true
        host += box.course.gapBytes[gap]
      } else {
        isWritten[gap] = true
        nvme += box.course.gapBytes[gap]
      }
    }
    if box.course.boundaryGaps.contains(where: { decisions[$0].isSwap }) {
      // What the iteration before would have queued.
      for step in firstPrefetch.indices {
        var gap = firstPrefetch[step]
        while gap >= 0 {
          if box.course.wraps(gap) && step > box.course.gapStart[gap] { back.append(gap) }
          gap = nextPrefetch[gap]
        }
        gap = firstRead[step]
        while gap >= 0 {
          if box.course.wraps(gap) && step > box.course.gapStart[gap] { read.append(gap) }
          gap = nextRead[gap]
        }
      }
    }
    operatorAtWork = 0
    chainGap = -1
    taskEnd = .infinity
  }

  /// Lists the kernels right before each operator: encodings, then decodings, each in plan order.
  mutating func resetKernels() {
    encoding.clear()
    decoding.clear()
    for step in firstKernel.indices { firstKernel[step] = -1 }
    for isDecoding in [true, false] {
      for gap in decisions.indices.reversed() {
        guard case .swap(let prefetch, let lag, .codec) = decisions[gap] else { continue }
        isDecodable[gap] = false
        let step =
          isDecoding
          ? box.course.gapEnd[gap]
          : box.course.offloadStep(gap, prefetch: prefetch, lag: lag) + 1
        let item = 2 * gap + (isDecoding ? 1 : 0)
        nextKernel[item] = firstKernel[step]
        firstKernel[step] = item
      }
    }
  }

  /// Goes to the next moment at which something ends; false if nothing is under way.
  mutating func advance() -> Bool {
    let outRate = back.isBusy ? box.course.duplexOut : 1
    let backRate = out.isBusy ? box.course.duplexIn : 1
    let outEnd = out.isBusy ? now + out.remaining / outRate : .infinity
    let backEnd = back.isBusy ? now + back.remaining / backRate : .infinity
    var next = min(taskEnd, outEnd, backEnd)
    if usesNVMe { next = min(next, nvmeEnd) }
    if usesCodecs {
      if encoding.isBusy { next = min(next, now + encoding.remaining) }
      if decoding.isBusy { next = min(next, now + decoding.remaining) }
    }
    guard next.isFinite else { return false }
    let passed = next - now
    if usesNVMe { advanceNVMe(to: next) }
    if usesCodecs {
      func rest(_ queue: CopyQueue) -> Double {
        now + queue.remaining <= next ? 0 : queue.remaining - passed
      }
      if encoding.isBusy { encoding.remaining = rest(encoding) }
      if decoding.isBusy { decoding.remaining = rest(decoding) }
    }
    now = next
    if out.isBusy { out.remaining = outEnd <= next ? 0 : out.remaining - passed * outRate }
    if back.isBusy { back.remaining = backEnd <= next ? 0 : back.remaining - passed * backRate }
    endWhatEnded()
    return true
  }

  mutating func endWhatEnded() {
    repeat {
      if out.isBusy, out.remaining == 0 { endCopyOut() }
      if back.isBusy, back.remaining == 0 { endCopyBack() }
      if usesNVMe { endOnNVMe() }
      if usesCodecs { endKernelsBeside() }
      while taskEnd <= now {
        endTask()
        if isFinished { return }
        startTask()
      }
      startWhatCan()
      if isFinished { return }
    } while (out.isBusy && out.remaining == 0) || (back.isBusy && back.remaining == 0)
      || (usesNVMe && hasEndedOnNVMe)
  }

  mutating func startWhatCan() {
    startTask()
    while taskEnd <= now {
      endTask()
      if isFinished { return }
      startTask()
    }
    if !out.isBusy, let gap = out.next, !usesNVMe || hasRoomOnHost(toCopy: gap) {
      let coded = coded(gap)
      out.begin(gap, lasting: coded?.outTime ?? box.course.outTime[gap])
      host += coded?.coded.reservedBytes ?? box.course.gapBytes[gap]
      hostPeak = max(hostPeak, host)
    }
    if !back.isBusy, let gap = back.next, isOut[gap],
      used + returningBytes(gap) <= box.course.budget
    {
      back.begin(gap, lasting: coded(gap)?.inTime ?? box.course.inTime[gap])
      used += returningBytes(gap)
      peak = max(peak, used)
    }
    if usesNVMe { startOnNVMe() }
    if usesCodecs { startKernelsBeside() }
  }
}

/// A course that is shared, not copied.
final class CourseBox: Sendable {
  let course: Course

  init(_ course: Course) { self.course = course }
}
