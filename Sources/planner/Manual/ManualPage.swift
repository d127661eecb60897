import Foundation

/// The manual page of a command with all its subcommands, in roff with the macros of `man`.
struct ManualPage {
  /// The page, with a line break at its end.
  private(set) var text = ""

  /// Describes a command.
  init(of root: CommandDescription, version: String) {
    let name = root.commandName
    line(".TH \(name.uppercased()) 1 \"\" \"\(name) \(version)\" \"User Commands\"")
    // Options and paths are neither hyphenated nor spread.
    line(".nh")
    line(".ad l")
    line(".SH NAME")
    line("\(Self.escape(name)) \\- \(Self.escape(root.abstract ?? ""))")
    line(".SH SYNOPSIS")
    for command in root.shownSubcommands {
      line(".B \(Self.escape("\(name) \(command.commandName)"))")
      line(Self.escape(Self.synopsis(of: command)))
      line(".br")
    }
    line(".SH DESCRIPTION")
    paragraphs(root.discussion ?? "")
    options(root.shownArguments)
    line(".SH COMMANDS")
    for command in root.shownSubcommands { describe(command, under: name) }
    line(".SH SEE ALSO")
    line(".BR cbc (1),")
    line(".BR glpsol (1)")
  }

  /// What follows the name of a command.
  private static func synopsis(of command: CommandDescription) -> String {
    if !command.shownSubcommands.isEmpty { return "<command> …" }
    var words = command.shownArguments.filter { $0.kind == .positional }.map { argument in
      let word = argument.placeholder + (argument.isRepeating ? " …" : "")
      return argument.isOptional ? "[\(word)]" : word
    }
    for option in command.shownArguments where option.kind != .positional && !option.isOptional {
      words.append("\(option.names?.first?.typed ?? "") \(option.placeholder)")
    }
    return (words + ["[options]"]).joined(separator: " ")
  }

  private mutating func describe(_ command: CommandDescription, under parent: String) {
    let name = "\(parent) \(command.commandName)"
    line(".SS \(Self.escape(name))")
    if let abstract = command.abstract { line(Self.escape(abstract)) }
    line(".PP")
    line(".B \(Self.escape(name))")
    line(Self.escape(Self.synopsis(of: command)))
    if let discussion = command.discussion {
      line(".PP")
      paragraphs(discussion)
    }
    options(command.shownArguments)
    for subcommand in command.shownSubcommands { describe(subcommand, under: name) }
  }

  private mutating func options(_ arguments: [CommandDescription.Argument]) {
    var section: String?
    for argument in arguments {
      if argument.sectionTitle != section {
        section = argument.sectionTitle
        if let section {
          line(".PP")
          line(".I \(Self.escape(section))")
        }
      }
      line(".TP")
      line(".B \(Self.escape(Self.term(for: argument)))")
      let text = Self.explanation(of: argument)
      line(text.isEmpty ? "\\&" : Self.escape(text))
    }
  }

  /// The argument as it is typed.
  private static func term(for argument: CommandDescription.Argument) -> String {
    let names = (argument.names ?? []).map(\.typed).joined(separator: ", ")
    switch argument.kind {
    case .positional: return argument.placeholder
    case .flag: return names
    case .option: return "\(names) \(argument.placeholder)"
    }
  }

  private static func explanation(of argument: CommandDescription.Argument) -> String {
    var sentences: [String] = []
    if let abstract = argument.abstract, !abstract.isEmpty { sentences.append(abstract) }
    if let values = argument.allValues, !values.isEmpty,
      !values.allSatisfy({ argument.abstract?.contains($0) ?? false })
    {
      sentences.append("Values: \(values.joined(separator: ", ")).")
    }
    if let value = argument.defaultValue, !value.isEmpty {
      sentences.append("Default: \(value).")
    }
    return sentences.joined(separator: " ")
  }

  /// Adds a text: an empty line ends a paragraph, and lines that are broken stay so.
  private mutating func paragraphs(_ text: String) {
    var isFirst = true
    for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if part.allSatisfy({ $0 == " " }) {
        line(".PP")
        isFirst = true
        continue
      }
      if !isFirst { line(".br") }
      line(Self.escape(String(part)))
      isFirst = false
    }
  }

  private mutating func line(_ line: String) {
    text += line + "\n"
  }

  /// Returns a text in which roff finds no commands; what ASCII lacks is written by number.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\\": escaped += "\\e"
      case "-": escaped += "\\-"
      case "\"": escaped += "\\(dq"
      case "'": escaped += "\\(aq"
      case "`": escaped += "\\(ga"
      case "\n": escaped += " "
      case _ where character.isASCII: escaped.append(character)
      default:
        let scalars = String(character).decomposedStringWithCanonicalMapping.unicodeScalars
        let codes = scalars.map { scalar in
          let code = String(scalar.value, radix: 16, uppercase: true)
          return String(repeating: "0", count: max(0, 4 - code.count)) + code
        }
        escaped += "\\[u\(codes.joined(separator: "_"))]"
      }
    }
    return escaped.hasPrefix(".") ? "\\&" + escaped : escaped
  }
}
