import Profiles

/// What to vary in a sweep: every combination of budgets, devices, speeds of links and batches is planned.
package struct Grid: Sendable, Hashable {
  /// The name of this form of the file.
  package static let schemaName = "planner.grid/1"
  /// The most combinations of one sweep.
  package static let mostCombinations = 100_000

  /// A profile, a `config.json` or an ONNX graph, relative to the grid's file.
  package var source: String
  /// The batch of a source that is a profile; nil where batches don't vary.
  package var measuredBatch: Int?
  /// Options of `planner collect config` or `onnx` by name.
  package var collect: [String: String] = [:]
  /// Options of `planner solve` by name, for all combinations.
  package var options: [String: String] = [:]
  /// Budgets as users type them; empty for that of each device.
  package var budgets: [String] = []
  /// Devices of the catalogue; empty for that of the source.
  package var devices: [String] = []
  /// Rates of the link to the host, each way, in 10⁹ bytes per second; empty for those of the device.
  package var linkRates: [Double] = []
  /// Batches; empty for that of the source.
  package var batches: [Int] = []

  /// One profile of the sweep.
  package struct Variant: Sendable, Hashable {
    /// A device of the catalogue; nil for the source's.
    package var device: String?
    /// The link's rate; nil for the device's.
    package var linkRate: Double?
    /// The batch; nil for the source's.
    package var batch: Int?

    /// What the variant is called, in words that are the name of a file, too.
    package var name: String {
      var parts = device.map { [$0.map { Self.isPlain($0) ? String($0) : "_" }.joined()] } ?? []
      if let batch { parts.append("b\(batch)") }
      if let linkRate { parts.append("\(JSONWriter.text(of: linkRate))GBps") }
      return parts.isEmpty ? "source" : parts.joined(separator: "-")
    }

    private static func isPlain(_ character: Character) -> Bool {
      character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
    }
  }

  /// The profiles: devices first, then batches, then links.
  package var variants: [Variant] {
    func choices<Value>(_ values: [Value]) -> [Value?] { values.isEmpty ? [nil] : values }
    return choices(devices).flatMap { device in
      choices(batches).flatMap { batch in
        choices(linkRates).map { Variant(device: device, linkRate: $0, batch: batch) }
      }
    }
  }
}

extension Grid {
  private static let keys = [
    "schema", "source", "measured_batch", "collect", "options", "budgets", "devices",
    "link_gb_per_s", "batches",
  ]

  /// Reads a grid.
  ///
  /// - Parameters:
  ///   - bytes: Its text.
  ///   - name: What messages call it.
  /// - Throws: `BatchInputError` with the first faults.
  package init(_ bytes: [UInt8], name: String) throws(BatchInputError) {
    let tree: JSON
    do {
      tree = try JSONScanner.parse(bytes)
    } catch {
      throw BatchInputError("\(name): \(error.fault)")
    }
    var reader = JSONReader()
    self.init(source: "")
    guard let object = reader.object(tree, at: .root, of: "a grid", keys: Self.keys) else {
      throw BatchInputError(reader.faults.first.map { "\(name): \($0)" })
    }
    if let schema = reader.requiredText("schema", in: object), schema != Self.schemaName {
      reader.faults.add(
        .root["schema"], "\(JSON.quoted(schema)) is another form", "write \"\(Self.schemaName)\"")
    }
    source = reader.requiredText("source", in: object) ?? ""
    measuredBatch = reader.integer("measured_batch", in: object, .count)
    collect = reader.texts(of: object["collect"], at: .root["collect"])
    options = reader.texts(of: object["options"], at: .root["options"])
    budgets = reader.list(object["budgets"], at: .root["budgets"], "a budget such as \"50%\"") {
      if case .string(let text) = $0, !text.isEmpty { return text }
      if case .integer(let bytes) = $0 { return String(bytes) }
      return nil
    }
    devices = reader.list(object["devices"], at: .root["devices"], "the name of a device") {
      if case .string(let text) = $0, !text.isEmpty { return text }
      return nil
    }
    let rate = "a rate in 10⁹ bytes per second from 0.001 to 1000000"
    linkRates = reader.list(object["link_gb_per_s"], at: .root["link_gb_per_s"], rate) {
      var value: Double?
      if case .integer(let number) = $0 { value = Double(number) }
      if case .number(let number) = $0 { value = number }
      return value.flatMap { (1e-3...1e6).contains($0) ? $0 : nil }
    }
    batches = reader.list(object["batches"], at: .root["batches"], "a batch from 1 to 16777216") {
      if case .integer(let number) = $0, (1...1 << 24).contains(number) { return number }
      return nil
    }
    // Four short lists may make a long one.
    let counts = [budgets.count, devices.count, linkRates.count, batches.count]
    var product = 1
    for count in counts where product <= Self.mostCombinations { product *= max(1, count) }
    if product > Self.mostCombinations {
      reader.faults.add(
        .root, "there are more than \(Self.mostCombinations) combinations", "split the grid up")
    }
    guard reader.faults.isEmpty else {
      throw BatchInputError(reader.faults.first.map { "\(name): \($0)" })
    }
  }
}

extension JSONReader {
  /// Reads a list of different values.
  fileprivate mutating func list<Value: Hashable>(
    _ value: JSON?, at path: JSONPath, _ kind: String, _ read: (JSON) -> Value?
  ) -> [Value] {
    guard let value else { return [] }
    guard case .array(let items) = value, !items.isEmpty else {
      faults.add(path, "is no list with something in it", "write a list, or leave the key out")
      return []
    }
    var found: [Value] = []
    for (index, item) in items.enumerated() {
      guard let one = read(item) else {
        faults.add(path[index], "\(item.shown) is not \(kind)", "correct it")
        continue
      }
      if found.contains(one) {
        faults.add(path[index], "\(item.shown) stands in the list before", "keep one of the two")
      }
      found.append(one)
    }
    return found
  }

  /// Reads options by name; what is false or null is left out.
  fileprivate mutating func texts(of value: JSON?, at path: JSONPath) -> [String: String] {
    guard let value else { return [:] }
    return options(value, at: path).compactMapValues { $0 }
  }
}
