import Foundation
import Plans
import Reports

extension SweepCommand {
  /// Plans a grid, and writes what came of it.
  func sweep(_ path: String) throws {
    let temporary = FileManager.default.temporaryDirectory
      .appendingPathComponent("planner-\(UUID().uuidString)").path
    defer { if folder == nil { try? FileManager.default.removeItem(atPath: temporary) } }
    let sweep = try GridSweep(
      path: path, folder: folder ?? temporary,
      jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount,
      cacheFolder: noCache ? nil : cache ?? CacheFolder.standard)
    let (report, isInterrupted) = try sweep.run()
    try pictures.write(report.picture())
    if output != "-" || pictures.svg != "-" {
      try Inputs.write(Array(try text(of: report).utf8), to: output)
    }
    if isInterrupted { throw ExitStatus.interrupted.code }
    if let failed = report.rows.first(where: { $0.isFailure }) {
      let words = failed.message ?? failed.status ?? ""
      throw CommandFailure(
        failed.code == ExitStatus.badInput.rawValue ? .badInput : .failure,
        "\(path): \(failed.variant): \(words)")
    }
    if report.rows.allSatisfy({ $0.value == nil }) {
      let isProven = report.rows.allSatisfy { $0.code == ExitStatus.infeasible.rawValue }
      throw (isProven ? ExitStatus.infeasible : .limitWithoutPlan).code
    }
  }

  /// The report in the form asked for; CSV if the file's name ends so.
  private func text(of report: GridReport) throws -> String {
    if json { return try report.json() + "\n" }
    switch format {
    case .json: return try report.json() + "\n"
    case .csv: return report.csv()
    case .text:
      if output.hasSuffix(".csv") { return report.csv() }
      if output.hasSuffix(".json") { return try report.json() + "\n" }
      return report.text(isColored: output == "-" && Console.isColored)
    }
  }
}
