import Foundation

/// What the program itself knows of its commands, read from the parser and not from the manual page.
struct CommandLines {
  struct Known {
    var options: Set<String> = []
    var positionals: [String] = []
    var subcommands: [String: Known] = [:]
    var isShown = true
  }

  let root: Known

  init() throws {
    let dump = try Command.run(["--experimental-dump-help"])
    let tree = try JSONSerialization.jsonObject(with: Data(dump.output)) as? [String: Any]
    root = Self.read(tree?["command"] as? [String: Any] ?? [:])
  }

  private static func read(_ tree: [String: Any]) -> Known {
    var known = Known()
    known.isShown = tree["shouldDisplay"] as? Bool ?? true
    for argument in tree["arguments"] as? [[String: Any]] ?? [] {
      guard argument["shouldDisplay"] as? Bool == true else { continue }
      if argument["kind"] as? String == "positional" {
        known.positionals.append(argument["valueName"] as? String ?? "")
      }
      for name in argument["names"] as? [[String: String]] ?? [] {
        let dashes = name["kind"] == "long" ? "--" : "-"
        known.options.insert(dashes + (name["name"] ?? ""))
      }
    }
    for command in tree["subcommands"] as? [[String: Any]] ?? [] {
      known.subcommands[command["commandName"] as? String ?? ""] = read(command)
    }
    return known
  }

  /// Returns what is unknown in a command line that begins with `./planner` or `planner`; nil if all is known.
  func fault(in command: String) -> String? {
    var words = command.split(separator: " ").map(String.init)
    guard let program = words.first, program == "./planner" || program == "planner" else {
      return nil
    }
    words.removeFirst()
    // Commands of the script in the project's folder.
    if let word = words.first, program == "./planner",
      ["setup", "demo", "test", "lint", "docs", "bench"].contains(word)
    {
      return nil
    }
    if words.first == "help" { words.removeFirst() }
    var known = root
    while let word = words.first, let next = known.subcommands[word] {
      known = next
      words.removeFirst()
    }
    if !known.subcommands.isEmpty, let word = words.first, !word.hasPrefix("-"), word != "KIND" {
      return "'\(word)' is no command"
    }
    for word in words where word.hasPrefix("-") && word != "-" && Int(word) == nil {
      let option = word.split(separator: "=").first.map(String.init) ?? word
      if !known.options.contains(option) { return "'\(option)' is no option" }
    }
    return nil
  }
}
