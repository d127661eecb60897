import Profiles

/// What happens when a device runs a planned iteration, by the rules of the execution model.
///
/// This is the planner's own implementation of the rules, written for speed; the simulator is
/// another one, and every solve compares the two.
struct Timetable: Sendable {
  /// From the end of one iteration's last operator to the end of the next one's, in microseconds.
  let iteration: Double
  /// The time in which the compute stream waits.
  let stall: Double
  /// The time of operators that run again.
  let recompute: Double
  /// The time in which kernels of codecs hold the compute stream.
  let codec: Double
  /// The largest amount of device memory in use.
  let peak: Int
  /// The largest amount of host memory in use.
  let hostPeak: Int
  /// The largest amount of NVMe room in use.
  let nvmePeak: Int
}

/// Runs planned iterations; its memory is used again from run to run.
///
/// Not for use by two threads at once.
final class TimetableRunner {
  private var run: Run
  /// How many operators were run so far, or passed over in as much time.
  private(set) var work = 0

  init(_ course: Course) { run = Run(course) }

  /// Counts work done elsewhere for the same search.
  func charge(_ amount: Int) { work += amount }

  /// Runs decisions.
  ///
  /// - Parameter limit: The run is given up as soon as the iteration must take longer.
  func run(_ decisions: [Decision], limit: Double = .infinity) -> Outcome {
    defer { work += run.work }
    return run.run(decisions, limit: limit)
  }

  /// How a run ended.
  enum Outcome {
    case finished(Timetable)
    /// Nothing could go on before some operator.
    case stuck
    /// The iteration takes longer than the limit.
    case late
  }
}

/// A copy queue: first in, first out, one copy at a time.
private struct CopyQueue {
  private var waiting: [Int] = []
  private var head = 0
  /// Work left of the copy under way, in microseconds at rate 1.
  var remaining = 0.0
  var isBusy = false
  /// The gap whose tensor is copied, or was copied last.
  private(set) var current = 0

  init(capacity: Int) { waiting.reserveCapacity(capacity) }

  /// The gap to copy next; nil if there is none.
  var next: Int? { head < waiting.count ? waiting[head] : nil }

  /// Whether the same copies wait and are under way, with the same work left but for rounding.
  func isSame(as other: CopyQueue, within tolerance: Double) -> Bool {
    isBusy == other.isBusy && waiting[head...] == other.waiting[other.head...]
      && (!isBusy || current == other.current && abs(remaining - other.remaining) <= tolerance)
  }

  mutating func append(_ gap: Int) { waiting.append(gap) }

  mutating func begin(_ gap: Int, lasting time: Double) {
    head += 1
    current = gap
    remaining = time
    isBusy = true
  }

  mutating func clear() {
    waiting.removeAll(keepingCapacity: true)
    head = 0
    isBusy = false
  }
}

/// The state of an iteration under way.
private struct Run {
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
  private static let mostIterations = 8
  /// Work left that differs by this share of the iteration's time at most is the same.
  private static let sameWork = 1e-9

  private mutating func beginIteration() {
    begin = now
    recompute = 0
    codec = 0
    finishedWork += operatorAtWork
    operatorAtWork = 0
  }

  /// The iteration doesn't end before this.
  private var earliestEnd: Double {
    if taskEnd == .infinity { return now + box.course.remaining[operatorAtWork] }
    let begun = chainGap < 0 && kernel < 0 ? operatorAtWork + 1 : operatorAtWork
    return taskEnd + box.course.remaining[begun]
  }

