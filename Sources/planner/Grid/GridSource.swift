import ArgumentParser
import Batches
import Collectors
import Foundation
import Profiles

/// What the profiles of a grid are made of.
struct GridSource {
  private enum Kind {
    case profile(Profile)
    case config
    case onnx
  }

  /// The source's name.
  let name: String
  private let grid: Grid
  private let file: String
  private let path: String
  private let kind: Kind

  /// Finds out what the source is: an ONNX graph by its ending, a profile by its schema, else a `config.json`.
  ///
  /// - Parameter path: The grid's file, which the source is relative to.
  init(_ grid: Grid, beside path: String) throws {
    self.grid = grid
    self.path = path
    let base = URL(filePath: path).deletingLastPathComponent().path
    file = grid.source.hasPrefix("/") ? grid.source : "\(base)/\(grid.source)"
    name = URL(filePath: file).lastPathComponent
    let stored = try Inputs.stored(file)
    if file.hasSuffix(".onnx") {
      kind = .onnx
    } else {
      let content = (try? InputFile.content(of: stored.bytes)) ?? []
      let isProfile = Data(content).range(of: Data("\"\(Profile.schemaName)\"".utf8)) != nil
      kind = isProfile ? .profile(try Inputs.profile(stored).profile) : .config
    }
    if case .profile = kind {
      if !grid.collect.isEmpty {
        throw fault("collect", "the source is a profile already", "leave the key out")
      }
      if !grid.batches.isEmpty && grid.measuredBatch == nil {
        throw fault(
          "measured_batch", "absent, but the profile is scaled to other batches",
          "add the batch of the profile")
      }
    } else if grid.measuredBatch != nil {
      throw fault(
        "measured_batch", "is for profiles; this source is collected for each batch", "leave it out"
      )
    }
  }

  /// Whether the collector has written the profile already.
  private var isCollected: Bool {
    if case .profile = kind { return false }
    return true
  }

  private func fault(_ key: String, _ problem: String, _ remedy: String) -> CommandFailure {
    CommandFailure(.badInput, "\(path): \(key): \(problem); \(remedy)")
  }

  /// Writes the profile of one variant.
  func write(_ variant: Grid.Variant, to output: String) throws {
    var profile: Profile
    switch kind {
    case .profile(let measured): profile = try changed(measured, variant)
    case .config:
      try collect(CollectConfigCommand.self, variant, to: output)
      profile = try Inputs.profile(output).profile
    case .onnx:
      try collect(CollectONNXCommand.self, variant, to: output)
      profile = try Inputs.profile(output).profile
    }
    if let rate = variant.linkRate {
      guard let device = profile.device, device.hostToDevice != nil, device.deviceToHost != nil
      else {
        throw fault("link_gb_per_s", "the profile has no links to change", "leave the key out")
      }
      profile.device = device.withLinks(gbPerSecond: rate)
    } else if isCollected {
      return
    }
    let faults = profile.validate()
    if let first = faults.first {
      throw fault(
        "source", "the profile of \(variant.name) would not be valid: \(first)", "correct it")
    }
    try Inputs.write(profile.encoded(compressed: true), to: output)
  }

  /// A measured profile for another batch; a device only where it has none, because times are the device's.
  private func changed(_ measured: Profile, _ variant: Grid.Variant) throws -> Profile {
    var profile = measured
    if let batch = variant.batch, let own = grid.measuredBatch {
      profile = profile.scaled(batch: batch, from: own)
    }
    guard let name = variant.device else { return profile }
    if let device = profile.device, device.name != name {
      throw fault(
        "devices", "the times of the profile are those of \(device.name)",
        "give a config.json or an ONNX graph as the source, or leave the key out")
    }
    if profile.device == nil {
      let catalogue = try CatalogueOptions.parse([]).load()
      profile.device = try CollectOutput.asInput { () throws(CollectorError) in
        try catalogue.device(named: name)
      }
    }
    return profile
  }

  private func collect<Command: ParsableCommand>(
    _ type: Command.Type, _ variant: Grid.Variant, to output: String
  ) throws {
    var texts = grid.collect
    let reserved: [(String, String?)] = [
      ("device", variant.device), ("batch", variant.batch.map { "\($0)" }), ("output", output),
    ]
    for (name, value) in reserved {
      guard let value else { continue }
      if texts.updateValue(value, forKey: name) != nil {
        throw fault("collect.\(name)", "the sweep sets it", "leave it out")
      }
    }
    let arguments = texts.sorted { $0.key < $1.key }.map {
      $0.value == "true" ? "--\($0.key)" : "--\($0.key)=\($0.value)"
    }
    var command: any ParsableCommand
    do {
      command = try type.parseAsRoot([file, "--quiet"] + arguments)
    } catch {
      throw fault("collect", type.message(for: error), "see planner collect --help")
    }
    try command.run()
  }
}
