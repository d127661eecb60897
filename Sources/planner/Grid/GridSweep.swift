import ArgumentParser
import Batches
import Foundation
import Plans
import Profiles
import Reports

/// Plans every combination of a grid as the items of a batch.
struct GridSweep {
  /// The grid's file.
  let path: String
  let grid: Grid
  /// Where profiles, plans and results go.
  let folder: String
  let jobs: Int
  let cacheFolder: String?

  /// One profile of the grid, written.
  private struct Written {
    let variant: Grid.Variant
    let path: String
    /// The budgets by their texts, in bytes.
    let budgets: [(text: String?, bytes: Int)]
  }

  /// Reads a grid.
  ///
  /// - Throws: `CommandFailure` with its faults.
  init(path: String, folder: String, jobs: Int, cacheFolder: String?) throws {
    self.path = path
    self.folder = folder
    self.jobs = jobs
    self.cacheFolder = cacheFolder
    let bytes = try Inputs.bytes(path)
    do throws(BatchInputError) {
      grid = try Grid(bytes, name: path)
    } catch {
      throw CommandFailure(.badInput, error.description)
    }
    for name in grid.options.keys.sorted() where !SolveOptions.names.contains(name) {
      throw CommandFailure(
        .badInput,
        "\(path): options: '\(name)' is no option of planner solve; use one of "
          + SolveOptions.names.joined(separator: ", "))
    }
    do {
      for budget in grid.budgets { _ = try SolveOptions(texts: texts(budget)) }
      if grid.budgets.isEmpty { _ = try SolveOptions(texts: grid.options) }
    } catch {
      throw CommandFailure(.badInput, "\(path): options: \(SolveOptions.message(for: error))")
    }
  }

  private func texts(_ budget: String?) -> [String: String] {
    var texts = grid.options
    if let budget { texts["budget"] = budget }
    return texts
  }

  /// Plans what is missing, and returns what there is; the exit code is that of the worst.
  func run() throws -> (report: GridReport, isInterrupted: Bool) {
    let signals = try BatchSignals()
    do {
      for name in ["profiles", "plans"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      }
    } catch {
      throw CommandFailure(.badInput, "\(folder): can't be made; name a folder that can be written")
    }
    let source = try GridSource(grid, beside: path)
    var written: [Written] = []
    for variant in grid.variants {
      if signals.wait(seconds: 0) { throw ExitStatus.interrupted.code }
      Console.progress("profile \(variant.name)")
      written.append(try write(variant, of: source))
    }
    Console.clearProgress()
    var items: [BatchItem] = []
    var rows: [GridReport.Row] = []
    for profile in written {
      for (budget, bytes) in profile.budgets {
        let number = items.count + 1
        items.append(
          BatchItem(
            number: number, id: "\(number)", profile: profile.path, options: texts(budget),
            output: "\(folder)/plans/\(number).plan.json"))
        rows.append(
          GridReport.Row(
            variant: profile.variant.name, device: profile.variant.device,
            batch: profile.variant.batch, linkGBPerSecond: profile.variant.linkRate,
            budget: budget, budgetBytes: bytes))
      }
    }
    let report = try BatchReport(
      items, results: "\(folder)/results.jsonl", resumes: true, waits: false,
      retriesFailed: false, isOrdered: false, isQuiet: false)
    let programs = try ProgramIdentities(cacheFolder: cacheFolder, items: report.waiting)
    var limits = BatchRun.Limits(jobs: jobs)
    if let time = try SolveOptions(texts: grid.options).timeLimit {
      limits.seconds = 2 * time.seconds + 60
    }
    var run = BatchRun(
      limits: limits, cacheFolder: cacheFolder, signals: signals,
      programs: programs.identities(for:), receive: { try report.add($0, isCached: $1) })
    let ending = run.run(report.waiting)
    try report.finish()
    if case .failed(let failure) = ending { throw failure }
    for (index, item) in items.enumerated() {
      guard let line = report.line(of: item.number) else { continue }
      rows[index].status = line.status.rawValue
      rows[index].code = line.status.code
      rows[index].value = line.figures?.value
      rows[index].bound = line.figures?.bound
      rows[index].gap = line.figures?.gap
      rows[index].isRepeatable = line.figures?.isRepeatable
      rows[index].message = line.message
    }
    var isInterrupted = false
    if case .interrupted = ending { isInterrupted = true }
    return (GridReport(name: source.name, rows: rows), isInterrupted)
  }

  private func write(_ variant: Grid.Variant, of source: GridSource) throws -> Written {
    let file = "\(folder)/profiles/\(variant.name).profile.json.gz"
    try source.write(variant, to: file)
    let loaded = try Inputs.profile(file)
    if loaded.profile.operators.isEmpty {
      throw CommandFailure(
        .badInput, "\(path): source: has no operators; a grid sweeps training iterations")
    }
    let texts: [String?] = grid.budgets.isEmpty ? [grid.options["budget"]] : grid.budgets
    return Written(
      variant: variant, path: file,
      budgets: try texts.map { text in
        (text, try Inputs.budgetBytes(text.flatMap { BudgetArgument(argument: $0) }, of: loaded))
      })
  }
}
