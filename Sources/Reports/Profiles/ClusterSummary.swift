import Profiles

/// What a profile tells about its cluster.
struct ClusterSummary: Encodable, Sendable {
  let devices: Int
  let deviceName: String?
  /// The kind of topology that single pairs show; nil where the rate of a pair is unknown.
  let topology: String?
  /// Why it is that kind.
  let evidence: [String]
  /// The names of the levels, from the inmost on, and how many groups each has.
  let levels: [Level]
  /// The shared links.
  let sharedLinks: [String]
  /// What is assumed and not measured.
  let assumed: [String]

  struct Level: Encodable, Sendable {
    let name: String
    let groups: Int
  }

  init(_ cluster: Cluster) {
    let topology = ClusterRoutes(cluster).topology()
    devices = cluster.deviceCount
    deviceName = cluster.deviceName
    self.topology = topology?.kind.rawValue
    evidence = topology?.evidence ?? []
    levels = cluster.levels.map { Level(name: $0.name, groups: $0.groups.count) }
    sharedLinks = cluster.links.map(\.name)
    assumed = cluster.assumptions
  }

  /// Adds the summary to a report for people.
  func add(to page: inout Page) {
    let name = deviceName.map { " (\($0))" } ?? ""
    page.section("Cluster: \(Quantity.count(devices, "device"))\(name)")
    page.paragraph(
      "topology: \(topology ?? "unknown, for the rates of some pairs are missing")", indent: 2)
    for line in evidence { page.paragraph("- \(line)", indent: 4) }
    for level in levels {
      page.paragraph("level \(level.name): \(Quantity.count(level.groups, "group"))", indent: 2)
    }
    if !sharedLinks.isEmpty {
      page.paragraph("shared links: \(sharedLinks.joined(separator: ", "))", indent: 2)
    }
    if !assumed.isEmpty {
      page.paragraph("assumed, not measured: \(assumed.joined(separator: ", "))", indent: 2)
    }
  }
}
