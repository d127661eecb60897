import ArgumentParser

struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", abstract: "Make a profile from what there is.",
    subcommands: [
      CollectKinetoCommand.self, CollectConfigCommand.self, CollectONNXCommand.self,
      CollectDevicesCommand.self,
    ])
}
