/// Text that is built word by word and broken before the line gets too long.
struct WrappedText {
  private(set) var text = ""
  private var column = 0

  /// Adds a line as it is.
  mutating func add(line: String) {
    endLine()
    text += line
    text += "\n"
  }

  /// Adds a word after a blank; in a new, indented line if it doesn't fit into this one.
  mutating func add(word: String) {
    let length = word.utf8.count
    if column > 0 && column + 1 + length > 78 {
      text += "\n  "
      column = 2
    }
    text += " "
    text += word
    column += length + 1
  }

  /// Ends the line if there is one.
  mutating func endLine() {
    if column > 0 { text += "\n" }
    column = 0
  }
}
