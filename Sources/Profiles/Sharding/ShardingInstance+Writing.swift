extension ShardingInstance {
  /// Returns a profile with nothing but its name and the section `sharding`.
  ///
  /// - Parameter compressed: Whether to compress it with gzip.
  public func encoded(compressed: Bool = false) -> [UInt8] {
    var text = ShardingText()
    text.add("{\n\"schema\": \"\(Profile.schemaName)\",\n\"name\": ")
    text.add(name: name)
    text.add(",\n\"sharding\": {\"memory_limit_bytes\": \(memoryLimitBytes),\n\"nodes\": {")
    if !nodeNames.isEmpty { text.addNames("names", nodeNames) }
    if !strategyNames.isEmpty {
      text.add("\"strategies\": [")
      for node in 0..<nodeCount {
        let names = strategyNames[strategyStarts[node]..<strategyStarts[node + 1]]
        text.add(node == 0 ? "[" : ",[")
        for (index, name) in names.enumerated() {
          if index > 0 { text.add(",") }
          text.add(name: name)
        }
        text.add("]")
      }
      text.add("],\n")
    }
    text.add("\"intervals\": [")
    for (node, interval) in intervals.enumerated() {
      text.add("\(node == 0 ? "" : ",")[\(interval.lowerBound),\(interval.upperBound)]")
    }
    text.add("],\n\"compute\": ")
    text.addTable(computeCosts, strategyStarts)
    if communicationCosts.contains(where: { $0 != 0 }) {
      text.add(",\n\"communication\": ")
      text.addTable(communicationCosts, strategyStarts)
    }
    text.add(",\n\"memory_bytes\": ")
    text.addTable(memoryBytes, strategyStarts)
    text.add("},\n\"edges\": {\"nodes\": [")
    for (index, edge) in edges.enumerated() {
      text.add("\(index == 0 ? "" : ",")[\(edge.source),\(edge.target)]")
    }
    text.add("],\n\"costs\": ")
    text.addTable(edgeCosts, edgeStarts)
    text.add("}}\n}\n")
    return compressed ? Gzip.compress(text.bytes) : text.bytes
  }
}

/// The text of a section under construction.
private struct ShardingText {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func add(name: String) {
    bytes.append(contentsOf: JSONWriter.encode(.string(name), pretty: false).dropLast())
  }

  mutating func addNames(_ key: String, _ names: [String]) {
    add("\"\(key)\": [")
    for (index, name) in names.enumerated() {
      if index > 0 { add(",") }
      add(name: name)
    }
    add("],\n")
  }

  mutating func addTable(_ values: [Int], _ starts: [Int]) {
    add("[")
    for row in 0..<(starts.count - 1) {
      add(row == 0 ? "[" : ",[")
      for position in starts[row]..<starts[row + 1] {
        if position > starts[row] { bytes.append(UInt8(ascii: ",")) }
        addNumber(values[position])
      }
      add("]")
    }
    add("]")
  }

  private mutating func addNumber(_ value: Int) {
    if value < 10 {
      bytes.append(UInt8(ascii: "0") + UInt8(value))
    } else {
      add(String(value))
    }
  }
}
