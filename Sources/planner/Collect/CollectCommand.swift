import ArgumentParser

struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", abstract: "Make a profile from what there is.",
    subcommands: [
      CollectONNXCommand.self, CollectPipeDreamCommand.self, CollectSnapshotCommand.self,
      CollectTimelineCommand.self, CollectChakraCommand.self, CollectCSVCommand.self,
      CollectHostCommand.self, CollectHookCommand.self, CollectDevicesCommand.self,
    ])
}
