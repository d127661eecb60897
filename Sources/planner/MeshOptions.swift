import ArgumentParser
import Collectors
import Profiles

/// A mesh of devices, and how fast those along each axis exchange data.
struct MeshOptions: ParsableArguments {
  @Option(help: "The devices along each axis, as 2x8; the last axis varies fastest.")
  var mesh: ExtentsArgument

  @Option(
    help: """
      An axis' latency in µs and its bus rate in 10⁹ bytes per second, as 15.6:445; once for each axis, or \
      once for all. Default: from --cluster, else the interconnect of --device for all axes.
      """)
  var link: [LinkArgument] = []

  @Option(help: "A profile with the section cluster, which tells the links; - for standard input.")
  var cluster: String?

  @Option(help: "A device of the catalogue; see `planner collect devices`.")
  var device = "H100-SXM5-80GB"

  @OptionGroup var catalogue: CatalogueOptions

  func validate() throws {
    if !link.isEmpty, cluster != nil {
      throw ValidationError("--link and --cluster both tell the links; give one of them")
    }
    if link.count > 1, link.count != mesh.extents.count {
      throw ValidationError(
        "\(link.count) links are not one for each of \(mesh.extents.count) axes; give --link once "
          + "for each, or once for all")
    }
  }

  /// Returns the mesh, and a sentence about where its figures come from.
  func resolved() throws -> (DeviceMesh, source: String) {
    do {
      if let cluster {
        let loaded = try Inputs.profile(cluster)
        guard let section = loaded.profile.cluster else {
          throw CommandFailure(
            .badInput, "\(cluster): cluster: absent; make one with `planner collect cluster`")
        }
        let assumed = section.assumptions
        return (
          try DeviceMesh(sizes: mesh.extents, on: section),
          "Links by the cluster '\(loaded.profile.name)', where each device sends to the next of its ring"
            + (assumed.isEmpty ? "." : "; assumed there: \(assumed.joined(separator: ", ")).")
        )
      }
      if !link.isEmpty {
        let axes = mesh.extents.enumerated().map { index, size in
          let given = link[link.count == 1 ? 0 : index]
          return DeviceMesh.Axis(
            size: size, latencyMicroseconds: given.latencyMicroseconds,
            gbPerSecond: given.gbPerSecond)
        }
        return (try DeviceMesh(axes: axes), "Links as given.")
      }
      let catalogue = try catalogue.load()
      let known = try CollectOutput.asInput { () throws(CollectorError) in
        try catalogue.device(named: device)
      }
      guard let interconnect = catalogue.interconnect(of: known.name) else {
        throw CommandFailure(
          .badInput,
          "device \(known.name): nothing is known of how these devices exchange data; give --link")
      }
      let axes = mesh.extents.map {
        DeviceMesh.Axis(
          size: $0, latencyMicroseconds: interconnect.latencyMicroseconds,
          gbPerSecond: interconnect.busGBPerSecond)
      }
      return (
        try DeviceMesh(axes: axes),
        "Assumed, not given: every axis is as fast as \(interconnect.name) (\(known.name))."
      )
    } catch let error as LayoutError {
      throw CommandFailure(.badInput, error.description)
    }
  }
}

/// Extents as users type them: `64x1024x4096`.
struct ExtentsArgument: ExpressibleByArgument, Hashable, Sendable {
  let extents: [Int]

  init?(argument: String) {
    let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, numbers.allSatisfy({ $0 > 0 }) else { return nil }
    extents = numbers
  }
}

/// A link as users type it: `15.6:445`, microseconds and 10⁹ bytes per second.
struct LinkArgument: ExpressibleByArgument, Hashable, Sendable {
  let latencyMicroseconds: Double
  let gbPerSecond: Double

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let latency = Double(decimal: parts[0]),
      let rate = Double(decimal: parts[1]), latency >= 0, rate > 0
    else { return nil }
    latencyMicroseconds = latency
    gbPerSecond = rate
  }
}
