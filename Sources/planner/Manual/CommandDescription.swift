/// A command as swift-argument-parser describes it: those of its keys that a manual page needs.
struct CommandDescription: Decodable {
  /// The whole description.
  struct Tool: Decodable {
    let command: CommandDescription
  }

  /// An argument, an option or a flag.
  struct Argument: Decodable {
    enum Kind: String, Decodable {
      case positional, option, flag
    }

    struct Name: Decodable {
      enum Kind: String, Decodable {
        case long, short, longWithSingleDash
      }

      let kind: Kind
      let name: String

      /// The name as it is typed.
      var typed: String { (kind == .long ? "--" : "-") + name }
    }

    let kind: Kind
    let names: [Name]?
    let valueName: String?
    let abstract: String?
    let defaultValue: String?
    let allValues: [String]?
    let sectionTitle: String?
    let isOptional: Bool
    let isRepeating: Bool
    let shouldDisplay: Bool

    /// What stands for the value.
    var placeholder: String { "<\(valueName ?? "value")>" }
  }

  let commandName: String
  let abstract: String?
  let discussion: String?
  let shouldDisplay: Bool
  let arguments: [Argument]?
  let subcommands: [CommandDescription]?

  /// The arguments that users see.
  var shownArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }
  /// The subcommands that users see, `help` left out.
  var shownSubcommands: [CommandDescription] {
    (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
  }
}
