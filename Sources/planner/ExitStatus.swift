import ArgumentParser

/// What the exit code tells, beyond swift-argument-parser's own 64 for wrong usage.
enum ExitStatus: Int32 {
  case success = 0
  case failure = 1
  case badInput = 3
  case infeasible = 4
  case limitWithoutPlan = 5
  case validationFailed = 6
  case interrupted = 130

  var code: ExitCode { ExitCode(rawValue) }
}

/// An error with its text and exit code.
struct CommandFailure: Error, CustomStringConvertible {
  let status: ExitStatus
  let description: String

  init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}
