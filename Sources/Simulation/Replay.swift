import Profiles

/// One run: the state of the device, the host and the copies between them, moment by moment.
///
/// `Simulation.docc/ExecutionModel.md` has the rules; the numbers of the steps in `settle` are
/// those of its section "Order of things at one moment".
struct Replay {
  /// Where a storage's content is.
  enum Presence {
    case absent(Failure.Absence)
    case coming
    case resident
  }

  /// The task that runs.
  struct Running {
    let start: Double
    let duration: Double
    let workspace: Int?

    var end: Double { start + duration }
  }

  /// What the next task waits for.
  struct Wait {
    /// When the previous task ended.
    var since: Double
    /// Whether nothing that the task needs is absent for good.
    var isChecked = false
    /// The needs up to here have been found resident.
    var found = 0
    /// The last need that was found away.
    var awaited: Int?
    /// When the last need was found resident.
    var allResident: Double?
  }

  /// Moments that differ by this share of their time at most are one moment.
  static let sameMoment = 1e-12
  /// No run lasts for more iterations than this.
  static let mostIterations = 8

  let profile: Profile
  let storages: Storages
  let stream: ComputeStream
  let budget: Int
  let hostBudget: Int
  let nvmeBudget: Int
  /// Whether anything goes on to NVMe, so that copies to the host wait until they fit.
  let usesNVMe: Bool

  var now = 0.0
  var presence: [Presence] = []
  var recordOfStorage: [Int] = []
  var recordOfBuffer: [Int] = []
  var used = 0
  var hostUsed = 0
  var nvmeUsed = 0
  var nextTask = 0
  var running: Running?
  var wait = Wait(since: 0)
  var toHost: CopyQueue
  var toDevice: CopyQueue
  var toNVMe: CopyQueue
  var fromNVMe: CopyQueue
  /// What kernels of codecs do beside the compute stream: encoding before copies to the host, and decoding after
  /// copies to the device.
  var encoding = CopyQueue(.toHost, link: nil)
  var decoding = CopyQueue(.toDevice, link: nil)
  /// The memory records of kernels under way or still to run, by absence.
  var codedRecords: [Int: CodedRecords] = [:]
  /// Whether all that can be done beside the stream to decode has been done, by absence.
  var isDecodable: [Bool]
  /// Whether the content is on the host for the copy back, by absence: come from NVMe if it stays there.
  var hasReachedHost: [Bool]
  /// Whether the write to NVMe has ended, by absence.
  var hasReachedNVMe: [Bool]
  var copiesToHost: [Copy] = []
  var copiesToDevice: [Copy] = []
  var copiesToNVMe: [Copy] = []
  var copiesFromNVMe: [Copy] = []
  var isFinished: Bool
  var boundary = BoundaryState()
  var result = SimulationResult(verdict: .valid)

  /// Prepares a run.
  init(
    _ stream: ComputeStream, profile: Profile, storages: Storages, budget: Int, hostBudget: Int,
    nvmeBudget: Int
  ) {
    self.stream = stream
    self.profile = profile
    self.storages = storages
    self.budget = budget
    self.hostBudget = hostBudget
    self.nvmeBudget = nvmeBudget
    usesNVMe = stream.absences.contains(where: \.isOnNVMe)
    toHost = CopyQueue(.toHost, link: profile.device?.deviceToHost)
    toDevice = CopyQueue(.toDevice, link: profile.device?.hostToDevice)
    toNVMe = CopyQueue(.toNVMe, link: profile.device?.hostToNVMe)
    fromNVMe = CopyQueue(.fromNVMe, link: profile.device?.nvmeToHost)
    hasReachedHost = [Bool](repeating: false, count: stream.absences.count)
    hasReachedNVMe = hasReachedHost
    isDecodable = hasReachedHost
    isFinished = stream.tasks.isEmpty
  }

