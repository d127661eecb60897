import Plans

/// The strategies tried, each over all layers, in the order in which they came up.
struct PlacementRecords {
  /// What is known of one strategy.
  private struct Record {
    var sum = 0.0
    var worst = 0.0
    var layers = 0
    var bounds = 0.0
    var boundLayers = 0
    var moves: Int?
    var nodes = 0
    var engine = "planner"
    var seconds = 0.0
    /// How often each ending came up, in order.
    var endings: [(text: String, count: Int)] = []
  }

  private var names: [String] = []
  private var records: [String: Record] = [:]

  /// Takes note of what a strategy found for one layer; nil for nothing.
  mutating func note(
    _ name: String, value: Double?, bound: Double? = nil, moves: Int? = nil, nodes: Int = 0,
    engine: String = "planner", ending: String = "done", seconds: Double = 0
  ) {
    if records[name] == nil { names.append(name) }
    var record = records[name] ?? Record()
    if let value {
      record.sum += value
      record.worst = max(record.worst, value)
      record.layers += 1
    }
    if let bound {
      record.bounds += bound
      record.boundLayers += 1
    }
    if let moves { record.moves = (record.moves ?? 0) + moves }
    record.nodes += nodes
    record.engine = engine
    record.seconds += seconds
    if let index = record.endings.firstIndex(where: { $0.text == ending }) {
      record.endings[index].count += 1
    } else {
      record.endings.append((ending, 1))
    }
    records[name] = record
  }

  /// Returns the strategies; one that found nothing for a layer has no value.
  func strategies(layers: Int) -> [ExpertPlacementPlan.Strategy] {
    names.compactMap { name in
      guard let record = records[name] else { return nil }
      let isWhole = record.layers == layers && layers > 0
      let endings = record.endings.map { ending in
        ending.count == layers ? ending.text : "\(ending.text) (\(ending.count) of \(layers))"
      }
      return ExpertPlacementPlan.Strategy(
        name: name, value: isWhole ? record.sum / Double(layers) : nil,
        worstLayer: isWhole ? record.worst : nil,
        bound: record.boundLayers == layers ? record.bounds / Double(layers) : nil,
        moves: record.moves, nodes: record.nodes, engine: record.engine,
        termination: endings.joined(separator: ", "), seconds: record.seconds)
    }
  }
}
