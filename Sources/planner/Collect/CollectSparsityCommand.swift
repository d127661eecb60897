import ArgumentParser
import Collectors
import Foundation
import Profiles

struct CollectSparsityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparsity",
    abstract: "Count the zeros of recorded tensors and add them to a profile.",
    discussion: """
      One pass tells the share of elements that are not zero and the mean length of their runs, which \
      decide how small codecs make a tensor. Files are arrays of NumPy (.npy, .npz), safetensors, or \
      raw elements of the type that the profile names. A tensor is found by its name in the file, or \
      by the file's name without its ending; several files of one tensor are counted together.

      Example: planner collect sparsity r.json.gz epoch3.safetensors --epoch 3 -o r.json.gz
      """)

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Argument(help: "The recorded tensors.")
  var files: [String]

  @Option(help: "The epoch that they are of. Default: the one after the profile's last.")
  var epoch: Int?

  @Option(help: "The tensor that files without names are of.")
  var tensor: String?

  @Option(
    name: .shortAndLong, help: "Write the profile to this file, compressed if it ends in .gz.")
  var output = "-"

  func validate() throws {
    if files.isEmpty { throw ValidationError("name at least one file") }
    if let epoch, !(0...1_000_000_000).contains(epoch) {
      throw ValidationError("--epoch takes a number from 0 to 1000000000")
    }
    if profile == "-" && files.contains("-") {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  func run() throws {
    let loaded = try Inputs.profile(profile)
    let sources = try CollectOutput.files(files)
    let collected = try CollectOutput.asInput { () throws(CollectorError) in
      try SparsityCollector(sources, into: loaded.profile, epoch: epoch, tensor: tensor)
    }
    try Inputs.write(
      collected.profile.encoded(compressed: output.hasSuffix(".gz")), to: output)
    for finding in collected.findings {
      Console.note(
        String(
          format: "%@: density %.4f, mean cycle %.1f of %d elements", finding.tensor,
          finding.density, finding.cycle, finding.elements))
    }
    for note in collected.notes { Console.note(note) }
  }
}
