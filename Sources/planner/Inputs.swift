import Foundation
import Plans
import Profiles
import Simulation

/// Reads profiles and plans from files or standard input, and writes results.
enum Inputs {
  /// A profile with the digest of its uncompressed file.
  struct LoadedProfile {
    let path: String
    let profile: Profile
    let sha256: String
    /// When its reading began: time limits count from here.
    var began = ContinuousClock.now
  }

  /// Reads a profile; `-` is standard input.
  static func profile(_ path: String) throws -> LoadedProfile {
    let began = ContinuousClock.now
    do {
      let file =
        path == "-"
        ? try ProfileFile.load(try Console.readInput(), name: "<stdin>")
        : try ProfileFile.load(path)
      return LoadedProfile(
        path: path, profile: file.profile, sha256: digest(of: file.content), began: began)
    } catch let error as ProfileError {
      throw CommandFailure(.badInput, error.description)
    }
  }

  /// Reads a profile from the bytes of its file.
  static func profile(_ bytes: [UInt8], path: String) throws -> LoadedProfile {
    let began = ContinuousClock.now
    do {
      let file = try ProfileFile.load(bytes, name: path)
      return LoadedProfile(
        path: path, profile: file.profile, sha256: digest(of: file.content), began: began)
    } catch {
      throw CommandFailure(.badInput, error.description)
    }
  }

  /// Reads a plan; `-` is standard input.
  static func plan(_ path: String) throws -> Plan {
    do {
      return path == "-"
        ? try Plan.read(try Console.readInput(), name: "<stdin>")
        : try Plan.read(contentsOf: path)
    } catch let error as PlanError {
      throw CommandFailure(.badInput, error.description)
    }
  }

  /// Reads a plan and refuses one that is not for the profile.
  static func plan(_ path: String, for loaded: LoadedProfile) throws -> Plan {
    let plan = try plan(path)
    let faults = plan.faults(on: loaded.profile, sha256: loaded.sha256)
    guard faults.isEmpty else {
      throw CommandFailure(
        .validationFailed, faults.map { "\(path): \($0)" }.joined(separator: "\n"))
    }
    return plan
  }

  /// Prepares a profile for simulation.
  static func simulator(_ loaded: LoadedProfile) throws -> Simulator {
    do {
      return try Simulator(profile: loaded.profile)
    } catch {
      throw CommandFailure(.badInput, "\(loaded.path): \(error)")
    }
  }

  /// The budget that the user asks for, else that of the profile's device.
  static func budgetBytes(_ budget: BudgetArgument?, of loaded: LoadedProfile) throws -> Int {
    let profile = loaded.profile
    if let budget {
      let demand = MemoryDemand(of: profile, storages: Storages(of: profile))
      return budget.bytes(ofPeak: demand.unconstrainedPeak.bytes)
    }
    guard let device = profile.device else {
      throw CommandFailure(
        .badInput, "\(loaded.path): device: absent, so there is no default budget; give --budget")
    }
    return device.defaultBudgetBytes
  }

  /// Reads a file whole; `-` is standard input.
  static func bytes(_ path: String) throws -> [UInt8] {
    if path == "-" { return try Console.readInput() }
    do {
      return try InputFile.bytes(of: path)
    } catch {
      throw CommandFailure(.badInput, "\(path): \(error)")
    }
  }

  /// The SHA-256 digest in hexadecimal.
  static func digest(of bytes: [UInt8]) -> String {
    SHA256.hexadecimal(of: bytes)
  }

  /// Writes bytes to a file at once, or to standard output for `-`.
  static func write(_ bytes: [UInt8], to path: String) throws {
    if path == "-" { return try Console.write(bytes) }
    do {
      try AtomicFile.write(bytes, to: path)
    } catch {
      throw CommandFailure(.badInput, "\(error)")
    }
  }
}
