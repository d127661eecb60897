import Foundation
import GLPK
import Glibc
import Optimization
import Synchronization
import Testing
import Workers

@Suite("engines that fail")
struct FailureTests {
  @Test("GLPK's fatal errors leave the process alive")
  func misuse() throws {
    for _ in 0..<100 {
      let error = #expect(throws: SolverError.self) { try GLPKSolver().provokeFailure() }
      guard case .engineFailed("glpk", let words) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(words.contains("row number out of range"))
    }
    let solution = try GLPKSolver().solve(Model.random(seed: 2), options: SolveOptions())
    #expect(solution.termination == .optimal)
  }

  @Test("a worker killed while it searches leaves its best point", arguments: ["cbc", "glpk"])
  func killed(engine: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/planner-" + engine
    try FileManager.default.createSymbolicLink(
      atPath: path, withDestinationPath: Backend.buildFolder + "/planner-" + engine)
    let solver = try WorkerSolver(executable: path)
    let hard = Model.hardKnapsack(items: 120, capacities: 12)
    let hasKilled = Atomic<Bool>(false)
    var options = SolveOptions(timeLimit: 60)
    options.progressHandler = { report in
      guard report.incumbent != nil, !hasKilled.exchange(true, ordering: .relaxed) else { return }
      for process in processes(startedAs: path) { kill(process, SIGKILL) }
    }
    do {
      let solution = try solver.solve(hard, options: options)
      #expect(solution.termination == .feasible(.engineFailure))
      #expect(hard.violations(of: try #require(solution.point)).isEmpty)
      #expect(solution.objective != nil)
      #expect(solution.bound != nil)
    } catch SolverError.engineFailed(_, let words) {
      #expect(words == "the worker ended by signal 9")
    }
    let next = try solver.solve(Model.random(seed: 4), options: SolveOptions())
    #expect(next.termination == .optimal)
  }

  @Test("a worker that was killed while idle is replaced")
  func killedIdle() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/planner-glpk"
    try FileManager.default.createSymbolicLink(
      atPath: path, withDestinationPath: Backend.buildFolder + "/planner-glpk")
    let solver = try WorkerSolver(executable: path)
    for seed in UInt64(0)..<3 {
      for process in processes(startedAs: path) { kill(process, SIGKILL) }
      let solution = try? solver.solve(Model.random(seed: seed), options: SolveOptions())
      // The signal may arrive when the worker has already been given the request.
      #expect(solution == nil || solution?.termination == .optimal)
    }
    #expect(try solver.solve(Model.random(seed: 5), options: SolveOptions()).point != nil)
  }
}

@Suite("workers that misbehave")
struct MisbehaviourTests {
  private static let greeting = """
    {"greeting":{"_0":{"schema":"planner.worker/1","name":"fake","version":"1",\
    "features":["timeLimit","cancellation"],"deviations":[]}}}
    """

  /// A worker that greets and then does what a line of shell says.
  private func fake(
    _ behaviour: String, in folder: borrowing TemporaryFolder, greeting: String = Self.greeting
  ) throws -> String {
    let path = folder.path + "/planner-fake"
    let text = path + ".txt"
    try "#!/bin/sh\necho '\(greeting)'\n\(behaviour)\n".write(
      toFile: text, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: text)
    // Written by another process: a file that this one has open can't be run, and a process that
    // another test starts at this moment shares what is open.
    let copy = try Process.run(URL(fileURLWithPath: "/bin/cp"), arguments: ["-p", text, path])
    copy.waitUntilExit()
    return path
  }

  @Test("one that never answers is ended after the time limit")
  func hangs() throws {
    let folder = try TemporaryFolder()
    let path = try fake("cat > /dev/null", in: folder)
    let solver = try WorkerSolver(executable: path, gracePeriod: 0.1)
    let model = Model.random(seed: 1)
    let solution = try solver.solve(model, options: SolveOptions(timeLimit: 0.1))
    #expect(solution.termination == .noSolution(.time))
    #expect(processes(startedAs: path).isEmpty)
  }

  @Test("one that never reads is ended after the time limit")
  func readsNothing() throws {
    let folder = try TemporaryFolder()
    let path = try fake("exec tail -f /dev/null", in: folder)
    let solver = try WorkerSolver(executable: path, gracePeriod: 0.1)
    let large = Model.hardKnapsack(items: 3000, capacities: 30)
    let solution = try solver.solve(large, options: SolveOptions(timeLimit: 0.1))
    #expect(solution.termination == .noSolution(.time))
  }

  @Test("one that ignores a request to stop is ended")
  func ignoresStop() throws {
    let folder = try TemporaryFolder()
    let path = try fake("cat > /dev/null", in: folder)
    let solver = try WorkerSolver(executable: path, gracePeriod: 0.1)
    var options = SolveOptions()
    options.cancellation = Cancellation()
    options.cancellation?.cancel()
    let solution = try solver.solve(Model.random(seed: 1), options: options)
    #expect(solution.termination == .noSolution(.interrupted))
  }

