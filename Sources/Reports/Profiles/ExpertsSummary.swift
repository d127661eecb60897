import Profiles

/// What a profile tells about its routed experts.
struct ExpertsSummary: Encodable, Sendable {
  let experts: Int
  let topK: Int
  let layers: Int
  let slots: Int
  /// The loads by workload.
  let scenarios: [Scenario]

  /// How unevenly one workload's tokens are routed.
  struct Scenario: Encodable, Sendable {
    let name: String
    let batches: Int
    let tokens: Double
    /// The fullest expert's load over the mean: the mean of all layers, and the largest.
    let meanMaxOverMean: Double
    let largestMaxOverMean: Double

    init(_ scenario: LoadScenario) {
      let load = scenario.load
      let ratios = load.map { row in
        let sum = row.reduce(0, +)
        return sum > 0 ? (row.max() ?? 0) * Double(row.count) / sum : 1
      }
      name = scenario.name
      batches = scenario.batches.count
      tokens = load.reduce(0) { $0 + $1.reduce(0, +) }
      meanMaxOverMean = ratios.isEmpty ? 1 : ratios.reduce(0, +) / Double(ratios.count)
      largestMaxOverMean = ratios.max() ?? 1
    }
  }

  init(_ experts: MixtureOfExperts) {
    self.experts = experts.experts
    topK = experts.topK
    layers = experts.layers
    slots = experts.slots.reduce(0, +)
    scenarios = experts.scenarios.map(Scenario.init)
  }

  /// Adds the summary to a report for people.
  func add(to page: inout Page) {
    page.section("Experts: \(experts) in \(Quantity.count(layers, "layer")), top \(topK)")
    if slots > 0 { page.paragraph("\(Quantity.count(slots, "slot")) on all devices", indent: 2) }
    guard !scenarios.isEmpty else { return }
    var table = Table(
      [.left, .right, .right, .right, .right],
      header: ["workload", "batches", "tokens", "fullest / mean", "worst layer"])
    for row in scenarios {
      table.append(
        row.name, "\(row.batches)", Quantity.fixed(row.tokens, decimals: 0),
        Quantity.fixed(row.meanMaxOverMean, decimals: 3),
        Quantity.fixed(row.largestMaxOverMean, decimals: 3))
    }
    page.table(table)
  }
}