  /// Runs to the end, or to the point where nothing can go on.
  mutating func run() -> SimulationResult {
    do throws(Failure) {
      try placeResidents()
      boundary = boundaryState()
      try settle()
      while !isFinished, let next = nextDue() {
        now = next
        try settle()
      }
      if !isFinished { throw deadlock() }
    } catch {
      result.verdict = .failed(error)
    }
    result.iterationMicroseconds = now - (result.iterationStarts.last ?? 0)
    mergeCopies()
    return result
  }

  /// Takes the memory of what is on the device from the start, and queues what the iteration before
  /// would have queued.
  private mutating func placeResidents() throws(Failure) {
    var boundary: [Int: ComputeStream.BoundaryAbsence] = [:]
    for item in stream.overBoundary { boundary[stream.absences[item.absence].storage] = item }
    for storage in storages.all {
      if let item = boundary[storage.index] {
        presence.append(.absent(.onHost))
        recordOfStorage.append(
          item.isOffloadedAfter ? open(.tensor(storage.tensor.id), bytes: storage.bytes) : -1)
        continue
      }
      guard storage.producer == nil, !storage.comesWithIteration else {
        presence.append(.absent(.freed))  // nothing asks before the producer has made it
        recordOfStorage.append(-1)
        continue
      }
      presence.append(.resident)
      recordOfStorage.append(open(.tensor(storage.tensor.id), bytes: storage.bytes))
    }
    for item in stream.overBoundary where !item.isOffloadedAfter {
      let absence = item.absence
      let storage = stream.absences[absence].storage
      let bytes = storages.all[storage].bytes
      if stream.absences[absence].isOnNVMe {
        try takeNVMe(bytes, for: absence)
        hasReachedNVMe[absence] = true
      } else {
        guard bytes <= hostBudget - hostUsed else {
          throw .hostMemory(
            stream.absences[absence].name,
            .init(bytes: bytes, usedBytes: hostUsed, budgetBytes: hostBudget))
        }
        hostUsed += bytes
        hasReachedHost[absence] = true
      }
      if item.isPrefetchedBefore {
        toDevice.append(absence, at: 0)
        presence[storage] = .coming
      }
    }
    for absence in stream.readOverBoundary { fromNVMe.append(absence, at: 0) }
    sample()
    guard used <= budget else {
      throw .residentMemory(.init(bytes: used, usedBytes: 0, budgetBytes: budget))
    }
  }

  /// Does everything that happens at one moment.
  private mutating func settle() throws(Failure) {
    let horizon = now * (1 + Self.sameMoment)
    if let copy = toHost.active, copy.end <= horizon { finishCopyToHost() }  // 1
    if let copy = toDevice.active, copy.end <= horizon { finishCopyToDevice() }
    if let copy = toNVMe.active, copy.end <= horizon { finishWrite() }
    if let copy = fromNVMe.active, copy.end <= horizon { finishRead() }
    if let kernel = encoding.active, kernel.end <= horizon { finishRestOfEncoding() }
    if let kernel = decoding.active, kernel.end <= horizon { finishRestOfDecoding() }
    if let task = running, task.end <= horizon { endTask() }  // 2
    repeat {
      while try startTask() {  // 3
        guard running?.duration == 0 else { break }
        endTask()
      }
      if isFinished { return }
    } while try startCopies()  // 4
    startRestsOfKernels()
    let isBusy = (toHost.active != nil, toDevice.active != nil)
    toHost.setRate(whileOtherIsBusy: isBusy.1, at: now)
    toDevice.setRate(whileOtherIsBusy: isBusy.0, at: now)
    let isNVMeBusy = (toNVMe.active != nil, fromNVMe.active != nil)
    toNVMe.setRate(whileOtherIsBusy: isNVMeBusy.1, at: now)
    fromNVMe.setRate(whileOtherIsBusy: isNVMeBusy.0, at: now)
  }

