import ArgumentParser
import Collectors
import Foundation
import Profiles

/// Where a collected profile goes, and what is said about it.
struct CollectOutput: ParsableArguments {
  @Option(help: "The profile's name. Default: the first file's name without its ending.")
  var name: String?

  @Option(name: .shortAndLong, help: "Write to this file, compressed if it ends in .gz.")
  var output = "-"

  @Flag(help: .hidden)
  var quiet = false

  /// Reads files that may be compressed; `-` is standard input.
  static func files(_ paths: [String]) throws -> [SourceFile] {
    try paths.map { path in
      let title = path == "-" ? "<stdin>" : (path as NSString).lastPathComponent
      let stored = try Inputs.bytes(path)
      do {
        return SourceFile(
          name: title, bytes: try InputFile.content(of: stored),
          sha256: Inputs.digest(of: stored))
      } catch {
        throw CommandFailure(.badInput, "\(path): \(error)")
      }
    }
  }

  /// Runs a collector; what it refuses is bad input.
  static func asInput<Result>(
    _ collect: () throws(CollectorError) -> Result
  ) throws -> Result {
    do {
      return try collect()
    } catch {
      throw CommandFailure(.badInput, error.description)
    }
  }

  /// Collects, checks and writes a profile, and says on standard error what was found, assumed and
  /// missing.
  func write(
    of files: [SourceFile], _ collect: () throws(CollectorError) -> Profile
  ) throws {
    var profile = try CollectOutput.asInput(collect)
    if let first = files.first {
      profile.name = name ?? CollectOutput.stem(of: first.name)
      profile.source?.file = files.map(\.name).joined(separator: ", ")
      profile.source?.sha256 = files.count == 1 ? first.sha256 : nil
    } else if let name {
      profile.name = name
    }
    let faults = profile.validate()
    guard faults.isEmpty else {
      let file = profile.source?.file ?? "the files"
      throw CommandFailure(
        .badInput,
        faults.map { "\(file): the profile would not be valid: \($0)" }.joined(separator: "\n"))
    }
    try Inputs.write(profile.encoded(compressed: output.hasSuffix(".gz")), to: output)
    if quiet { return }
    if let gradients = profile.gradients, profile.operators.isEmpty {
      Console.note(
        "\(profile.name): \(gradients.buckets.count) buckets of gradients, "
          + "\(Quantity.bytes(gradients.bytes))")
      for note in profile.source?.notes ?? [] { Console.note("  \(note)") }
      return
    }
    if let cluster = profile.cluster, profile.operators.isEmpty {
      Console.note("\(profile.name): a cluster of \(cluster.deviceCount) devices")
      for note in profile.source?.notes ?? [] { Console.note("  \(note)") }
      return
    }
    if let moe = profile.moe, profile.operators.isEmpty {
      Console.note(
        "\(profile.name): \(moe.layers) layers of \(moe.experts) experts, "
          + "scenarios \(moe.scenarios.map(\.name).joined(separator: ", "))")
      return
    }
    if let graph = profile.stageGraph, profile.operators.isEmpty {
      Console.note(
        "\(profile.name): \(graph.stages.count) stages, \(graph.nodes.count) nodes, "
          + "\(graph.edges.count) edges, "
          + "\(Quantity.bytes(graph.memoryLimitBytes)) on each device")
      for note in profile.source?.notes ?? [] { Console.note("  \(note)") }
      return
    }
    let demand = MemoryDemand(of: profile, storages: Storages(of: profile))
    let time = profile.operators.reduce(0) { $0 + $1.durationMicroseconds } / 1e3
    Console.note(
      String(
        format: "%@: %d operators, %d tensors, %@ at the peak, %.1f ms an iteration",
        profile.name, profile.operators.count, profile.tensors.count,
        Quantity.bytes(demand.unconstrainedPeak.bytes), time))
    for note in profile.source?.notes ?? [] { Console.note("  \(note)") }
  }

  /// A file's name without `.gz` and without its ending.
  private static func stem(of file: String) -> String {
    let plain = file.hasSuffix(".gz") ? String(file.dropLast(3)) : file
    return (plain as NSString).deletingPathExtension
  }
}
