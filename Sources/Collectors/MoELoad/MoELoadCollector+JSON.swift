import Profiles

extension MoELoadCollector {
  /// Reads SGLang's counts, or loads by domain.
  func json(_ file: SourceFile) throws(CollectorError) -> [Part] {
    let tree: JSON
    do {
      tree = try JSONScanner.parse(file.bytes)
    } catch {
      throw .malformed(file: file.name, problem: "\(error.fault)")
    }
    guard case .object(let members) = tree else {
      throw .malformed(file: file.name, problem: "the text is no JSON object")
    }
    if let counts = members.first(where: { $0.key == "logical_count" })?.value {
      let batches =
        Self.depth(counts) == 3
        ? try batches(counts, file, "logical_count")
        : [try layers(counts, file, "logical_count")]
      return [
        Part(
          file: file.name, name: Self.stem(of: file.name),
          batches: try checked(batches, file, "logical_count"))
      ]
    }
    guard case .object(let domains)? = members.first(where: { $0.key == "domains" })?.value else {
      throw .invalid(
        file: file.name, place: "the object",
        problem: "it has neither logical_count nor domains",
        remedy: "give SGLang's {\"logical_count\": …} or {\"domains\": {name: [layer][expert]}}")
    }
    var parts: [Part] = []
    for domain in domains {
      let place = "domains.\(domain.key)"
      let load = try layers(domain.value, file, place)
      parts.append(
        Part(
          file: file.name, name: domain.key, batches: try checked([load], file, place)))
    }
    return parts
  }

  private static func depth(_ value: JSON) -> Int {
    if case .array(let elements) = value { return 1 + (elements.first.map(depth) ?? 0) }
    return 0
  }

  private func batches(
    _ value: JSON, _ file: SourceFile, _ place: String
  ) throws(CollectorError) -> [[[Double]]] {
    var result: [[[Double]]] = []
    for (index, element) in try elements(value, file, place).enumerated() {
      result.append(try layers(element, file, "\(place)[\(index)]"))
    }
    return result
  }

  private func layers(
    _ value: JSON, _ file: SourceFile, _ place: String
  ) throws(CollectorError) -> [[Double]] {
    var result: [[Double]] = []
    for (index, element) in try elements(value, file, place).enumerated() {
      let place = "\(place)[\(index)]"
      var row: [Double] = []
      for (expert, count) in try elements(element, file, place).enumerated() {
        switch count {
        case .integer(let number) where number >= 0: row.append(Double(number))
        case .number(let number) where number >= 0 && number.isFinite: row.append(number)
        default:
          throw .invalid(
            file: file.name, place: "\(place)[\(expert)]", problem: "\(count.shown) is no count",
            remedy: "write 0 or more tokens")
        }
      }
      result.append(row)
    }
    return result
  }

  private func elements(
    _ value: JSON, _ file: SourceFile, _ place: String
  ) throws(CollectorError) -> [JSON] {
    guard case .array(let elements) = value else {
      throw .invalid(
        file: file.name, place: place, problem: "\(value.shown) is not an array",
        remedy: "write layers of experts, or steps of layers of experts")
    }
    return elements
  }

  /// Every batch has the same layers, every layer the same experts.
  private func checked(
    _ batches: [[[Double]]], _ file: SourceFile, _ place: String
  ) throws(CollectorError) -> [[[Double]]] {
    let layers = batches.first?.count ?? 0
    let experts = batches.first?.first?.count ?? 0
    guard layers > 0, experts > 0 else {
      throw .invalid(
        file: file.name, place: place, problem: "there are no counts",
        remedy: "record some batches first")
    }
    for (index, batch) in batches.enumerated() {
      for row in batch where batch.count != layers || row.count != experts {
        throw .invalid(
          file: file.name, place: place,
          problem: "entry \(index) has not \(layers) layers of \(experts) experts",
          remedy: "record it again")
      }
    }
    return batches
  }
}
