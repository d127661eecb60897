import ArgumentParser
import Collectors
import Foundation
import Profiles

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measure how fast this machine compresses tensors.",
    discussion: """
      Encodes and decodes made-up activations of several sizes and densities, each round in turn with \
      a plain copy, with every codec of planner. The figures become the profile's section codecs, or a \
      file of their own where no profile is given. --add puts codecs beside them that others measured, \
      such as those of GPUs.

      Example: planner calibrate r.json.gz --add nvcomp-lz4-a100 -o r.json.gz
      Example: planner calibrate --quick
      """)

  @Argument(help: "The profile that gets the figures; - for standard input.")
  var profile: String?

  @Option(
    name: .shortAndLong,
    help: "Write the profile, or the codecs, to this file; a profile compressed if it ends in .gz.")
  var output: String?

  @Flag(help: "Tensors of up to 4 MiB and three rounds: seconds instead of a minute.")
  var quick = false

  @Flag(help: "Measure nothing: take the codecs of --add only.")
  var noMeasure = false

  @Option(help: "Add a codec of the catalogue, or all those of a file; may be given several times.")
  var add: [String] = []

  @Flag(help: "List the codecs of the catalogue and measure nothing.")
  var list = false

  @Flag(help: "Print the codecs as JSON instead of a table.")
  var json = false

  func validate() throws {
    if list && (profile != nil || output != nil || !add.isEmpty) {
      throw ValidationError("--list goes with --json only")
    }
    if noMeasure && add.isEmpty { throw ValidationError("--no-measure goes with --add") }
    if profile != nil && output == nil {
      throw ValidationError("say with -o where the profile with the figures goes")
    }
    if output == "-" && json {
      throw ValidationError("both -o - and --json write to standard output")
    }
  }

  func run() throws {
    if list { return try write(try catalogue().codecs, nil) }
    let loaded = try profile.map { try Inputs.profile($0) }
    let others = try added()
    var figures: CodecCalibration.Figures?
    if !noMeasure {
      figures = try CollectOutput.asInput { () throws(CollectorError) in
        try CodecCalibration(grid: quick ? .quick : .full).measure {
          Console.progress("measuring \($0)")
        }
      }
      Console.clearProgress()
    }
    let codecs = merged(figures?.codecs ?? [], others)
    if var profile = loaded?.profile, let output {
      profile.codecs = merged(profile.codecs, codecs)
      try Inputs.write(profile.encoded(compressed: output.hasSuffix(".gz")), to: output)
    } else if let output {
      try Inputs.write(CodecFile.encoded(codecs), to: output)
    }
    try write(codecs, figures)
  }

  /// Codecs in the order of their first mention; a later one of the same name replaces the earlier.
  private func merged(_ first: [CodecModel], _ second: [CodecModel]) -> [CodecModel] {
    var result = first
    for codec in second {
      if let place = result.firstIndex(where: { $0.id == codec.id }) {
        result[place] = codec
      } else {
        result.append(codec)
      }
    }
    return result
  }

  private func catalogue() throws -> CodecCatalogue {
    do {
      return try CodecCatalogue.builtIn()
    } catch {
      throw CommandFailure(.failure, error.description)
    }
  }

  /// The codecs of --add: of files, and of the catalogue.
  private func added() throws -> [CodecModel] {
    var result: [CodecModel] = []
    for name in add {
      if FileManager.default.fileExists(atPath: name) {
        do {
          result = merged(result, try CodecFile.read(try Inputs.bytes(name), name: name))
        } catch let error as ProfileError {
          throw CommandFailure(.badInput, error.description)
        }
      } else {
        let catalogue = try catalogue()
        result = merged(
          result,
          [
            try CollectOutput.asInput { () throws(CollectorError) in
              try catalogue.codec(named: name)
            }
          ])
      }
    }
    return result
  }

  private func write(
    _ codecs: [CodecModel], _ figures: CodecCalibration.Figures?
  ) throws {
    if json { return try Console.write(CodecFile.encoded(codecs)) }
    let table = CodecTable(codecs: codecs, baselines: figures?.baselines ?? []).text
    // Where the profile or the codecs go to standard output, people read standard error.
    if output == "-" { Console.note(table) } else { try Console.write(table) }
  }
}
