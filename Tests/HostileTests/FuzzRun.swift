import Foundation
import TestSupport

/// Runs damaged commands one after the other in a folder of their own, which holds the files of the
/// one that runs: what is in it when the process ends is what ended it.
final class FuzzRun {
  private let folder: URL
  private let surfaces: [Surface]
  private let seeds: [String: [UInt8]]
  private let others: [[UInt8]]
  private let console: Int32
  private let streams: [Int32]
  private var largest = 0

  init(folder: URL, surfaces: [Surface]) throws {
    self.folder = folder
    self.surfaces = surfaces
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var seeds: [String: [UInt8]] = [:]
    for name in Surface.seedNames.sorted() {
      let content = try Data(contentsOf: Surface.seeds.appendingPathComponent(name))
      seeds[name] = Array(content)
      try content.write(to: folder.appendingPathComponent(name))
    }
    self.seeds = seeds
    others = seeds.keys.sorted().map { seeds[$0] ?? [] }
    guard chdir(folder.path) == 0 else { throw CocoaError(.fileNoSuchFile) }
    console = dup(STDERR_FILENO)
    streams = ["stdout", "stderr"].enumerated().map { index, name in
      let stream = open(name, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0o644)
      dup2(stream, Int32(index + 1))
      return stream
    }
    var memory = rlimit(rlim_cur: 6 << 30, rlim_max: 6 << 30)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &memory)
  }

  func log(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = Glibc.write(console, line, line.count)
  }

  /// Makes and runs the command of a number.
  func attempt(_ number: Int) throws {
    var damage = Damage(seed: UInt64(number))
    let surface = damage.pick(surfaces)
    var arguments = surface.arguments
    var damaged: [String] = []
    if damage.chance(12) == 0 || surface.files.isEmpty {
      arguments = damagedArguments(arguments, &damage)
    }
    if !surface.files.isEmpty, damage.chance(40) > 0 {
      for _ in 0..<damage.pick([1, 1, 1, 2]) {
        let name = surface.arguments[damage.pick(surface.files)]
        let bytes = damage.damaged(seeds[name] ?? [], others: others)
        try Data(bytes).write(to: URL(fileURLWithPath: name))
        damaged.append(name)
      }
    }
    try Data("\(number)\n\(arguments.joined(separator: "\u{1F}"))\n\(damage.done)".utf8).write(
      to: URL(fileURLWithPath: "case"))
    try? FileManager.default.removeItem(atPath: "out")
    for stream in streams { ftruncate(stream, 0) }
    let begun = clock()
    limitTime(10)
    let outcome = surface.startsProcesses ? spawned(arguments) : inProcess(arguments)
    limitTime(0)
    let seconds = Double(clock() - begun) / Double(CLOCKS_PER_SEC)
    var fault = outcome.fault
    if seconds > 4 { fault = fault ?? "\(seconds) s" }
    var usage = rusage()
    getrusage(
      __rusage_who_t(surface.startsProcesses ? RUSAGE_CHILDREN.rawValue : RUSAGE_SELF.rawValue),
      &usage)
    if usage.ru_maxrss > largest + 700_000 { fault = fault ?? "\(usage.ru_maxrss / 1024) MiB" }
    largest = max(largest, usage.ru_maxrss)
    if let fault { keep(number, fault, outcome) }
    for name in Set(damaged) {
      try Data(seeds[name] ?? []).write(to: URL(fileURLWithPath: name))
    }
  }

  private func damagedArguments(_ arguments: [String], _ damage: inout Damage) -> [String] {
    let places = arguments.indices.filter { $0 > 0 && arguments[$0].first?.isNumber == true }
    guard !places.isEmpty else { return arguments }
    var changed = arguments
    let at = damage.pick(places)
    var value = damage.pick(Damage.numbers)
    if damage.chance(2) == 0,
      let separator = arguments[at].firstIndex(where: { ":x.%".contains($0) })
    {
      value =
        damage.chance(2) == 0
        ? value + arguments[at][separator...] : arguments[at][...separator] + value
    }
    damage.note("argument \(value)")
    changed[at] = value
    return changed
  }

  private func inProcess(_ arguments: [String]) -> Outcome {
    let (status, errors) = Outcome.inProcess(arguments)
    return Outcome(
      status: status, output: text("stdout"), errors: errors + text("stderr"), file: text("out"))
  }

  private func spawned(_ arguments: [String]) -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    process.arguments = ["-s", "KILL", "30", Surface.program.path] + arguments
    try? process.run()
    process.waitUntilExit()
    let isExit = process.terminationReason == .exit
    return Outcome(
      status: isExit ? process.terminationStatus : -process.terminationStatus,
      output: text("stdout"), errors: text("stderr"), file: text("out") + text("out.html"))
  }

  private func text(_ name: String) -> String {
    guard let file = FileHandle(forReadingAtPath: name) else { return "" }
    let data = (try? file.read(upToCount: 1 << 20)) ?? nil
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  private func keep(_ number: Int, _ fault: String, _ outcome: Outcome) {
    log("FINDING \(number): \(fault): \(outcome.errors.prefix(300))")
    let place = folder.deletingLastPathComponent().appendingPathComponent("finding-\(number)")
    try? FileManager.default.removeItem(at: place)
    try? FileManager.default.copyItem(at: folder, to: place)
    try? Data(fault.utf8).write(to: place.appendingPathComponent("fault"))
  }

  /// Ends the process after so many seconds of computing, or six times as many of waiting.
  private func limitTime(_ seconds: Int) {
    var timer = itimerval(
      it_interval: timeval(), it_value: timeval(tv_sec: seconds, tv_usec: 0))
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
    alarm(UInt32(seconds * 6))
  }
}
