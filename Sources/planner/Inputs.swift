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

    /// What a time limit leaves for the search, in seconds; nil without one.
    ///
    /// Reading counts, and what comes after the search, such as the replay, takes about as long as what comes
    /// before it.
    func searchTime(of limit: TimeArgument?) -> Double? {
      Inputs.searchTime(of: limit, since: began)
    }
  }

  /// What a time limit leaves for the search, in seconds; nil without one.
  static func searchTime(
    of limit: TimeArgument?, since began: ContinuousClock.Instant
  ) -> Double? {
    limit.map { limit in
      let spent = (ContinuousClock.now - began) / .seconds(1)
      return max(0.001, limit.seconds - spent - min(spent, limit.seconds / 10))
    }
  }

  /// A file as it is stored.
  struct StoredFile {
    let path: String
    let bytes: [UInt8]
    /// When its reading began.
    var began = ContinuousClock.now

    /// What messages call it.
    var name: String { path == "-" ? "<stdin>" : path }
  }

  /// Reads the file of a profile or an instance; `-` is standard input.
  static func stored(_ path: String) throws -> StoredFile {
    let began = ContinuousClock.now
    if path == "-" { return StoredFile(path: path, bytes: try Console.readInput(), began: began) }
    do throws(Fault) {
      return StoredFile(path: path, bytes: try InputFile.bytes(of: path), began: began)
    } catch {
      throw CommandFailure(
        .badInput, ProfileError(file: path, faults: [error]).description)
    }
  }

  /// Reads a profile; `-` is standard input.
  static func profile(_ path: String) throws -> LoadedProfile {
    try profile(try stored(path))
  }

  /// Reads a profile from its file.
  static func profile(_ stored: StoredFile) throws -> LoadedProfile {
    do {
      let file = try ProfileFile.load(stored.bytes, name: stored.name)
      return LoadedProfile(
        path: stored.path, profile: file.profile, sha256: digest(of: file.content),
        began: stored.began)
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
