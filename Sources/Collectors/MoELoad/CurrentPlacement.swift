public import Profiles

extension MoELoadCollector {
  /// Reads a placement in SGLang's form, `{"physical_to_logical_map": [layer][slot]}`, into a profile
  /// whose devices are known.
  ///
  /// - Throws: `CollectorError` where the file has other layers or experts, or the devices don't divide
  ///   the slots.
  public static func addPlacement(
    _ file: SourceFile, to moe: inout MixtureOfExperts
  ) throws(CollectorError) {
    let tree: JSON
    do {
      tree = try JSONScanner.parse(file.bytes)
    } catch {
      throw .malformed(file: file.name, problem: "\(error.fault)")
    }
    let key = "physical_to_logical_map"
    guard case .object(let members) = tree,
      case .array(let rows)? = members.first(where: { $0.key == key })?.value
    else {
      throw .invalid(
        file: file.name, place: key, problem: "there is no such list",
        remedy: "give what SGLang loads with --init-expert-location")
    }
    guard let devices = moe.devices else {
      throw .option(
        name: "--current", problem: "the devices are not known", remedy: "give --devices too")
    }
    // One row for each layer with experts, or one for every layer of the model.
    let last = moe.layerNumbers.last ?? 0
    let chosen = rows.count == moe.layers ? Array(0..<rows.count) : moe.layerNumbers
    guard rows.count == moe.layers || rows.count > last else {
      throw .invalid(
        file: file.name, place: key, problem: "\(rows.count) rows for \(moe.layers) layers",
        remedy: "give one row for each layer")
    }
    var placement: [[[Int]]] = []
    for row in chosen {
      guard case .array(let slots) = rows[row], !slots.isEmpty, slots.count % devices == 0 else {
        throw .invalid(
          file: file.name, place: "\(key)[\(row)]",
          problem: "\(devices) devices don't divide its slots",
          remedy: "give --devices as the program had them")
      }
      var experts: [Int] = []
      for (slot, value) in slots.enumerated() {
        guard case .integer(let expert) = value, (0..<moe.experts).contains(expert) else {
          throw .invalid(
            file: file.name, place: "\(key)[\(row)][\(slot)]",
            problem: "\(value.shown) is no expert", remedy: "write 0 to \(moe.experts - 1)")
        }
        experts.append(expert)
      }
      let width = slots.count / devices
      placement.append((0..<devices).map { Array(experts[($0 * width)..<(($0 + 1) * width)]) })
    }
    moe.placement = placement
    if moe.slots.isEmpty {
      moe.slots = Array(repeating: placement.first?.first?.count ?? 0, count: devices)
    }
  }
}
