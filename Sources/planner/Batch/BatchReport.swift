import Batches
import Foundation
import Profiles

/// Keeps the results of a batch: what was there before, what comes, and what is told of it.
///
/// A class, because the run that hands results over and the command share it.
final class BatchReport {
  /// The items that are still to be planned, in the order of the input.
  let waiting: [BatchItem]
  private var log: ResultLog?
  private let isOrdered: Bool
  private let isQuiet: Bool
  private let began = ContinuousClock.now
  private var lines: [Int: ResultLine] = [:]
  /// Results that wait for those before them.
  private var held: [Int: ResultLine] = [:]
  private var order: ArraySlice<Int>
  private let doneBefore: Int
  private var cachedCount = 0
  private var newCount = 0
  private var failedCount = 0
  /// When the bar was drawn last.
  private var drawn: ContinuousClock.Instant?

  /// Opens the result file, and finds out what is done already.
  init(
    _ items: [BatchItem], results: String?, resumes: Bool, waits: Bool, retriesFailed: Bool,
    isOrdered: Bool, isQuiet: Bool
  ) throws {
    do throws(FileError) {
      log = try results.map { path throws(FileError) in
        try ResultLog(path, resumes: resumes, waits: waits)
      }
    } catch {
      throw CommandFailure(.badInput, error.description)
    }
    for number in log?.before.damaged ?? [] {
      Console.note("\(results ?? ""):\(number): is no result; it is left out")
    }
    let done = Self.finished(items, log?.before.latest ?? [:], retriesFailed: retriesFailed)
    waiting = items.filter { done[$0.number] == nil }
    lines = done
    doneBefore = done.count
    order = waiting.map(\.number)[...]
    self.isOrdered = isOrdered
    self.isQuiet = isQuiet
  }

  /// The results of items that need not be planned again: profile, options and plan are as they were.
  private static func finished(
    _ items: [BatchItem], _ latest: [String: ResultLine], retriesFailed: Bool
  ) -> [Int: ResultLine] {
    if latest.isEmpty { return [:] }
    var found = [ResultLine?](repeating: nil, count: items.count)
    found.withUnsafeMutableBufferPointer { found in
      nonisolated(unsafe) let found = found
      DispatchQueue.concurrentPerform(iterations: items.count) { index in
        guard var line = latest[items[index].id],
          isCurrent(line, for: items[index], retriesFailed: retriesFailed)
        else { return }
        line.item = items[index].number
        found[index] = line
      }
    }
    return Dictionary(uniqueKeysWithValues: found.compactMap { $0 }.map { ($0.item, $0) })
  }

  private static func isCurrent(
    _ line: ResultLine, for item: BatchItem, retriesFailed: Bool
  ) -> Bool {
    if retriesFailed && !line.status.isAnswer { return false }
    if line.profile != item.profile { return false }
    // Without a digest the profile could not be read then.
    guard let input = line.input, let bytes = try? Data(contentsOf: URL(filePath: item.profile)),
      CacheKey.input(profile: Array(bytes), options: item.options) == input
    else { return false }
    guard line.status == .planned, let output = item.output else { return true }
    guard line.output == output, let plan = try? Data(contentsOf: URL(filePath: output)) else {
      return false
    }
    return Inputs.digest(of: Array(plan)) == line.digest
  }

  /// Adds the result of an item.
  func add(_ line: ResultLine, isCached: Bool) throws {
    lines[line.item] = line
    newCount += 1
    if isCached { cachedCount += 1 }
    if line.status != .planned { failedCount += 1 }
    if isOrdered {
      held[line.item] = line
      while let next = order.first, let line = held.removeValue(forKey: next) {
        order.removeFirst()
        try write(line)
      }
    } else {
      try write(line)
    }
    let now = ContinuousClock.now
    if !isQuiet, Console.isTerminal, drawn.map({ now - $0 > .milliseconds(100) }) ?? true {
      drawn = now
      Console.progress(bar)
    }
  }

  private func write(_ line: ResultLine) throws {
    guard let log else { return try Console.write(line.encoded()) }
    do {
      try log.append(line)
    } catch {
      throw CommandFailure(.badInput, error.description)
    }
  }

  /// The result of an item; nil if there is none.
  func line(of number: Int) -> ResultLine? { lines[number] }

  /// How many items have no result.
  var countLeft: Int { waiting.count - newCount }

  /// The exit code of the first item that has no plan.
  var firstFailure: Int32? {
    lines.sorted { $0.key < $1.key }.first { $0.value.status != .planned }?.value.status.code
  }

  /// Forces the results to the disk and tells the sum of them.
  func finish() throws {
    Console.clearProgress()
    // An interrupt leaves gaps; what is planned behind them counts all the same.
    for (_, line) in held.sorted(by: { $0.key < $1.key }) { try write(line) }
    held = [:]
    do {
      try log?.synchronize()
    } catch {
      throw CommandFailure(.badInput, error.description)
    }
    if isQuiet { return }
    var words = BatchSummary(lines.sorted { $0.key < $1.key }.map(\.value)).sentence
    if doneBefore > 0 { words += "; \(doneBefore) done before" }
    if cachedCount > 0 { words += "; \(cachedCount) from the cache" }
    Console.note(words + "; \(Quantity.fixed(seconds, decimals: 1)) s")
  }

  private var seconds: Double { (ContinuousClock.now - began) / .seconds(1) }

  private var bar: String {
    let width = 24
    let filled = waiting.isEmpty ? width : newCount * width / waiting.count
    let left = newCount > 0 ? seconds / Double(newCount) * Double(countLeft) : 0
    return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      + " \(newCount)/\(waiting.count)" + (failedCount > 0 ? ", \(failedCount) without a plan" : "")
      + ", \(Quantity.fixed(left, decimals: 0)) s left"
  }
}

/// How many items ended how.
struct BatchSummary {
  private let count: Int
  private let statuses: [(ResultLine.Status, Int)]
  private let seconds: Double

  init(_ lines: [ResultLine]) {
    count = lines.count
    statuses = ResultLine.Status.allCases.compactMap { status in
      let count = lines.count { $0.status == status }
      return count > 0 ? (status, count) : nil
    }
    seconds = lines.reduce(0) { $0 + $1.seconds }
  }

  /// The counts in words, and the seconds that all items took together.
  var sentence: String {
    let parts = statuses.map { "\($1) \($0.rawValue.replacing("_", with: " "))" }
    return "\(count) items: \(parts.isEmpty ? "nothing to do" : parts.joined(separator: ", ")); "
      + "\(Quantity.fixed(seconds, decimals: 1)) s of planning"
  }
}
