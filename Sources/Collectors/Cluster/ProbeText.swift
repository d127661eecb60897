import Profiles

/// The lines of a probe's output.
struct ProbeText {
  /// One line.
  struct Line {
    /// From 1.
    let number: Int
    /// Without blanks at its ends.
    let text: String
    /// What stands between blanks.
    let words: [Substring]
  }

  let file: SourceFile
  let lines: [Line]

  /// Splits a file; line ends may be those of Windows.
  init(_ file: SourceFile) throws(CollectorError) {
    self.file = file
    guard file.bytes.count <= InputLimits.current[.textBytes] else {
      throw .tooLarge(
        file: file.name, place: "contents",
        problem: "too many bytes for a probe; \(InputLimits.raise(.textBytes))")
    }
    if file.bytes.contains(0) {
      throw .malformed(file: file.name, problem: "it has zero bytes; is it a text, in UTF-8?")
    }
    let text = String(decoding: file.bytes, as: UTF8.self)
    var lines: [Line] = []
    let parts = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, part) in parts.enumerated() {
      let words = part.split { $0 == " " || $0 == "\t" }
      guard let first = words.first, let last = words.last else {
        lines.append(Line(number: index + 1, text: "", words: []))
        continue
      }
      lines.append(
        Line(
          number: index + 1, text: String(part[first.startIndex..<last.endIndex]), words: words))
    }
    self.lines = lines
  }

  /// The first character that is no blank.
  var firstCharacter: Character? { lines.first { !$0.text.isEmpty }?.text.first }

  /// Returns an error about a line.
  func fault(_ line: Int, _ problem: String, _ remedy: String) -> CollectorError {
    .invalid(file: file.name, place: "line \(line)", problem: problem, remedy: remedy)
  }

  /// Returns a matrix whose rows begin with their number, below a line of column numbers.
  ///
  /// Numbers have two decimals, as all tools print them: a number cut short is told, and two that touch are
  /// taken apart. `N/A` is nil.
  ///
  /// - Parameters:
  ///   - header: The position of the line of column numbers in `lines`.
  ///   - skipped: How many words stand before the first column number.
  ///   - rowCount: How many rows there are; nil for as many as columns.
  func matrix(
    header: Int, skipping skipped: Int, rows rowCount: Int? = nil
  ) throws(CollectorError) -> [[Double?]] {
    let line = lines[header]
    let columns = line.words.dropFirst(skipped)
    guard !columns.isEmpty, columns.count <= Cluster.maximumDevices,
      columns.enumerated().allSatisfy({ String($0) == $1 })
    else {
      throw fault(line.number, "the columns are not numbered 0, 1, 2 …", "copy the whole output")
    }
    var matrix: [[Double?]] = []
    for row in 0..<(rowCount ?? columns.count) {
      let position = header + 1 + row
      guard position < lines.count, lines[position].words.first.map(String.init) == "\(row)" else {
        throw fault(
          min(line.number + 1 + row, lines.last?.number ?? 1),
          "row \(row) of the matrix in line \(line.number) is missing", "copy the whole output")
      }
      var numbers: [Double?] = []
      for word in lines[position].words.dropFirst() {
        numbers += try self.numbers(word, line: lines[position].number)
      }
      guard numbers.count == columns.count else {
        throw fault(
          lines[position].number, "\(numbers.count) numbers under \(columns.count) columns",
          "copy the whole output")
      }
      matrix.append(numbers)
    }
    let next = header + 1 + matrix.count
    if rowCount == nil, next < lines.count,
      lines[next].words.first.map(String.init) == "\(matrix.count)"
    {
      throw fault(
        lines[next].number, "row \(matrix.count) of a matrix of \(matrix.count) columns",
        "copy the whole output")
    }
    return matrix
  }

  /// The numbers of a word, which may touch: `1531.11516.19`.
  private func numbers(_ word: Substring, line: Int) throws(CollectorError) -> [Double?] {
    if word == "N/A" { return [nil] }
    var rest = word
    var numbers: [Double?] = []
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      let after = rest.dropFirst(digits.count)
      let decimals = after.dropFirst().prefix(2)
      guard !digits.isEmpty, digits.count < 10, after.first == ".", decimals.count == 2,
        decimals.allSatisfy({ $0.isASCII && $0.isNumber }),
        let number = Double("\(digits).\(decimals)")
      else {
        throw fault(line, "'\(word)' is no number with two decimals", "copy the whole output")
      }
      numbers.append(number)
      rest = after.dropFirst(3)
      if let next = rest.first, next.isNumber, numbers.count == 1, !rest.contains(".") {
        throw fault(line, "'\(word)' has more than two decimals", "copy the whole output")
      }
    }
    return numbers
  }

  /// Returns a matrix of devices without gaps beside the diagonal.
  func square(
    _ matrix: [[Double?]], line: Int, diagonal: Double?
  ) throws(CollectorError) -> [[Double]] {
    var result: [[Double]] = []
    for (row, values) in matrix.enumerated() {
      var numbers: [Double] = []
      for (column, value) in values.enumerated() {
        if row == column {
          numbers.append(diagonal ?? value ?? 0)
        } else if let value, value > 0 {
          numbers.append(value)
        } else {
          throw fault(
            line + 1 + row, "devices \(row) and \(column) have no figure",
            "measure them, or leave both out")
        }
      }
      result.append(numbers)
    }
    return result
  }
}