  /// Returns the moment of the next event, if anything is under way.
  private func nextDue() -> Double? {
    [
      running?.end, toHost.active?.end, toDevice.active?.end, toNVMe.active?.end,
      fromNVMe.active?.end, encoding.active?.end, decoding.active?.end,
    ].compactMap { $0 }.min()
  }

  /// Returns why nothing can go on.
  private func deadlock() -> Failure {
    let task = stream.tasks[nextTask]
    let name = taskName(task)
    func shortage(_ bytes: Int) -> Failure.Shortage {
      .init(bytes: bytes, usedBytes: used, budgetBytes: budget)
    }
    func shortageOnHost(_ absence: Int) -> Failure.Shortage {
      .init(
        bytes: hostBytes(of: absence), usedBytes: hostUsed,
        budgetBytes: hostBudget)
    }
    // Only memory on the host can hold up a copy to it when nothing is under way.
    if let head = toHost.head {
      return .hostMemory(stream.absences[head.absence].name, shortageOnHost(head.absence))
    }
    if wait.allResident == nil, let head = toDevice.head, !hasReachedHost[head.absence],
      let read = fromNVMe.head
    {
      return .hostMemoryForRead(
        name, stream.absences[read.absence].name, shortageOnHost(read.absence))
    }
    if wait.allResident == nil, let awaited = wait.awaited, toDevice.head == nil {
      let tensor = storages.all[awaited].tensor
      return .absentTensor(name, tensor: tensor.id, bytes: tensor.bytes, .encoded)
    }
    guard wait.allResident == nil, let awaited = wait.awaited, let head = toDevice.head else {
      return .waitsForMemory(name, shortage(task.newBytes))
    }
    let blocking = storages.all[stream.absences[head.absence].storage]
    return .waitsForTensor(
      name, tensor: storages.all[awaited].tensor.id, bytes: storages.all[awaited].bytes,
      blocking: blocking.tensor.id, shortage(returningBytes(of: head.absence)))
  }

  /// Brings the copies of all directions into one list.
  private mutating func mergeCopies() {
    func merged(_ first: [Copy], _ second: [Copy]) -> [Copy] {
      var all: [Copy] = []
      var next = 0
      for copy in first {
        while next < second.count, second[next].startMicroseconds < copy.startMicroseconds {
          all.append(second[next])
          next += 1
        }
        all.append(copy)
      }
      return all + second[next...]
    }
    result.copies = merged(
      merged(copiesToHost, copiesToDevice), merged(copiesToNVMe, copiesFromNVMe))
  }
}

// MARK: - Records

extension Replay {
  /// The names of a task.
  func taskName(_ task: StreamTask) -> TaskName {
    TaskName(
      operation: profile.operators[task.step].id,
      chain: task.absence.map { stream.absences[$0].name }, kernel: task.kernel?.kind)
  }

  /// Takes device memory in the sample that follows.
  mutating func open(_ use: Occupancy.Use, bytes: Int) -> Int {
    used += bytes
    result.occupancy.append(
      Occupancy(use: use, bytes: bytes, fromSample: result.memory.count, toSample: nil))
    return result.occupancy.count - 1
  }

  /// Frees device memory in the sample that follows.
  mutating func close(_ record: Int) {
    used -= result.occupancy[record].bytes
    result.occupancy[record].toSample = result.memory.count
  }

  /// Records the memory in use after a change.
  mutating func sample() {
    result.memory.append(
      MemorySample(
        microseconds: now, deviceBytes: used, hostBytes: hostUsed, nvmeBytes: nvmeUsed))
    if hostUsed > result.peakHostBytes { result.peakHostBytes = hostUsed }
    if nvmeUsed > result.peakNVMeBytes { result.peakNVMeBytes = nvmeUsed }
    if used > result.peakDeviceBytes || result.memory.count == 1 {
      result.peakDeviceBytes = used
      result.peakSample = result.memory.count - 1
      if nextTask < stream.tasks.count {
        result.peakOperator = profile.operators[stream.tasks[nextTask].step].id
      }
    }
  }
}
