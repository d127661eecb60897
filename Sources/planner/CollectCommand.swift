import ArgumentParser
import Collectors
import Foundation
import Profiles

struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", abstract: "Make a profile from what there is.",
    subcommands: [CollectONNXCommand.self, CollectDevicesCommand.self])
}

struct CollectONNXCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx",
    abstract: "Make the profile of one training iteration from an ONNX graph.",
    discussion: """
      Shapes are inferred, the backward pass and the optimizer are added, and times come from a \
      roofline with measured efficiencies. Weights aren't needed.

      Example: planner collect onnx resnet50.onnx --batch 64 --device V100-SXM2-16GB -o r.json.gz
      """)

  @Argument(help: "The .onnx file; - for standard input.")
  var file: String

  @Option(help: "Samples in the iteration.")
  var batch: Int

  @Option(help: "A device of the catalogue; see `planner collect devices`.")
  var device: String

  @Option(help: "float32, float16 or bfloat16")
  var dtype: DtypeArgument = .float32

  @Option(help: "sgd, sgd-momentum or adam")
  var optimizer: OptimizerArgument = .sgdMomentum

  @Option(name: .customLong("dim"), help: "The extent of a named dimension, as sequence=512.")
  var dimensions: [String] = []

  @Option(help: "A file with more devices, in the form of the built-in catalogue.")
  var catalogue: String?

  @Option(help: "The profile's name. Default: the file's name without its ending.")
  var name: String?

  @Flag(help: "Cost operators that the collector doesn't know by the bytes they move.")
  var allowUnknown = false

  @Option(name: .shortAndLong, help: "Write to this file, compressed if it ends in .gz.")
  var output = "-"

  func run() throws {
    let title = file == "-" ? "<stdin>" : (file as NSString).lastPathComponent
    let bytes = try Inputs.bytes(file)
    var profile: Profile
    do {
      let catalogue = try makeCatalogue()
      let device = try catalogue.device(named: device)
      let collector = ONNXCollector(
        batch: batch, dtype: dtype.dtype, optimizer: optimizer.optimizer, device: device,
        allowUnknown: allowUnknown, dimensions: try namedDimensions(),
        efficiency: try catalogue.efficiency(of: device.name))
      profile = try collector.collect(bytes, file: title)
    } catch let error as CollectorError {
      throw CommandFailure(.badInput, error.description)
    }
    profile.name = name ?? (title as NSString).deletingPathExtension
    profile.source?.sha256 = Inputs.digest(of: bytes)
    try Inputs.write(
      profile.encoded(compressed: output.hasSuffix(".gz")), to: output)
    let demand = MemoryDemand(of: profile, storages: Storages(of: profile))
    let gibibytes = Double(demand.unconstrainedPeak.bytes) / 1_073_741_824
    let time = profile.operators.reduce(0) { $0 + $1.durationMicroseconds } / 1e3
    Console.note(
      String(
        format: "%@: %d operators, %d tensors, %.2f GiB at the peak, %.1f ms an iteration",
        profile.name, profile.operators.count, profile.tensors.count, gibibytes, time))
    for note in profile.source?.notes ?? [] { Console.note("  \(note)") }
  }

  private func makeCatalogue() throws -> DeviceCatalogue {
    var made = try DeviceCatalogue.builtIn()
    if let catalogue {
      try made.add(try Inputs.bytes(catalogue), file: (catalogue as NSString).lastPathComponent)
    }
    return made
  }

  private func namedDimensions() throws -> [String: Int] {
    var named: [String: Int] = [:]
    for text in dimensions {
      let parts = text.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let extent = Int(parts[1]), extent > 0 else {
        throw ValidationError("--dim takes NAME=EXTENT, such as sequence=512, not '\(text)'")
      }
      named[String(parts[0])] = extent
    }
    return named
  }
}

/// The element types as users type them.
enum DtypeArgument: String, ExpressibleByArgument, CaseIterable {
  case float32
  case float16
  case bfloat16

  var dtype: RealType {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    }
  }
}

/// The optimizers as users type them.
enum OptimizerArgument: String, ExpressibleByArgument, CaseIterable {
  case sgd
  case sgdMomentum = "sgd-momentum"
  case adam

  var optimizer: Optimizer {
    switch self {
    case .sgd: .sgd
    case .sgdMomentum: .sgdMomentum
    case .adam: .adam
    }
  }
}

struct CollectDevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: "List the devices of the catalogue.")

  func run() throws {
    let catalogue: DeviceCatalogue
    do {
      catalogue = try DeviceCatalogue.builtIn()
    } catch {
      throw CommandFailure(.badInput, error.description)
    }
    for name in catalogue.names {
      guard let device = catalogue.devices[name] else { continue }
      let memory = Double(device.memoryBytes) / 1_073_741_824
      let link = device.hostToDevice?.points.last?.gbPerSecond ?? 0
      try Console.write(
        name.padding(toLength: 20, withPad: " ", startingAt: 0)
          + String(format: "%6.0f GiB  %5.1f GB/s from the host\n", memory, link))
    }
  }
}
