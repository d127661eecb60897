import Batches
import Foundation
import Glibc

/// Hands items to worker processes and takes their results, until none is left or a signal comes.
struct BatchRun {
  /// The limits of each item, and how many are planned at once.
  struct Limits {
    var jobs: Int
    var seconds: Double?
    var bytes: Int?
  }

  /// How a run ended.
  enum Ending {
    case finished
    case interrupted
    /// Nothing more can be finished, such as on a full disk.
    case failed(CommandFailure)
  }

  let limits: Limits
  let cacheFolder: String?
  let signals: BatchSignals
  /// What identifies the programs that plan an item.
  let programs: (BatchItem) -> [String]
  /// Receives each finished item.
  let receive: (ResultLine, _ isCached: Bool) throws -> Void

  /// How often memory is looked at, in milliseconds.
  private static let memoryTick = 50.0
  /// The same for an item that has just begun: most take little time.
  private static let firstMemoryTick = 2.0

  private var waiting: [BatchItem] = []
  private var children: [BatchChild] = []

  init(
    limits: Limits, cacheFolder: String?, signals: BatchSignals,
    programs: @escaping (BatchItem) -> [String],
    receive: @escaping (ResultLine, _ isCached: Bool) throws -> Void
  ) {
    self.limits = limits
    self.cacheFolder = cacheFolder
    self.signals = signals
    self.programs = programs
    self.receive = receive
  }

  /// Plans items, the first ones first.
  mutating func run(_ items: [BatchItem]) -> Ending {
    waiting = items.reversed()
    // When the last reference goes, each child is ended.
    defer { children = [] }
    do {
      while true {
        try handOut()
        if children.allSatisfy({ $0.item == nil }) { return .finished }
        if try waitForNews() { return .interrupted }
      }
    } catch let failure as CommandFailure {
      return .failed(failure)
    } catch {
      return .failed(CommandFailure(.badInput, "\(error)"))
    }
  }

  private mutating func handOut() throws {
    for child in children where child.item == nil {
      guard let item = waiting.popLast() else { return }
      try child.take(item, programs: programs(item))
    }
    while children.count < limits.jobs, let item = waiting.popLast() {
      let child = try BatchChild(cacheFolder: cacheFolder)
      children.append(child)
      try child.take(item, programs: programs(item))
    }
  }

  /// Waits for replies, ends and limits; true if a signal has come.
  private mutating func waitForNews() throws -> Bool {
    var states = [pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
    for child in children {
      states.append(pollfd(fd: child.socket, events: Int16(POLLIN), revents: 0))
      states.append(pollfd(fd: child.errors, events: Int16(POLLIN), revents: 0))
    }
    poll(&states, nfds_t(states.count), patience)
    if states[0].revents != 0 { return true }
    for (index, child) in children.enumerated() {
      if states[2 + 2 * index].revents & Int16(POLLIN) != 0 { _ = child.readErrors() }
      if states[1 + 2 * index].revents != 0 {
        try read(child)
      } else {
        try checkLimits(of: child)
      }
    }
    return false
  }

  /// How many milliseconds may pass before a limit has to be looked at; -1 for any.
  private var patience: Int32 {
    var shortest = Double.infinity
    if limits.bytes != nil {
      let isYoung = children.contains {
        $0.item != nil && (ContinuousClock.now - $0.started) / .milliseconds(1) < Self.memoryTick
      }
      shortest = isYoung ? Self.firstMemoryTick : Self.memoryTick
    }
    if let seconds = limits.seconds {
      for child in children where child.item != nil {
        let left = seconds - (ContinuousClock.now - child.started) / .seconds(1)
        shortest = min(shortest, max(0, left) * 1000)
      }
    }
    return shortest.isFinite ? Int32(min(shortest, 1e6).rounded(.up)) : -1
  }

  private mutating func read(_ child: BatchChild) throws {
    switch child.receive() {
    case .nothing: return
    case .end:
      let how = child.end(patience: 200)
      try lose(child, .crashed, "the process that planned it \(how)")
    case .reply(let reply):
      if let note = reply.note { Console.error(note) }
      if let fatal = reply.fatal { throw CommandFailure(.badInput, fatal) }
      guard let text = reply.line, var line = ResultLine(Array(text.utf8)) else {
        return try lose(child, .crashed, "the process that planned it gave no result")
      }
      line.seconds = child.finish()
      // What an item leaves behind counts for the next one: start that one in a new process.
      if let bytes = limits.bytes, child.residentBytes() > bytes / 2 { remove(child) }
      try receive(line, reply.isCached)
    }
  }

  private mutating func checkLimits(of child: BatchChild) throws {
    guard child.item != nil else { return }
    let seconds = (ContinuousClock.now - child.started) / .seconds(1)
    if let limit = limits.seconds, seconds >= limit {
      try lose(child, .outOfTime, "not finished after \(limit) s; raise --item-time-limit")
    } else if let limit = limits.bytes, child.residentBytes() > limit {
      try lose(child, .outOfMemory, "took more than \(limit) bytes; raise --item-memory")
    }
  }

  /// Reports the item of a process that is no use any more.
  private mutating func lose(
    _ child: BatchChild, _ status: ResultLine.Status, _ words: String
  ) throws {
    remove(child)
    child.end()
    guard let item = child.item else { return }
    let seconds = child.finish()
    let bytes = try? Data(contentsOf: URL(filePath: item.profile))
    try receive(
      ResultLine(
        item: item.number, id: item.id, profile: item.profile, status: status, seconds: seconds,
        input: bytes.map { CacheKey.input(profile: Array($0), options: item.options) },
        message: words), false)
  }

  private mutating func remove(_ child: BatchChild) {
    children.removeAll { $0 === child }
  }
}
