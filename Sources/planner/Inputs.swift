import Crypto
import Foundation
import Plans
import Profiles

/// Reads profiles and plans from files or standard input, and writes results.
enum Inputs {
  /// A profile with the digest of its uncompressed file.
  struct LoadedProfile {
    let path: String
    let profile: Profile
    let sha256: String
  }

  /// Reads a profile; `-` is standard input.
  static func profile(_ path: String) throws -> LoadedProfile {
    do {
      let file =
        path == "-"
        ? try ProfileFile.load(try Console.readInput(), name: "<stdin>")
        : try ProfileFile.load(path)
      return LoadedProfile(
        path: path, profile: file.profile, sha256: digest(of: file.content))
    } catch let error as ProfileError {
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

  /// The SHA-256 digest in hexadecimal.
  static func digest(of bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
  }

  /// Writes bytes to a file at once, or to standard output for `-`.
  static func write(_ bytes: [UInt8], to path: String) throws {
    if path == "-" { return try Console.write(bytes) }
    do {
      try AtomicFile.write(bytes, to: path)
    } catch {
      throw CommandFailure(.failure, "\(error)")
    }
  }
}
