import ArgumentParser
import Collectors
import Profiles

struct CollectMoELoadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "moe-load",
    abstract: "From the tokens that visited each expert of a mixture-of-experts model.",
    discussion: """
      Files: SGLang's {"logical_count": [[…]]} (layers × experts, or steps × layers × experts); \
      {"domains": {name: [[…]]}}; tables layer,expert,tokens with scenario and batch if wanted; tables \
      layer,e0,e1,… of the experts of each token, with domain if wanted. Each file, or each name in it, \
      is a scenario of the profile. A dump that is a torch file needs one line first: \
      json.dump({"logical_count": torch.load(f)["logical_count"].tolist()}, out).

      Example: planner collect moe-load chat.json code.json --top-k 8 --devices 32 --slots 9 -o load.json
      """)

  @Argument(help: "The files, as many as there are workloads.")
  var files: [String]

  @Option(help: "How many experts a token visits, where the files don't tell.")
  var topK: Int?

  @Flag(
    help: "Make two scenarios of each table of tokens: even rows to plan on, odd ones to judge on.")
  var halves = false

  @Option(help: "The groups of experts that node-limited routing picks from.")
  var groups: Int?

  @Option(help: "The weights of one expert in one layer, in bytes.")
  var expertBytes: Int?

  @Option(help: "What one token carries to an expert, in bytes.")
  var tokenBytes: Int?

  @Option(help: "The tokens of each device in a batch.")
  var tokensPerDevice: Int?

  @Option(help: "The current placement, as SGLang loads it (physical_to_logical_map).")
  var current: String?

  @OptionGroup var cluster: PlacementCluster
  @OptionGroup var output: CollectOutput

  func run() throws {
    let sources = try CollectOutput.files(files)
    let collector = MoELoadCollector(topK: topK, splitsTokens: halves)
    var profile = try CollectOutput.asInput { () throws(CollectorError) in
      try collector.collect(sources)
    }
    if var moe = profile.moe {
      if let groups { moe.groups = groups }
      moe.expertBytes = expertBytes
      moe.tokenBytes = tokenBytes
      moe.tokensPerDevice = tokensPerDevice
      profile.moe = moe
    }
    profile = try cluster.applied(
      to: Inputs.LoadedProfile(path: files[0], profile: profile, sha256: ""))
    if let current, var moe = profile.moe {
      let source = try CollectOutput.files([current])
      try CollectOutput.asInput { () throws(CollectorError) in
        try MoELoadCollector.addPlacement(source[0], to: &moe)
      }
      profile.moe = moe
    }
    let collected = profile
    try output.write(of: sources) { () throws(CollectorError) in collected }
  }
}
