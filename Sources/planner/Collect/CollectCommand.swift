import ArgumentParser

struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", abstract: "Make a profile from what there is.",
    subcommands: [
      CollectKinetoCommand.self, CollectSnapshotCommand.self, CollectTimelineCommand.self,
      CollectHookCommand.self, CollectConfigCommand.self, CollectONNXCommand.self,
      CollectChakraCommand.self, CollectPipeDreamCommand.self, CollectCSVCommand.self,
      CollectClusterCommand.self, CollectMoELoadCommand.self, CollectSparsityCommand.self,
      CollectStrategiesCommand.self, CollectGradientsCommand.self, CollectHostCommand.self,
      CollectDevicesCommand.self, CollectIOPDDLCommand.self,
    ])
}
