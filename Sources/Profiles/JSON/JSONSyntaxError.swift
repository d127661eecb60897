/// The first place at which a text is not JSON.
package struct JSONSyntaxError: Error, Sendable, Hashable {
  /// The line, from 1.
  package let line: Int
  /// The character in the line, from 1.
  package let column: Int
  /// What is wrong.
  package let problem: String
  /// What to do about it.
  package let remedy: String

  /// Creates an error at a byte of a text.
  package init(at offset: Int, of bytes: [UInt8], _ problem: String, _ remedy: String) {
    var line = 1
    var column = 1
    for byte in bytes.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    self.line = line
    self.column = column
    self.problem = problem
    self.remedy = remedy
  }

  /// The error as a fault of a file.
  package var fault: Fault {
    Fault(place: "line \(line), column \(column)", problem: problem, remedy: remedy)
  }
}
