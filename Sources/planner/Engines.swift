import ArgumentParser
import Foundation
import Optimization
import Synchronization
import Workers

/// The solver that a command uses.
enum EngineChoice: String, ExpressibleByArgument, CaseIterable {
  case auto
  case cbc
  case glpk
}

/// Finds the worker executables beside this one.
enum Engines {
  /// The running executable.
  static var program: String {
    let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return path.isEmpty ? CommandLine.arguments[0] : path
  }

  /// The folder of the running executable.
  static var folder: String { URL(filePath: program).deletingLastPathComponent().path }

  /// Returns a solver that runs in a worker process.
  ///
  /// `auto` is CBC where it is built, else GLPK.
  static func solver(_ choice: EngineChoice) throws -> any Solver {
    switch choice {
    case .cbc: return try worker("cbc")
    case .glpk: return try worker("glpk")
    case .auto:
      if let cbc = try? worker("cbc") { return cbc }
      return try worker("glpk")
    }
  }

  private static func worker(_ name: String) throws -> any Solver {
    guard let executable = WorkerSolver.executable(of: name, in: folder) else {
      throw CommandFailure(
        .failure, "planner-\(name): not found in \(folder); build it with `swift build -c release`")
    }
    do {
      return try WorkerSolver(executable: executable)
    } catch {
      throw CommandFailure(.failure, "planner-\(name): \(error)")
    }
  }
}

/// Solvers that are started when they are first needed, and kept for the next profile.
///
/// A class, because all users share the started ones.
final class EngineStore: Sendable {
  private let started = Mutex<[EngineChoice: any Solver]>([:])

  /// Returns a solver that runs in a worker process.
  func solver(_ choice: EngineChoice) throws -> any Solver {
    try started.withLock { started in
      if let solver = started[choice] { return solver }
      let solver = try Engines.solver(choice)
      started[choice] = solver
      return solver
    }
  }
}
