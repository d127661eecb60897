import Collectors
import Foundation
import Profiles
import Testing

/// Files of others, where the environment variable PLANNER_SAMPLES names their folder.
enum Samples {
  /// The folder; nil where there is none.
  static let folder = ProcessInfo.processInfo.environment["PLANNER_SAMPLES"]
  /// Why tests are skipped.
  static let remedy: Comment = "PLANNER_SAMPLES names no folder with samples"

  /// Returns a file, decompressed.
  static func file(_ path: String) throws -> SourceFile {
    let url = URL(filePath: folder ?? "").appending(path: path)
    let bytes = Array(try Data(contentsOf: url))
    return SourceFile(name: url.lastPathComponent, bytes: try InputFile.content(of: bytes))
  }
}
