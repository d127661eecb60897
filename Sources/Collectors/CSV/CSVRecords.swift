/// The records of a text with comma-separated values (RFC 4180).
struct CSVRecords {
  /// One field and where it begins.
  struct Field {
    var text: String
    /// The line and the character in it, from 1.
    var line: Int
    var column: Int
  }

  /// How many fields are read.
  static let maximumFields = 1 << 24

  /// The records that hold more than one empty field.
  private(set) var records: [[Field]] = []

  private let file: String
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var column = 1
  private var fieldCount = 0

  /// Reads a file.
  init(_ source: SourceFile) throws(CollectorError) {
    file = source.name
    bytes = source.bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    while position < bytes.count {
      let record = try record()
      if record.count > 1 || record.first?.text.isEmpty == false { records.append(record) }
    }
  }

  // MARK: Records

  private mutating func record() throws(CollectorError) -> [Field] {
    var fields: [Field] = []
    while true {
      fieldCount += 1
      guard fieldCount <= CSVRecords.maximumFields else {
        throw .tooLarge(
          file: file, place: "line \(line)",
          problem: "more than \(CSVRecords.maximumFields) fields")
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

  private mutating func field() throws(CollectorError) -> Field {
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
      throw .invalid(
        file: "\(file):\(line):\(column)", place: "the field", problem: "it isn't UTF-8 text",
        remedy: "save the table as UTF-8")
    }
    return Field(text: text, line: line, column: column)
  }

  /// Reads a field in quotation marks, where two of them stand for one.
  private mutating func readQuoted(into content: inout [UInt8]) throws(CollectorError) {
    let place = "\(file):\(line):\(column)"
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
          throw .invalid(
            file: "\(file):\(line):\(column)", place: "the field",
            problem: "text follows a closing quotation mark",
            remedy: "write quotation marks inside a field twice")
        }
      } else if byte == 0x0A {
        line += 1
        column = 1
      }
      content.append(byte)
    }
    throw .invalid(
      file: place, place: "the field", problem: "its quotation mark is never closed",
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
