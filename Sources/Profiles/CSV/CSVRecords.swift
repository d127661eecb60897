/// Reads the records of a text with comma-separated values (RFC 4180), one by one.
package struct CSVRecords {
  /// One field and where it begins.
  package struct Field: Sendable {
    /// The content, without quotation marks.
    package var text: String
    /// The line and the character in it, from 1.
    package var line: Int
    /// The character in the line, from 1.
    package var column: Int
  }

  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var column = 1
  private var fieldCount = 0
  private let mostFields = InputLimits.current[.fields]

  /// Prepares to read a text; a byte order mark at its beginning is skipped.
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// Reads the next record that holds more than one empty field; nil at the end.
  package mutating func next() throws(CSVFault) -> [Field]? {
    while position < bytes.count {
      let record = try record()
      if record.count > 1 || record.first?.text.isEmpty == false { return record }
    }
    return nil
  }

  // MARK: Fields

  private mutating func record() throws(CSVFault) -> [Field] {
    var fields: [Field] = []
    while true {
      fieldCount += 1
      guard fieldCount <= mostFields else {
        throw CSVFault(
          line: line, column: column, problem: "too many fields",
          remedy: "split the table up; \(InputLimits.raise(.fields))", isTooLarge: true)
      }
      fields.append(try field())
      guard position < bytes.count else { return fields }
      let separator = bytes[position]
      advance()
      if separator == UInt8(ascii: ",") { continue }
      if separator == 0x0D, position < bytes.count, bytes[position] == 0x0A { advance() }
      line += 1
      column = 1
      return fields
    }
  }

  private mutating func field() throws(CSVFault) -> Field {
    let (line, column) = (line, column)
    var content: [UInt8] = []
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
      try readQuoted(into: &content)
    } else {
      while position < bytes.count, !CSVRecords.separates(bytes[position]) {
        content.append(bytes[position])
        advance()
      }
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw CSVFault(
        line: line, column: column, problem: "it isn't UTF-8 text",
        remedy: "save the table as UTF-8"
      )
    }
    return Field(text: text, line: line, column: column)
  }

  /// Reads a field in quotation marks, where two of them stand for one.
  private mutating func readQuoted(into content: inout [UInt8]) throws(CSVFault) {
    let (firstLine, firstColumn) = (line, column)
    advance()
    while position < bytes.count {
      let byte = bytes[position]
      advance()
      if byte == UInt8(ascii: "\"") {
        guard position < bytes.count else { return }
        if bytes[position] == UInt8(ascii: "\"") {
          advance()
        } else if CSVRecords.separates(bytes[position]) {
          return
        } else {
          throw CSVFault(
            line: line, column: column, problem: "text follows a closing quotation mark",
            remedy: "write quotation marks inside a field twice")
        }
      } else if byte == 0x0A {
        line += 1
        column = 1
      }
      content.append(byte)
    }
    throw CSVFault(
      line: firstLine, column: firstColumn, problem: "its quotation mark is never closed",
      remedy: "close it, or write quotation marks inside a field twice")
  }

  private static func separates(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D
  }

  private mutating func advance() {
    if bytes[position] & 0xC0 != 0x80 { column += 1 }
    position += 1
  }
}

/// What is wrong with a field of a table, whatever the table means.
package struct CSVFault: Error, Hashable {
  /// The line, from 1.
  package var line: Int
  /// The character in the line, from 1.
  package var column: Int
  /// What is wrong.
  package var problem: String
  /// What to do about it.
  package var remedy: String
  /// Whether the table has more fields than are read.
  package var isTooLarge = false
}

extension String {
  /// The text without blanks at its ends.
  package var withoutOuterBlanks: String {
    var text = self[...].drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
