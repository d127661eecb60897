import Profiles

/// Reads the text of a PipeDream layer graph.
///
/// A layer is a line `node1 -- Conv2d(…) -- forward_compute_time=1.5, backward_compute_time=3.1,
/// activation_size=1024.0, parameter_size=0.000`, with times in milliseconds, sizes in bytes, and
/// `[a; b]` for several outputs; partitioned graphs add ` -- stage_id=0`. An edge is an indented line
/// `node1 -- node2`.
struct LayerGraphReader {
  private let file: String
  private var layers: [LayerGraph.Layer] = []
  private var positions: [String: Int] = [:]
  private var edges: [(line: Int, from: Substring, to: Substring)] = []

  /// Returns the graph that a file describes.
  static func read(_ source: SourceFile) throws(CollectorError) -> LayerGraph {
    guard source.bytes.count <= InputLimits.current[.textBytes] else {
      throw .tooLarge(
        file: source.name, place: "the text",
        problem: "too many bytes; \(InputLimits.raise(.textBytes))")
    }
    guard let text = String(validating: source.bytes, as: UTF8.self) else {
      throw .malformed(file: source.name, problem: "it isn't UTF-8 text; is it a layer graph?")
    }
    var reader = LayerGraphReader(file: source.name)
    let most = InputLimits.current[.lines]
    let lines = text.split(
      maxSplits: most, omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.count <= most else {
      throw .tooLarge(
        file: source.name, place: "line \(most + 1)",
        problem: "too many layers and edges; \(InputLimits.raise(.lines))")
    }
    for (index, line) in lines.enumerated() {
      try reader.read(line, number: index + 1)
    }
    return try reader.graph()
  }

  private init(file: String) {
    self.file = file
  }

  // MARK: Lines

  private mutating func read(_ line: Substring, number: Int) throws(CollectorError) {
    let text = line.trimmingBlanks()
    if text.isEmpty { return }
    let parts = text.parts(separatedBy: " -- ")
    if line.first == "\t" || line.first == " " || parts.count == 2 {
      guard parts.count == 2 else {
        throw invalid(number, "an edge doesn't have two ends", "write it as 'node1 -- node2'")
      }
      edges.append((number, parts[0], parts[1]))
      return
    }
    try readLayer(parts, number: number)
  }

  private mutating func readLayer(
    _ parts: [Substring], number: Int
  ) throws(CollectorError) {
    var parts = parts
    if parts.count > 3, parts.last?.hasPrefix("stage_id=") == true { parts.removeLast() }
    guard parts.count >= 3, let name = parts.first, let measured = parts.last else {
      throw invalid(
        number, "neither a layer nor an edge",
        "write layers as 'name -- module -- forward_compute_time=…' and indent edges")
    }
    var fields: [Substring: Substring] = [:]
    for field in measured.parts(separatedBy: ", ") {
      let sides = field.split(separator: "=", maxSplits: 1)
      if sides.count == 2 { fields[sides[0]] = sides[1] }
    }
    func value(_ key: Substring) throws(CollectorError) -> Substring {
      if let value = fields[key] { return value }
      throw invalid(number, "\(key) is missing", "profile again, or add the measurement")
    }
    let sizes = try value("activation_size")
    let list =
      sizes.hasPrefix("[") ? sizes.dropFirst().dropLast(sizes.hasSuffix("]") ? 1 : 0) : sizes
    var outputs: [Int] = []
    for size in list.split(separator: ";") {
      outputs.append(try bytes(size, "activation_size", number))
    }
    let layer = LayerGraph.Layer(
      name: String(name), description: parts[1..<(parts.count - 1)].joined(separator: " -- "),
      forwardMilliseconds: try time(try value("forward_compute_time"), number),
      backwardMilliseconds: try time(try value("backward_compute_time"), number),
      outputBytes: outputs,
      parameterBytes: try bytes(try value("parameter_size"), "parameter_size", number))
    guard positions.updateValue(layers.count, forKey: layer.name) == nil else {
      throw invalid(number, "there is a layer '\(name)' already", "give each a name of its own")
    }
    layers.append(layer)
  }

  // MARK: Quantities

  private func time(_ text: Substring, _ line: Int) throws(CollectorError) -> Double {
    guard let time = Double(decimal: text.trimmingBlanks()), time >= 0, time <= 1e9 else {
      throw invalid(line, "'\(text.prefix(40))' is no time", "write milliseconds, 0 or more")
    }
    return time
  }

  private func bytes(
    _ text: Substring, _ key: String, _ line: Int
  ) throws(CollectorError) -> Int {
    guard let size = Double(decimal: text.trimmingBlanks()), size >= 0, size <= 0x1p53,
      size == size.rounded()
    else {
      throw invalid(
        line, "\(key): '\(text.prefix(40))' is no size", "write whole bytes, at most 2^53")
    }
    return Int(size)
  }

  private func invalid(_ line: Int, _ problem: String, _ remedy: String) -> CollectorError {
    .invalid(file: file, place: "line \(line)", problem: problem, remedy: remedy)
  }

  // MARK: Order

  /// Ties the edges and sorts the layers: by the numbers in their names where that order serves.
  private func graph() throws(CollectorError) -> LayerGraph {
    guard !layers.isEmpty else {
      throw .malformed(file: file, problem: "it holds no layers; is it a layer graph?")
    }
    var pairs: [(from: Int, to: Int)] = []
    for edge in edges {
      guard let from = positions[String(edge.from)], let to = positions[String(edge.to)] else {
        let unknown = positions[String(edge.from)] == nil ? edge.from : edge.to
        throw invalid(
          edge.line, "there is no layer '\(unknown.prefix(40))'", "add it, or correct the name")
      }
      pairs.append((from, to))
    }
    let order = try executionOrder(pairs)
    var place = [Int](repeating: 0, count: layers.count)
    for (position, layer) in order.enumerated() { place[layer] = position }
    var sorted = order.map { layers[$0] }
    for pair in pairs {
      sorted[place[pair.to]].inputs.append(place[pair.from])
    }
    for position in sorted.indices {
      var seen: Set<Int> = []
      sorted[position].inputs.removeAll { !seen.insert($0).inserted }
    }
    return LayerGraph(layers: sorted)
  }

  private func executionOrder(
    _ pairs: [(from: Int, to: Int)]
  ) throws(CollectorError) -> [Int] {
    let numbers = layers.map { Int($0.name.drop { !$0.isASCII || !$0.isNumber }) ?? Int.max }
    let byNumber = layers.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
    var place = [Int](repeating: 0, count: layers.count)
    for (position, layer) in byNumber.enumerated() { place[layer] = position }
    if pairs.allSatisfy({ place[$0.from] < place[$0.to] }) { return byNumber }

    var missing = [Int](repeating: 0, count: layers.count)
    var next = [[Int]](repeating: [], count: layers.count)
    for pair in pairs {
      missing[pair.to] += 1
      next[pair.from].append(pair.to)
    }
    var order = byNumber.filter { missing[$0] == 0 }
    var position = 0
    while position < order.count {
      for layer in next[order[position]] {
        missing[layer] -= 1
        if missing[layer] == 0 { order.append(layer) }
      }
      position += 1
    }
    guard order.count == layers.count else {
      let stuck = byNumber.first { missing[$0] > 0 } ?? 0
      throw .invalid(
        file: file, place: "layer \(layers[stuck].name)",
        problem: "the edges lead round in a circle, or the layer waits for one that does",
        remedy: "remove the edge that leads back")
    }
    return order
  }
}

extension Substring {
  /// The text without blanks at its ends.
  fileprivate func trimmingBlanks() -> Substring {
    var text = self
    while text.last?.isWhitespace == true { text.removeLast() }
    return text.drop(while: \.isWhitespace)
  }

  /// Splits at each occurrence of a separator.
  fileprivate func parts(separatedBy separator: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = self
    while let range = rest.firstRange(of: separator) {
      parts.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return parts + [rest]
  }
}
