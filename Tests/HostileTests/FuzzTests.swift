import Foundation
import TestSupport
import Testing

/// Damages the files of every command for as long as `PLANNER_FUZZ_MINUTES` says; `Tests/Fuzz/README.md`
/// tells how. The script `Tests/Fuzz/commands` starts it again where a command has ended the process.
@Suite(.serialized) struct FuzzTests {
  private static let environment = ProcessInfo.processInfo.environment
  static let minutes = environment["PLANNER_FUZZ_MINUTES"].flatMap(Double.init)

  @Test("no damaged file makes a command crash, hang, or lie", .enabled(if: minutes != nil))
  func fuzz() throws {
    let folder = URL(fileURLWithPath: Self.environment["PLANNER_FUZZ_FOLDER"] ?? "fuzz")
    let end = Date(timeIntervalSinceNow: (Self.minutes ?? 0) * 60)
    let range = Self.environment["PLANNER_FUZZ_RANGE"]?.split(separator: "-").compactMap { Int($0) }
    let spawns = Self.environment["PLANNER_FUZZ_PROCESSES"] != nil
    let run = try FuzzRun(
      folder: folder, surfaces: Surface.all.filter { $0.startsProcesses == spawns })
    var number = range?.first ?? 0
    while Date.now < end, number <= range?.last ?? .max {
      try run.attempt(number)
      number += 1
      if range?.count == 1, number == 0 { break }
    }
    run.log("done \(number)")
  }
}
