import Foundation
import Profiles

/// Standard input, output and error.
enum Console {
  /// Whether standard error is a terminal, where a progress line can be redrawn.
  static let isTerminal = isatty(STDERR_FILENO) == 1

  /// Whether standard output is a terminal.
  static let isOutputTerminal = isatty(STDOUT_FILENO) == 1

  /// Whether standard output is a terminal whose user hasn't asked for plain text.
  static let isColored =
    isOutputTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

  /// Lets writes to a closed pipe fail instead of ending the process.
  static func ignoreBrokenPipes() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// Writes text to standard output.
  static func write(_ text: String) throws {
    try write(Array(text.utf8))
  }

  /// Writes bytes to standard output.
  static func write(_ bytes: [UInt8]) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(bytes))
    } catch {
      throw CommandFailure(.failure, "standard output: can't be written; is it still open?")
    }
  }

  /// Writes a line to standard error.
  static func error(_ text: String) {
    clearProgress()
    try? FileHandle.standardError.write(contentsOf: Data("planner: \(plain(text))\n".utf8))
  }

  /// Writes a remark to standard error.
  static func note(_ text: String) {
    clearProgress()
    try? FileHandle.standardError.write(contentsOf: Data("\(plain(text))\n".utf8))
  }

  /// Text without characters that command a terminal: names come from files of others.
  private static func plain(_ text: String) -> String {
    guard
      text.utf8.contains(where: { $0 < 0x20 && $0 != 0x0A && $0 != 0x09 || $0 >= 0x7F })
    else { return text }
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          // Format characters turn the direction of what follows.
          case .control where scalar != "\n" && scalar != "\t", .format: "\u{FFFD}"
          default: scalar
          }
        }))
  }

  /// Redraws the progress line; does nothing where standard error is no terminal.
  static func progress(_ text: String) {
    guard isTerminal else { return }
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(text)".utf8))
  }

  /// Removes the progress line.
  static func clearProgress() {
    guard isTerminal else { return }
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K".utf8))
  }

  /// Reads standard input to its end.
  static func readInput() throws -> [UInt8] {
    var bytes: [UInt8] = []
    let limit = InputLimits.current[.bytes]
    while let part = try FileHandle.standardInput.read(upToCount: 1 << 20), !part.isEmpty {
      bytes.append(contentsOf: part)
      if bytes.count > limit {
        throw CommandFailure(.badInput, "<stdin>: too many bytes; \(InputLimits.raise(.bytes))")
      }
    }
    return bytes
  }
}
