import Foundation
import Simulation

/// One profile that failed among several, for machines.
struct FailureLine: Encodable {
  let schema = "planner.failure/1"
  let profile: String
  let status: Int32
  let message: String

  /// One line of JSON.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}

extension Verdict {
  /// The verdict in words.
  var sentence: String {
    switch self {
    case .valid: "the plan is valid"
    case .failed(let failure): failure.description
    }
  }
}
