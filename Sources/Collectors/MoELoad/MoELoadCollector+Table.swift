import Profiles

extension MoELoadCollector {
  /// Reads a table of counts, or of the experts of each token.
  func table(_ file: SourceFile) throws(CollectorError) -> [Part] {
    let width = Self.expertColumns(of: file)
    if width > 0 { return try tokens(file, width: width) }
    let table = try CSVTable(
      file, required: ["layer", "expert", "tokens"], optional: ["scenario", "domain", "batch"])
    guard !table.rows.isEmpty else { throw Self.empty(file) }
    var counts: [String: [Int: [Int: [Int: Double]]]] = [:]  // scenario, batch, layer, expert
    var names: [String] = []
    var layers: Set<Int> = []
    var experts = 0
    for row in table.rows {
      let name = row.text("scenario") ?? row.text("domain") ?? Self.stem(of: file.name)
      if counts[name] == nil { names.append(name) }
      let layer = try Self.number("layer", in: row, below: 1 << 12)
      let expert = try Self.number("expert", in: row, below: 1 << 14)
      let batch =
        row.text("batch") == nil ? 0 : try Self.number("batch", in: row, below: 1 << 20)
      _ = try row.required("tokens")
      let tokens = try row.value("tokens", "a count of tokens") { text -> Double? in
        Double(decimal: text).flatMap { $0 >= 0 && $0 <= 1e15 ? $0 : nil }
      }
      layers.insert(layer)
      experts = max(experts, expert + 1)
      let old = counts[name]?[batch]?[layer]?.updateValue(tokens ?? 0, forKey: expert)
      if old != nil {
        throw row.fault("expert", "the same layer and expert stand here twice", "add them up")
      }
      if counts[name]?[batch]?[layer] == nil {
        counts[name, default: [:]][batch, default: [:]][layer] = [expert: tokens ?? 0]
      }
    }
    let numbers = layers.sorted()
    return names.map { name in
      let batches = (counts[name] ?? [:]).sorted { $0.key < $1.key }.map { batch in
        numbers.map { layer in (0..<experts).map { batch.value[layer]?[$0] ?? 0 } }
      }
      return Part(file: file.name, name: name, layerNumbers: numbers, batches: batches)
    }
  }

  /// How many columns `e0`, `e1`, … the heading of a table has.
  private static func expertColumns(of file: SourceFile) -> Int {
    let heading = file.bytes.prefix { $0 != 0x0A && $0 != 0x0D }
    let names = Set(
      String(decoding: heading, as: UTF8.self).split(separator: ",").map {
        String($0).withoutOuterBlanks
      })
    var width = 0
    while names.contains("e\(width)") { width += 1 }
    return width
  }

  private static func empty(_ file: SourceFile) -> CollectorError {
    .invalid(
      file: file.name, place: "the table", problem: "it has no rows",
      remedy: "record some batches first")
  }

  private static func number(
    _ column: String, in row: CSVTable.Row, below limit: Int
  ) throws(CollectorError) -> Int {
    _ = try row.required(column)
    let value = try row.value(column, "a whole number below \(limit)") { text -> Int? in
      Int(text).flatMap { (0..<limit).contains($0) ? $0 : nil }
    }
    return value ?? 0
  }

  /// Reads the experts of each token.
  private func tokens(_ file: SourceFile, width: Int) throws(CollectorError) -> [Part] {
    let columns = (0..<width).map { "e\($0)" }
    let table = try CSVTable(
      file, required: ["layer"] + columns, optional: ["scenario", "domain"])
    guard !table.rows.isEmpty else { throw Self.empty(file) }
    var sets: [String: [Int: [[Int]]]] = [:]  // scenario, layer
    var rowCounts: [String: [Int: Int]] = [:]
    var names: [String] = []
    var layers: Set<Int> = []
    var experts = 0
    for row in table.rows {
      let layer = try Self.number("layer", in: row, below: 1 << 12)
      var set: [Int] = []
      for column in columns {
        let expert = try Self.number(column, in: row, below: 1 << 14)
        if set.contains(expert) {
          throw row.fault(column, "expert \(expert) stands twice in one row", "correct the row")
        }
        set.append(expert)
        experts = max(experts, expert + 1)
      }
      var name = row.text("scenario") ?? row.text("domain") ?? Self.stem(of: file.name)
      if splitsTokens {
        let position = rowCounts[name, default: [:]][layer, default: 0]
        rowCounts[name, default: [:]][layer] = position + 1
        name += position % 2 == 0 ? "/even" : "/odd"
      }
      if sets[name] == nil { names.append(name) }
      layers.insert(layer)
      sets[name, default: [:]][layer, default: []].append(set)
    }
    let numbers = layers.sorted()
    return names.map { name in
      let tokens = numbers.map { sets[name]?[$0] ?? [] }
      let load = tokens.map { list in
        var row = [Double](repeating: 0, count: experts)
        for expert in list.joined() { row[expert] += 1 }
        return row
      }
      return Part(
        file: file.name, name: name, layerNumbers: numbers, batches: [load], tokens: tokens,
        topK: width)
    }
  }
}
