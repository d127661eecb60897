import Collectors
import Foundation
import Profiles
import Testing

/// Files of the contest's form.
enum Fixtures {
  /// The example of the contest's rules.
  static let exampleText = """
    {"problem": {"name": "example",
      "nodes": {
        "intervals": [[30, 70], [40, 70], [50, 120], [110, 140], [110, 150]],
        "costs": [[15], [55, 65], [25, 45, 35], [85, 75], [95]],
        "usages": [[10], [25, 25], [15, 20, 15], [10, 10], [15]]},
      "edges": {
        "nodes": [[0, 1], [0, 2], [1, 3], [2, 4], [3, 4]],
        "costs": [[30, 40], [50, 10, 40], [90, 10, 20, 80], [60, 20, 30], [70, 60]]},
      "usage_limit": 50}}
    """

  static func example() throws -> ShardingInstance {
    try collect(exampleText)
  }

  static func collect(_ text: String) throws -> ShardingInstance {
    try IOPDDLCollector().collect(SourceFile(name: "x.json", bytes: Array(text.utf8)))
  }

  /// The folder of real instances; nil where there is none.
  static let samples = ProcessInfo.processInfo.environment["PLANNER_SAMPLES"]
  static let remedy: Comment = "PLANNER_SAMPLES names no folder with samples"

  /// Returns a real instance of the contest.
  static func sample(_ name: String) throws -> ShardingInstance {
    let url = URL(filePath: samples ?? "").appending(path: "iopddl/\(name).json.gz")
    let bytes = try InputFile.content(of: Array(try Data(contentsOf: url)))
    return try IOPDDLCollector().collect(SourceFile(name: "\(name).json", bytes: bytes))
  }
}