  private mutating func reset(_ decisions: [Decision]) {
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
  private mutating func resetKernels() {
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
  private mutating func advance() -> Bool {
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

  private mutating func endWhatEnded() {
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

  private mutating func startWhatCan() {
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

  // MARK: Codecs

  /// What the codec of a gap takes; nil if the raw tensor is copied.
  @inline(__always)
  private func coded(_ gap: Int) -> GapCodec? {
    usesCodecs ? box.course.coded(gap, decisions[gap]) : nil
  }

  /// What a copy back takes on the device.
  @inline(__always)
  private func returningBytes(_ gap: Int) -> Int {
    coded(gap)?.returningBytes ?? box.course.gapBytes[gap]
  }

  /// Starts the held part of the kernel at hand if its memory fits, and if what it decodes is there.
  private mutating func startKernel() {
    let gap = kernel / 2
    guard let item = coded(gap) else { return }
    let isDecoding = kernel % 2 == 1
    let kernels = item.coded
    var bytes = kernels.reservedBytes + kernels.workspaceBytes
    if isDecoding {
      guard isDecodable[gap] else { return }
      // Where decoding began beside the stream, its memory is taken already.
      bytes = kernels.restOfDecode > 0 ? 0 : box.course.gapBytes[gap] + kernels.workspaceBytes
    }
    guard used + bytes <= box.course.budget else { return }
    used += bytes
    peak = max(peak, used)
    let held = isDecoding ? kernels.heldDecode : kernels.heldEncode
    taskEnd = now + held
    codec += held
  }

  /// Ends the held part of the kernel at hand.
  private mutating func endKernel() {
    let gap = kernel / 2
    if let item = coded(gap) {
      if kernel % 2 == 1 {
        used -= item.coded.reservedBytes + item.coded.workspaceBytes
        isResident[box.course.gapStorage[gap]] = true
      } else if item.coded.restOfEncode > 0 {
        encoding.append(gap)
      } else {
        endEncoding(gap, item)
      }
    }
    kernel = nextKernel[kernel]
    prepareChain()
  }

  /// Frees the raw tensor, and queues the copy of the encoded one.
  private mutating func endEncoding(_ gap: Int, _ item: GapCodec) {
    used -= box.course.gapBytes[gap] + item.coded.workspaceBytes
    out.append(gap)
  }

  private mutating func endKernelsBeside() {
    if encoding.isBusy, encoding.remaining == 0 {
      encoding.isBusy = false
      if let item = coded(encoding.current) { endEncoding(encoding.current, item) }
    }
    if decoding.isBusy, decoding.remaining == 0 {
      decoding.isBusy = false
      isDecodable[decoding.current] = true
    }
  }

  private mutating func startKernelsBeside() {
    if !encoding.isBusy, let gap = encoding.next, let item = coded(gap) {
      encoding.begin(gap, lasting: item.coded.restOfEncode)
    }
    if !decoding.isBusy, let gap = decoding.next, let item = coded(gap) {
      decoding.begin(gap, lasting: item.coded.restOfDecode)
    }
  }

  // MARK: Copies

  private mutating func endCopyOut() {
    out.isBusy = false
    if decisions[out.current].isOnNVMe {
      write.append(out.current)
    } else {
      isOut[out.current] = true
    }
    used -= coded(out.current)?.coded.reservedBytes ?? box.course.gapBytes[out.current]
  }

  private mutating func endCopyBack() {
    back.isBusy = false
    if let item = coded(back.current) {
      host -= item.coded.reservedBytes
      if item.coded.restOfDecode > 0 {
        decoding.append(back.current)
      } else {
        isDecodable[back.current] = true
      }
      return
    }
    isResident[box.course.gapStorage[back.current]] = true
    host -= box.course.gapBytes[back.current]
  }

  // MARK: NVMe

  /// Whether a copy to the host fits there; it waits if not.
  private mutating func hasRoomOnHost(toCopy gap: Int) -> Bool {
    let bytes = coded(gap)?.coded.reservedBytes ?? box.course.gapBytes[gap]
    if bytes > box.course.hostBudget { isOverfull = true }
    return host + bytes <= box.course.hostBudget
  }

  /// When a write or a read ends next; infinite if none is under way.
  private var nvmeEnd: Double {
    let writeRate = read.isBusy ? box.course.duplexWrite : 1
    let readRate = write.isBusy ? box.course.duplexRead : 1
    return min(
      write.isBusy ? now + write.remaining / writeRate : .infinity,
      read.isBusy ? now + read.remaining / readRate : .infinity)
  }

  /// Lets writes and reads proceed to a moment.
  private mutating func advanceNVMe(to next: Double) {
    let writeRate = read.isBusy ? box.course.duplexWrite : 1
    let readRate = write.isBusy ? box.course.duplexRead : 1
    func rest(_ queue: CopyQueue, rate: Double) -> Double {
      now + queue.remaining / rate <= next ? 0 : queue.remaining - (next - now) * rate
    }
    if write.isBusy { write.remaining = rest(write, rate: writeRate) }
    if read.isBusy { read.remaining = rest(read, rate: readRate) }
  }

  private var hasEndedOnNVMe: Bool {
    (write.isBusy && write.remaining == 0) || (read.isBusy && read.remaining == 0)
  }

  private mutating func endOnNVMe() {
    if write.isBusy, write.remaining == 0 {
      write.isBusy = false
      isWritten[write.current] = true
      host -= box.course.gapBytes[write.current]
    }
    if read.isBusy, read.remaining == 0 {
      read.isBusy = false
      isOut[read.current] = true
      nvme -= box.course.gapBytes[read.current]
    }
  }

  private mutating func startOnNVMe() {
    if !write.isBusy, let gap = write.next {
      write.begin(gap, lasting: box.course.writeTime[gap])
      nvme += box.course.gapBytes[gap]
      nvmePeak = max(nvmePeak, nvme)
      if nvme > box.course.nvmeBudget { isOverfull = true }
    }
    if !read.isBusy, let gap = read.next, isWritten[gap],
      host + box.course.gapBytes[gap] <= box.course.hostBudget
    {
      read.begin(gap, lasting: box.course.readTime[gap])
      host += box.course.gapBytes[gap]
      hostPeak = max(hostPeak, host)
    }
  }

  // MARK: Tasks

  /// Goes to the chains that run before the operator at work.
  private mutating func prepareOperator() {
    guard !isFinished else { return }
    chainGap = firstChain[operatorAtWork]
    if usesCodecs { kernel = firstKernel[operatorAtWork] }
    prepareChain()
  }

  /// Goes to the first link of the chain to run next.
  private mutating func prepareChain() {
    guard chainGap >= 0, let chain = box.course.chosenChain(chainGap, decisions) else { return }
    link = box.course.firstLink[chain]
    linkEnd = box.course.firstLink[chain + 1]
  }

  private mutating func startTask() {
    guard taskEnd == .infinity, !isFinished else { return }
    if kernel >= 0 { return startKernel() }
    if chainGap >= 0 {
      guard take(box.course.linkTaken[link], needing: box.course.linkNeeds, of: link) else {
        return
      }
      taskEnd = now + box.course.linkDuration[link]
      recompute += box.course.linkDuration[link]
    } else {
      let step = operatorAtWork
      guard take(box.course.taken[step], needing: box.course.needs, of: step) else { return }
      taskEnd = now + box.course.durations[step]
      var gap = firstPrefetch[step]
      while gap >= 0 {
        back.append(gap)
        gap = nextPrefetch[gap]
      }
      if usesNVMe {
        gap = firstRead[step]
        while gap >= 0 {
          read.append(gap)
          gap = nextRead[gap]
        }
      }
    }
  }

  /// Takes memory if it fits and everything needed is on the device.
  private mutating func take(_ bytes: Int, needing needs: Lists, of index: Int) -> Bool {
    guard used + bytes <= box.course.budget else { return false }
    for item in needs.range(index) where !isResident[needs.items[item]] { return false }
    used += bytes
    peak = max(peak, used)
    return true
  }

  private mutating func endTask() {
    taskEnd = .infinity
    if kernel >= 0 { return endKernel() }
    guard chainGap >= 0 else { return endOperator() }
    used -= box.course.linkFreed[link]
    link += 1
    if link == linkEnd {
      isResident[box.course.gapStorage[chainGap]] = true
      let maker = box.course.gapMaker[chainGap]
      chainGap = nextChain[chainGap]
      // What the operator makes besides for this moment stays.
      while chainGap >= 0, box.course.gapMaker[chainGap] == maker {
        isResident[box.course.gapStorage[chainGap]] = true
        used += box.course.gapBytes[chainGap]
        chainGap = nextChain[chainGap]
      }
      prepareChain()
    }
  }

  private mutating func endOperator() {
    let step = operatorAtWork
    used -= box.course.freed[step]
    for item in box.course.makes.range(step) { isResident[box.course.makes.items[item]] = true }
    for item in box.course.gapsAfter.range(step) {
      let gap = box.course.gapsAfter.items[item]
      switch decisions[gap] {
      case .keep: break
      case .swap:
        isResident[box.course.gapStorage[gap]] = false
        isOut[gap] = false
        isWritten[gap] = false
        isDecodable[gap] = false
      case .recompute:
        isResident[box.course.gapStorage[gap]] = false
        used -= box.course.gapBytes[gap]
      }
    }
    var gap = firstOffload[step]
    while gap >= 0 {
      out.append(gap)
      gap = nextOffload[gap]
    }
    operatorAtWork += 1
    prepareOperator()
  }
}

/// A course that is shared, not copied.
private final class CourseBox: Sendable {
  let course: Course

  init(_ course: Course) { self.course = course }
}
