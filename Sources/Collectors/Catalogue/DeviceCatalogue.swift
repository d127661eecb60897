public import Profiles

/// Devices, host links and efficiency curves by name: the built-in ones and those of the user's own
/// files in the same form.
public struct DeviceCatalogue: Sendable, Hashable {
  /// The devices by name.
  public private(set) var devices: [String: Device] = [:]
  /// The efficiency curves by name.
  public private(set) var curves: [String: EfficiencyCurve] = [:]
  /// The name of each device's curve.
  private var curveOfDevice: [String: String] = [:]
  /// The interconnects by name.
  public private(set) var interconnects: [String: Interconnect] = [:]
  /// The name of each device's interconnect.
  private var interconnectOfDevice: [String: String] = [:]
  /// The NVMe drives by name.
  public private(set) var drives: [String: NVMeDrive] = [:]
  /// The copy engines by name.
  private var links: [String: Link] = [:]

  /// The curve of devices that the catalogue doesn't know.
  private static let defaultCurve = "A100"

  private init() {}

  /// Returns the devices that come with planner.
  public static func builtIn() throws(CollectorError) -> DeviceCatalogue {
    var catalogue = DeviceCatalogue()
    try catalogue.add(PackageResources.devices_json, file: "devices.json")
    return catalogue
  }

  /// Returns the names of all devices, sorted.
  public var names: [String] { devices.keys.sorted() }

  /// Returns a device.
  ///
  /// - Throws: `unknownDevice` with the known names and the nearest one.
  public func device(named name: String) throws(CollectorError) -> Device {
    if let device = devices[name] { return device }
    throw .unknownDevice(name: name, nearest: nearest(to: name), known: names)
  }

  /// Returns the efficiency curve of a device; that of the A100 for one the catalogue doesn't know.
  public func efficiency(of device: String) throws(CollectorError) -> EfficiencyCurve {
    let name = curveOfDevice[device] ?? DeviceCatalogue.defaultCurve
    guard let curve = curves[name] else {
      throw .invalid(
        file: "devices.json", place: "devices.\(device)",
        problem: "the efficiency curve '\(name)' isn't listed", remedy: "list it under efficiency")
    }
    return curve
  }

  /// Returns how devices of this name exchange data within one machine; nil where that isn't known.
  public func interconnect(of device: String) -> Interconnect? {
    interconnectOfDevice[device].flatMap { interconnects[$0] }
  }

  /// Returns an NVMe drive.
  ///
  /// - Throws: `option` with the known names.
  public func drive(named name: String) throws(CollectorError) -> NVMeDrive {
    if let drive = drives[name] { return drive }
    throw .option(
      name: "nvme", problem: "no drive '\(name)' in the catalogue",
      remedy: "known are " + drives.keys.sorted().joined(separator: ", "))
  }

  // MARK: Reading

  /// Adds the entries of a file of the same form; those of a known name replace the earlier ones.
  ///
  /// Devices may name links and curves of the file or of the catalogue.
  ///
  /// - Throws: `CollectorError` with the entry and the remedy.
  public mutating func add(_ json: [UInt8], file: String) throws(CollectorError) {
    let contents = try CatalogueFile(json, file: file)
    for link in contents.links ?? [] {
      links[link.name] = try link.link(file: file)
    }
    for drive in contents.nvme ?? [] {
      drives[drive.name] = try drive.drive(file: file)
    }
    for interconnect in contents.interconnects ?? [] {
      interconnects[interconnect.name] = try interconnect.interconnect(file: file)
    }
    for curve in contents.efficiency ?? [] {
      curves[curve.name] = try curve.curve(file: file)
    }
    for entry in contents.devices ?? [] {
      let place = "devices.\(entry.name)"
      guard let link = links[entry.link] else {
        throw .invalid(
          file: file, place: place, problem: "the link '\(entry.link)' isn't listed",
          remedy: "use one of \(links.keys.sorted().joined(separator: ", "))")
      }
      if let name = entry.efficiency, curves[name] == nil {
        throw .invalid(
          file: file, place: place, problem: "the efficiency curve '\(name)' isn't listed",
          remedy: "use one of \(curves.keys.sorted().joined(separator: ", "))")
      }
      if let name = entry.interconnect, interconnects[name] == nil {
        throw .invalid(
          file: file, place: place, problem: "the interconnect '\(name)' isn't listed",
          remedy: "use one of \(interconnects.keys.sorted().joined(separator: ", "))")
      }
      interconnectOfDevice[entry.name] = entry.interconnect
      devices[entry.name] = try entry.device(link: link, file: file)
      curveOfDevice[entry.name] = entry.efficiency
    }
  }

  // MARK: Nearest name

  /// Returns the known name with the fewest edits, if they are at most half as many as the wanted
  /// name has letters and digits, which alone count; a name that begins with the wanted one needs
  /// none.
  private func nearest(to name: String) -> String? {
    let wanted = Array(name.lowercased().prefix(100).filter { $0.isLetter || $0.isNumber })
    guard !wanted.isEmpty else { return nil }
    let ranked = names.map { known -> (edits: Int, name: String) in
      let letters = Array(known.lowercased().filter { $0.isLetter || $0.isNumber })
      let isPrefix = letters.starts(with: wanted)
      return (isPrefix ? 0 : DeviceCatalogue.edits(wanted, letters), known)
    }
    guard let best = ranked.min(by: { $0 < $1 }), 2 * best.edits <= wanted.count else {
      return nil
    }
    return best.name
  }

  /// The fewest insertions, deletions and replacements between two texts (Levenshtein's distance).
  private static func edits(_ one: [Character], _ other: [Character]) -> Int {
    var row = Array(0...other.count)
    for (position, letter) in one.enumerated() {
      var diagonal = row[0]
      row[0] = position + 1
      for index in other.indices {
        let replaced = diagonal + (other[index] == letter ? 0 : 1)
        diagonal = row[index + 1]
        row[index + 1] = min(replaced, row[index] + 1, row[index + 1] + 1)
      }
    }
    return row[other.count]
  }
}