  @Test(
    "one that ends or talks nonsense is an error",
    arguments: ["read line; exit 3", "read line; echo nonsense; cat", "read line; kill -SEGV $$"])
  func fails(behaviour: String) throws {
    let folder = try TemporaryFolder()
    let solver = try WorkerSolver(executable: try fake(behaviour, in: folder))
    let error = #expect(throws: SolverError.self) {
      try solver.solve(Model.random(seed: 1), options: SolveOptions())
    }
    guard case .engineFailed("fake", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a point that violates the model is refused")
  func lies() throws {
    let folder = try TemporaryFolder()
    let reply = #"""
      {"solution":{"_0":{"termination":{"kind":"optimal"},"point":[9],"nodes":0,"engine":"fake"}}}
      """#
    let solver = try WorkerSolver(
      executable: try fake("read line; echo '\(reply)'; cat > /dev/null", in: folder))
    var model = Model(name: "one")
    model.addBinary("x")
    #expect(throws: SolverError.wrongAnswer(engine: "fake", violation: "x = 9.0 not in 0.0...1.0"))
    {
      try solver.solve(model, options: SolveOptions())
    }
  }

  @Test(
    "what doesn't greet as a worker is unavailable",
    arguments: ["hello", #"{"greeting":{"_0":{"schema":"planner.worker/0"}}}"#, ""])
  func strangers(greeting: String) throws {
    let folder = try TemporaryFolder()
    let path = try fake("exit 0", in: folder, greeting: greeting)
    let error = #expect(throws: SolverError.self) { try WorkerSolver(executable: path) }
    guard case .unavailable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a missing executable is unavailable")
  func missing() throws {
    let folder = try TemporaryFolder()
    #expect(WorkerSolver.executable(of: "cbc", in: folder.path) == nil)
    #expect(throws: SolverError.self) {
      try WorkerSolver(executable: folder.path + "/planner-cbc")
    }
  }
}

@Suite("requests to a worker")
struct RequestTests {
  /// Runs a worker on raw input, which ends once as many lines were answered.
  private func replies(
    to input: Data, awaiting count: Int
  ) throws -> (lines: [String], status: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Backend.buildFolder + "/planner-glpk")
    let (standardInput, standardOutput) = (Pipe(), Pipe())
    process.standardInput = standardInput
    process.standardOutput = standardOutput
    try process.run()
    try standardInput.fileHandleForWriting.write(contentsOf: input)
    var output = Data()
    let reader = standardOutput.fileHandleForReading
    while output.count(where: { $0 == UInt8(ascii: "\n") }) < 1 + count {
      let piece = reader.availableData
      if piece.isEmpty { break }
      output.append(piece)
    }
    try standardInput.fileHandleForWriting.close()
    output.append(try reader.readToEnd() ?? Data())
    process.waitUntilExit()
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(lines.first?.contains("planner.worker") ?? false)
    return (Array(lines.dropFirst()), process.terminationStatus)
  }

  @Test(
    "a malformed request gives an error line",
    arguments: [
      "nonsense", "{}", #"{"task":"dance"}"#, "\u{0}\u{1}\u{2}", #"{"task":"solve"}"#,
      #"{"task":"solve","wantsLog":false}"#,
      #"""
      {"task":"solve","wantsLog":false,"shape":{"columns":-1,"rows":0,"terms":0,\#
      "isMaximized":false,"offset":0,"hasStart":false}}
      """#,
      #"""
      {"task":"solve","wantsLog":false,"shape":{"columns":99999999999,"rows":0,"terms":0,\#
      "isMaximized":false,"offset":0,"hasStart":false}}
      """#,
    ])
  func malformed(line: String) throws {
    let (lines, status) = try replies(to: Data((line + "\n").utf8), awaiting: 1)
    #expect(lines.count == 1)
    #expect(lines.first?.contains(#""failure""#) ?? false)
    #expect(status == 0)
  }

  @Test("arrays that contradict each other give an error line", arguments: UInt64(0)..<5)
  func contradictory(seed: UInt64) throws {
    let shape = #"{"columns":1,"rows":1,"terms":1,"isMaximized":false,"offset":0,"hasStart":false}"#
    let header = #"{"task":"solve","wantsLog":false,"shape":\#(shape)}"# + "\n"
    // objective, bounds, row bounds, coefficient; row starts; column; kind
    var bytes = [UInt8](repeating: 0, count: 8 * 6 + 8 * 2 + 4 + 1)
    switch seed {
    case 0: break  // The last row's end isn't the number of terms.
    case 1: bytes[48] = 1
    case 2: (bytes[56], bytes[64]) = (1, 9)  // column 9
    case 3: (bytes[56], bytes[67]) = (1, 0xFF)  // a negative column
    default: bytes[63] = 0xFF
    }
    let (lines, _) = try replies(to: Data(header.utf8) + Data(bytes), awaiting: 1)
    #expect(lines.contains { $0.contains("invalid_model") })
  }

  @Test("a request that breaks off ends the worker")
  func truncated() throws {
    let shape = #"{"columns":9,"rows":1,"terms":1,"isMaximized":false,"offset":0,"hasStart":false}"#
    let header = #"{"task":"solve","wantsLog":false,"shape":\#(shape)}"# + "\nabc"
    let (lines, status) = try replies(to: Data(header.utf8), awaiting: 0)
    #expect(lines.isEmpty)
    #expect(status == 0)
  }
}

/// A folder that goes with its owner.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "planner-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }
}

/// The processes whose first argument is a path.
func processes(startedAs path: String) -> [pid_t] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return names.compactMap { pid_t($0) }.filter { process in
    let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
    return line.split(separator: 0).contains { $0.elementsEqual(path.utf8) }
  }
}
