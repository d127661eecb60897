import Foundation

/// A block of code of a page, with what an invisible comment above it says of how it is tested.
struct CodeBlock {
  /// The page, relative to the project's folder.
  let file: String
  /// The line of its first fence, from 1.
  let line: Int
  /// The language after the fence; empty for command lines.
  let language: String
  /// The lines between the fences.
  let lines: [String]
  /// What `<!-- example: … -->` on the line above says, its items separated by semicolons.
  let remarks: [String]

  var place: String { "\(file):\(line)" }

  /// Whether a remark says this.
  func says(_ remark: String) -> Bool { remarks.contains(remark) }

  /// What follows a word in the remarks, such as the files of `with a, b`.
  func remark(_ word: String) -> String? {
    remarks.first { $0.hasPrefix(word + " ") }.map { String($0.dropFirst(word.count + 1)) }
  }

  /// The project's folder.
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../..").standardized

  /// Reads the blocks of a page.
  static func all(in file: String) throws -> [CodeBlock] {
    let text = try String(contentsOf: root.appending(path: file), encoding: .utf8)
    let lines = text.components(separatedBy: "\n")
    var blocks: [CodeBlock] = []
    var opening: Int?
    for (index, line) in lines.enumerated() where line.hasPrefix("```") {
      guard let begin = opening else {
        opening = index
        continue
      }
      blocks.append(
        CodeBlock(
          file: file, line: begin + 1, language: String(lines[begin].dropFirst(3)),
          lines: Array(lines[(begin + 1)..<index]),
          remarks: begin > 0 ? remarks(lines[begin - 1]) : []))
      opening = nil
    }
    return blocks
  }

  private static func remarks(_ line: String) -> [String] {
    let (head, tail) = ("<!-- example: ", " -->")
    guard line.hasPrefix(head), line.hasSuffix(tail) else { return [] }
    return line.dropFirst(head.count).dropLast(tail.count).components(separatedBy: "; ")
  }

  /// README.md and every article of a documentation catalogue, sorted.
  static func pages() throws -> [String] {
    let sources = root.appending(path: "Sources").path
    let names = try FileManager.default.subpathsOfDirectory(atPath: sources)
    return ["README.md"]
      + names.filter { $0.contains(".docc/") && $0.hasSuffix(".md") }.sorted()
      .map { "Sources/\($0)" }
  }
}

extension CodeBlock {
  /// A command line with the output that the page shows for it.
  struct Step {
    let command: String
    let output: [String]
  }

  /// Whether it shows what commands print: some line begins with a prompt.
  var isSession: Bool { language.isEmpty && lines.contains { $0.hasPrefix("$ ") } }

  /// The command lines behind prompts with what follows them; a backslash continues a line.
  var steps: [Step] {
    var steps: [(command: String, output: [String])] = []
    var continues = false
    for line in lines {
      if continues, !steps.isEmpty {
        steps[steps.count - 1].command += " " + line.trimmingCharacters(in: .whitespaces)
      } else if line.hasPrefix("$ ") {
        steps.append((String(line.dropFirst(2)), []))
      } else if !steps.isEmpty {
        steps[steps.count - 1].output.append(line)
        continue
      } else {
        continue
      }
      continues = steps[steps.count - 1].command.hasSuffix("\\")
      if continues { steps[steps.count - 1].command.removeLast() }
    }
    return steps.map { Step(command: $0.command, output: $0.output) }
  }

  /// The command lines of a block without prompts, remarks and continuations resolved.
  var commands: [String] {
    var commands: [String] = []
    var continues = false
    for line in lines {
      var text = line
      if let remark = text.range(of: " #") { text = String(text[..<remark.lowerBound]) }
      text = text.trimmingCharacters(in: .whitespaces)
      let isContinued = text.hasSuffix("\\")
      if isContinued { text.removeLast() }
      if continues, !commands.isEmpty {
        commands[commands.count - 1] += text
      } else if !text.isEmpty {
        commands += text.components(separatedBy: "; ")
      }
      continues = isContinued
    }
    return commands
  }
}
