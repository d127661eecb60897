import ArgumentParser
import Reports

/// Where a command writes its report.
struct ReportOptions: ParsableArguments {
  @Option(
    help: """
      Write a report of the plan to this file: one HTML page that needs no network. - for standard output.
      """)
  var report: String?

  func validate() throws {
    if report == "" { throw ValidationError("--report takes the name of a file, or -") }
  }

  /// Refuses to write the page and something else to standard output.
  func check(beside others: String?...) throws {
    if ([report] + others).count(where: { $0 == "-" }) > 1 {
      throw ValidationError(
        "only one of --report, -o, --svg and others can go to standard output (-)")
    }
  }

  /// Writes a page, if one was asked for.
  func write(_ page: @autoclosure () -> ReportPage) throws {
    guard let report else { return }
    try Self.write(page(), to: report)
  }

  /// Writes a page to a file; `-` is standard output.
  static func write(_ page: ReportPage, to path: String) throws {
    let text: String
    do {
      text = try page.html()
    } catch {
      throw CommandFailure(.failure, "\(path): the page can't be made: \(error)")
    }
    try Inputs.write(Array(text.utf8), to: path)
  }
}
