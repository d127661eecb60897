public import Plans
import Profiles
import Simulation

/// Placements of one profile's experts side by side; the first is the base.
public struct PlacementComparison: Sendable {
  /// One placement.
  public struct Entry: Sendable {
    /// What it is called, such as the plan's file.
    public let name: String
    /// The placement with what its replay found.
    public let report: PlacementReport

    /// Creates an entry.
    public init(name: String, report: PlacementReport) {
      self.name = name
      self.report = report
    }
  }

  /// The placements, the base first.
  public let entries: [Entry]

  /// Creates a comparison.
  public init(_ entries: [Entry]) { self.entries = entries }

  /// How many replicas have to be copied to come from the base to another placement.
  public func copies(to plan: ExpertPlacementPlan) -> Int {
    guard let base = entries.first?.report.plan else { return 0 }
    return zip(base.layers, plan.layers).reduce(0) { sum, layers in
      zip(layers.0.devices, layers.1.devices).reduce(sum) {
        $0 + Set($1.1).subtracting($1.0).count
      }
    }
  }

  /// Returns a table for people, at most 100 columns wide.
  public func text(isColored: Bool = false) -> String {
    var page = Page(isColored: isColored)
    page.section("Placements (load of the fullest device over the mean; 1 is perfect)")
    var table = Table(
      [.flexible, .flexible, .right, .right, .right, .right],
      header: ["plan", "load", "mean of layers", "worst layer", "redundant", "to copy"])
    for (position, entry) in entries.enumerated() {
      let result = entry.report.result
      let copied = position == 0 ? "–" : "\(copies(to: entry.report.plan))"
      guard result.isValid else {
        table.append(entry.name, "fails", "–", "–", "–", copied)
        continue
      }
      for (row, scenario) in result.scenarios.enumerated() {
        table.append(
          row == 0 ? entry.name : "", scenario.name, PlacementReport.ratio(scenario.value),
          PlacementReport.ratio(scenario.worstLayer), row == 0 ? "\(result.redundantExperts)" : "",
          row == 0 ? copied : "")
      }
    }
    page.table(table)
    for entry in entries {
      for fault in entry.report.result.faults.prefix(3) {
        page.paragraph("\(entry.name): \(fault).", tone: .bad)
      }
    }
    return page.text
  }

  /// Returns the comparison for machines: one line of JSON with sorted keys, schema
  /// `planner.comparison/1`.
  public func json() throws -> String {
    let plans = entries.map { entry in
      let result = entry.report.result
      return Document.Plan(
        name: entry.name, isValid: result.isValid, value: result.isValid ? result.value : nil,
        redundantExperts: result.redundantExperts, copies: copies(to: entry.report.plan),
        faults: result.faults,
        scenarios: result.scenarios.map {
          Document.Scenario(name: $0.name, value: $0.value, worstLayer: $0.worstLayer)
        })
    }
    return try jsonLine(
      Document(schema: "planner.comparison/1", problem: "expert-placement", plans: plans))
  }

  private struct Document: Encodable {
    struct Scenario: Encodable {
      let name: String
      let value: Double
      let worstLayer: Double

      enum CodingKeys: String, CodingKey {
        case name, value
        case worstLayer = "worst_layer"
      }
    }

    struct Plan: Encodable {
      let name: String
      let isValid: Bool
      let value: Double?
      let redundantExperts: Int
      let copies: Int
      let faults: [String]
      let scenarios: [Scenario]

      enum CodingKeys: String, CodingKey {
        case name, value, copies, faults, scenarios
        case isValid = "valid"
        case redundantExperts = "redundant_experts"
      }
    }

    let schema: String
    let problem: String
    let plans: [Plan]
  }
}
