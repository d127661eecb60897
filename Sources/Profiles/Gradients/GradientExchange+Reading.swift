extension GradientExchange {
  /// The keys of the section.
  static let keys = [
    "nodes", "devices_per_node", "element_bytes", "within_node", "between_nodes",
    "selection_gb_per_s", "whole_selection_gb_per_s", "buckets",
  ]
}

extension JSONReader {
  /// Reads the section `gradients` and checks it.
  mutating func gradients(_ value: JSON, at path: JSONPath) -> GradientExchange? {
    guard let object = object(value, at: path, of: "gradients", keys: GradientExchange.keys) else {
      return nil
    }
    let found = faults.count
    let nodes = requiredInteger("nodes", in: object, .count)
    let devices = requiredInteger("devices_per_node", in: object, .count)
    let elementBytes = integer("element_bytes", in: object, .bytes)
    let within = object["within_node"].flatMap { link($0, at: path["within_node"]) }
    let between = object["between_nodes"].flatMap { link($0, at: path["between_nodes"]) }
    let rate = requiredNumber("selection_gb_per_s", in: object, .rate)
    let wholeRate = number("whole_selection_gb_per_s", in: object, .rate)
    _ = required("buckets", in: object, .array)
    let buckets = array("buckets", in: object) { $0.gradientBucket($1, at: $2) }
    guard let nodes, let devices, let rate, let buckets, faults.count == found else { return nil }
    let gradients = GradientExchange(
      nodes: nodes, devicesPerNode: devices, elementBytes: elementBytes ?? 4, withinNode: within,
      betweenNodes: between, selectionGBPerSecond: rate, wholeSelectionGBPerSecond: wholeRate,
      buckets: buckets)
    gradients.check(at: path, into: &faults)
    return gradients
  }

  private mutating func gradientBucket(_ value: JSON, at path: JSONPath) -> GradientBucket? {
    let keys = ["id", "bytes", "ready_us", "energy", "energy_curves", "union_curves"]
    guard let object = object(value, at: path, of: "a bucket", keys: keys) else { return nil }
    let found = faults.count
    let id = requiredText("id", in: object)
    let bytes = requiredInteger("bytes", in: object, .bytes)
    let ready = requiredNumber("ready_us", in: object, .microseconds)
    let energy = requiredNumber("energy", in: object, .number)
    let curves = array("energy_curves", in: object) { $0.energyCurve($1, at: $2) }
    let unions = array("union_curves", in: object) { $0.unionCurve($1, at: $2) }
    guard let id, let bytes, let ready, let energy, faults.count == found else { return nil }
    return GradientBucket(
      id: id, bytes: bytes, readyMicroseconds: ready, energy: energy, energyCurves: curves ?? [],
      unionCurves: unions ?? [])
  }

  private mutating func energyCurve(
    _ value: JSON, at path: JSONPath
  ) -> GradientBucket.EnergyCurve? {
    let keys = ["selection", "block", "points"]
    guard let object = object(value, at: path, of: "an energy curve", keys: keys) else {
      return nil
    }
    let selection = requiredCase("selection", in: object, of: GradientBucket.Selection.self)
    let block = integer("block", in: object, .count)
    _ = required("points", in: object, .array)
    let points = array("points", in: object) {
      reader, value, path -> GradientBucket.EnergyCurve.Point? in
      guard
        let object = reader.object(value, at: path, of: "a point", keys: ["density", "energy"])
      else { return nil }
      let density = reader.requiredNumber("density", in: object, .number)
      let energy = reader.requiredNumber("energy", in: object, .number)
      guard let density, let energy else { return nil }
      return GradientBucket.EnergyCurve.Point(density: density, energy: energy)
    }
    guard let selection, let points else { return nil }
    return GradientBucket.EnergyCurve(selection: selection, block: block, points: points)
  }

  private mutating func unionCurve(
    _ value: JSON, at path: JSONPath
  ) -> GradientBucket.UnionCurve? {
    guard let object = object(value, at: path, of: "a union curve", keys: ["density", "points"])
    else { return nil }
    let density = requiredNumber("density", in: object, .number)
    _ = required("points", in: object, .array)
    let points = array("points", in: object) {
      reader, value, path -> GradientBucket.UnionCurve.Point? in
      guard
        let object = reader.object(value, at: path, of: "a point", keys: ["workers", "growth"])
      else { return nil }
      let workers = reader.requiredInteger("workers", in: object, .count)
      let growth = reader.requiredNumber("growth", in: object, .number)
      guard let workers, let growth else { return nil }
      return GradientBucket.UnionCurve.Point(workers: workers, growth: growth)
    }
    guard let density, let points else { return nil }
    return GradientBucket.UnionCurve(density: density, points: points)
  }
}
