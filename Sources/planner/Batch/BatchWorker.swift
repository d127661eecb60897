import ArgumentParser
import Batches
import Foundation
import Glibc
import Optimization
import Profiles

/// Plans items: from the cache where they are in it, else with solvers that are kept from item to item.
final class BatchWorker {
  private let engines = EngineStore()
  private let cache: PlanCache?
  private var note: String?

  /// Creates a worker; a cache that can't be opened is told with the first item, and left out.
  init(cacheFolder: String?) {
    do throws(FileError) {
      cache = try cacheFolder.map { folder throws(FileError) in try PlanCache(folder: folder) }
    } catch {
      cache = nil
      note = "\(error); nothing is cached"
    }
  }

  /// What came of an item.
  func answer(_ order: BatchOrder) -> BatchReply {
    var line = ResultLine(
      item: order.number, id: order.id, profile: order.profile, status: .planned)
    var reply = BatchReply()
    do {
      let bytes = try content(order.profile)
      let input = CacheKey.input(profile: bytes, options: order.options)
      line.input = input
      let key = CacheKey.answer(input: input, programs: order.programs)
      if let entry = cached(key) {
        reply.isCached = true
        (line.status, line.figures) = (entry.answer.status, entry.answer.figures)
        line.message = entry.answer.message
        try write(entry.plan, order, &line)
      } else {
        try plan(bytes, order, &line)
        if line.status.isAnswer, line.figures?.isRepeatable ?? true { keep(line, key) }
      }
    } catch let failure as CommandFailure {
      line.status = failure.status.resultStatus
      line.message = words(failure, without: order.profile)
      if line.status == .infeasible, let input = line.input {
        plan = []
        keep(line, CacheKey.answer(input: input, programs: order.programs))
      }
    } catch let error as FileError {
      reply.fatal = error.description
      return reply
    } catch {
      line.status = .failed
      line.message = "\(error)"
    }
    plan = []
    (reply.note, note) = (note, nil)
    reply.line = String(decoding: line.encoded(), as: UTF8.self)
    return reply
  }

  /// The plan of the running item.
  private var plan: [UInt8] = []

  private func plan(_ bytes: [UInt8], _ order: BatchOrder, _ line: inout ResultLine) throws {
    let options: SolveOptions
    do {
      options = try SolveOptions(texts: order.options)
    } catch {
      throw CommandFailure(.badInput, "options: \(SolveOptions.message(for: error))")
    }
    let solver = ProfileSolver(options: options, engines: engines, cancellation: Cancellation())
    let planned = try solver.plan(Inputs.StoredFile(path: order.profile, bytes: bytes))
    line.figures = planned.figures
    plan = planned.plan
    try write(plan, order, &line)
  }

  private func write(_ plan: [UInt8], _ order: BatchOrder, _ line: inout ResultLine) throws {
    guard line.status == .planned else { return }
    line.digest = Inputs.digest(of: plan)
    guard let output = order.output else { return }
    line.output = output
    // One that is there already need not be written again.
    if let old = try? Data(contentsOf: URL(filePath: output)), Array(old) == plan { return }
    // The digest tells after a power failure which plans are whole, so they needn't be forced to the disk
    // one by one.
    try AtomicFile.write(plan, to: output, synchronize: false)
  }

  /// Reads a profile's bytes as they are stored.
  private func content(_ path: String) throws -> [UInt8] {
    var state = stat()
    guard stat(path, &state) == 0 else {
      throw CommandFailure(.badInput, "\(path): can't be read; check the name and its permissions")
    }
    guard state.st_mode & S_IFMT == S_IFREG else {
      throw CommandFailure(.badInput, "\(path): is no regular file; name a profile")
    }
    guard state.st_size <= InputLimits.current[.bytes] else {
      throw CommandFailure(
        .badInput,
        "\(path): the file is too large; split it up; \(InputLimits.raise(.bytes))")
    }
    return try Inputs.bytes(path)
  }

  /// The failure's words without the path that the line has anyway.
  private func words(_ failure: CommandFailure, without path: String) -> String {
    failure.description.replacing("\(path): ", with: "")
  }

  // MARK: - Cache

  private var now: Int { Int(Date().timeIntervalSince1970) }

  private func cached(_ key: String) -> PlanCache.Entry? {
    do {
      return try cache?.entry(key, now: now)
    } catch {
      note = "cache: \(error); the item was planned anew"
      return nil
    }
  }

  /// Keeps an answer without what is the item's own.
  private func keep(_ line: ResultLine, _ key: String) {
    var answer = ResultLine(
      item: 1, id: "", profile: "", status: line.status, figures: line.figures)
    answer.message = line.message
    do {
      try cache?.keep(PlanCache.Entry(answer: answer, plan: plan), as: key, now: now)
    } catch {
      note = "cache: \(error); the answer was not kept"
    }
  }
}

extension ExitStatus {
  /// How an item ended that failed so.
  var resultStatus: ResultLine.Status {
    switch self {
    case .success: .planned
    case .failure: .failed
    case .badInput: .badInput
    case .infeasible: .infeasible
    case .limitWithoutPlan, .interrupted: .limit
    case .validationFailed: .invalid
    }
  }
}
