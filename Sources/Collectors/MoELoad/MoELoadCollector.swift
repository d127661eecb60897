public import Profiles

/// Makes a profile of expert loads from what serving programs and logs record.
///
/// Read are SGLang's `{"logical_count": …}` (layers × experts, or steps × layers × experts), JSON of the
/// form `{"domains": {name: [layer][expert]}}`, tables `layer,expert,tokens[,scenario][,batch]`, and
/// tables of the experts of each token, `layer,e0,e1,…[,domain]`. Each file adds scenarios.
public struct MoELoadCollector: Sendable {
  /// How many experts a token visits, where the files don't tell.
  public var topK: Int?
  /// Whether each table of tokens becomes two scenarios, of even and of odd rows, so that a plan made
  /// on one can be judged on the other.
  public var splitsTokens: Bool

  /// Creates a collector.
  public init(topK: Int? = nil, splitsTokens: Bool = false) {
    self.topK = topK
    self.splitsTokens = splitsTokens
  }

  /// What one file, or part of it, says.
  struct Part {
    var file: String
    var name: String
    /// The layers by their numbers; nil where the file only counts them.
    var layerNumbers: [Int]?
    /// Tokens, `[batch][layer][expert]`.
    var batches: [[[Double]]]
    /// The experts of each token, `[layer][token]`; empty where they are not known.
    var tokens: [[[Int]]] = []
    var topK: Int?
  }

  /// Reads all files.
  ///
  /// - Throws: `CollectorError` with the place and the remedy.
  public func collect(_ files: [SourceFile]) throws(CollectorError) -> Profile {
    var parts: [Part] = []
    for file in files {
      let first = file.bytes.first { $0 > 0x20 && $0 < 0x7F }
      parts += first == UInt8(ascii: "{") ? try json(file) : try table(file)
    }
    guard let first = parts.first else {
      throw .option(name: "files", problem: "there are none", remedy: "name at least one")
    }
    return try merged(parts, first)
  }

  /// Puts the parts together: the same experts and layers, scenarios of different names.
  private func merged(_ parts: [Part], _ first: Part) throws(CollectorError) -> Profile {
    // Where layers stand in a table experts without tokens may be missing at the end.
    let experts = parts.map { $0.batches.first?.first?.count ?? 0 }.max() ?? 0
    let layers = first.batches.first?.count ?? 0
    let numbers = parts.lazy.compactMap(\.layerNumbers).first ?? Array(0..<layers)
    var scenarios: [LoadScenario] = []
    var coactivation: [Coactivation] = []
    var known: [String: String] = [:]
    for part in parts {
      let count = part.batches.first?.count ?? 0
      guard count == layers, part.layerNumbers.map({ $0 == numbers }) ?? true else {
        throw .invalid(
          file: part.file, place: part.name,
          problem: "its layers are not those of \(first.file)",
          remedy: "collect files of the same layers together")
      }
      if let other = known.updateValue(part.file, forKey: part.name) {
        throw .invalid(
          file: part.file, place: part.name, problem: "\(other) has a scenario of this name too",
          remedy: "rename one of the files")
      }
      let isShort = part.batches.contains { $0.contains { $0.count != experts } }
      if isShort, part.tokens.isEmpty, part.layerNumbers == nil {
        throw .invalid(
          file: part.file, place: part.name, problem: "its experts are not those of the others",
          remedy: "collect files of the same model together")
      }
      let batches = part.batches.map { batch in
        batch.map { $0 + Array(repeating: 0, count: experts - $0.count) }
      }
      scenarios.append(LoadScenario(name: part.name, batches: batches))
      for (layer, tokens) in part.tokens.enumerated() where !tokens.isEmpty {
        coactivation.append(Coactivation(layer: layer, scenario: part.name, tokens: tokens))
      }
    }
    guard let topK = parts.lazy.compactMap(\.topK).first ?? topK else {
      throw .option(
        name: "--top-k", problem: "the files don't tell how many experts a token visits",
        remedy: "give it, such as --top-k 8")
    }
    guard 1...max(1, experts) ~= topK else {
      throw .option(
        name: "--top-k", problem: "\(topK) of \(experts) experts", remedy: "give 1 to \(experts)")
    }
    for part in parts where part.topK.map({ $0 != topK }) ?? false {
      throw .invalid(
        file: part.file, place: part.name, problem: "its tokens visit \(part.topK ?? 0) experts",
        remedy: "collect files of the same model together")
    }
    let moe = MixtureOfExperts(
      experts: experts, topK: topK, layerNumbers: numbers, scenarios: scenarios,
      coactivation: coactivation)
    return Profile(
      name: "moe-load", source: Profile.Source(collector: "moe-load"), problem: "expert-placement",
      tensors: [], operators: [], moe: moe)
  }

  /// A file's name without `.gz` and without its ending.
  static func stem(of file: String) -> String {
    var name = file[...]
    if name.hasSuffix(".gz") { name = name.dropLast(3) }
    if let dot = name.lastIndex(of: "."), dot != name.startIndex { name = name[..<dot] }
    return String(name)
  }
}
