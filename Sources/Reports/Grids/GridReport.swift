import Profiles

/// What came of every combination of a grid.
public struct GridReport: Sendable {
  /// One combination.
  public struct Row: Sendable, Hashable {
    /// What the profile is called.
    public let variant: String
    /// The device of the catalogue; nil for the source's.
    public let device: String?
    /// The batch; nil for the source's.
    public let batch: Int?
    /// The rate of the link to the host, each way, in 10⁹ bytes per second; nil for the device's.
    public let linkGBPerSecond: Double?
    /// The budget as it was given; nil for the device's.
    public let budget: String?
    /// The budget in bytes.
    public let budgetBytes: Int
    /// How planning ended, as in results of batches; nil if it didn't come so far.
    public var status: String?
    /// The exit code for that.
    public var code: Int32 = 0
    /// The iteration, in microseconds; nil without a plan.
    public var value: Double?
    /// What no plan takes less than, in microseconds.
    public var bound: Double?
    /// How far the plan may be from the best, relative to it.
    public var gap: Double?
    /// Whether the plan is the same on every run; nil without a plan.
    public var isRepeatable: Bool?
    /// What went wrong.
    public var message: String?

    /// Creates a combination that isn't planned yet.
    public init(
      variant: String, device: String?, batch: Int?, linkGBPerSecond: Double?, budget: String?,
      budgetBytes: Int
    ) {
      self.variant = variant
      self.device = device
      self.batch = batch
      self.linkGBPerSecond = linkGBPerSecond
      self.budget = budget
      self.budgetBytes = budgetBytes
    }

    /// Whether something is wrong, and not only that no plan fits or was found.
    public var isFailure: Bool { [1, 3, 6].contains(code) }
  }

  /// The source's name.
  public let name: String
  /// The combinations in the order of the grid.
  public let rows: [Row]

  /// Gathers the combinations of a grid.
  public init(name: String, rows: [Row]) {
    self.name = name
    self.rows = rows
  }

  /// Returns a table.
  public func text(isColored: Bool = false) -> String {
    var page = Page(isColored: isColored)
    let planned = rows.count { $0.value != nil }
    page.paragraph(
      "\(name): \(Quantity.count(rows.count, "combination")), \(planned) with a plan",
      tone: .heading)
    var table = Table(
      [.flexible, .right, .right, .right, .right, .left],
      header: ["profile", "budget", "iteration", "bound", "gap", ""])
    for row in rows {
      table.append(
        row.variant, Quantity.bytes(row.budgetBytes),
        row.value.map { Quantity.milliseconds($0) } ?? "–",
        row.bound.map { Quantity.milliseconds($0) } ?? "–",
        row.gap.map { Quantity.fixed($0 * 100, decimals: 2) + " %" } ?? "–",
        row.value == nil ? row.status?.replacing("_", with: " ") ?? "not planned" : "")
    }
    page.table(table)
    return page.text
  }

  /// Returns one line of JSON, schema `planner.grid-results/1`; times in microseconds.
  public func json() throws -> String {
    struct Point: Encodable {
      let profile: String
      let device: String?
      let batch: Int?
      let linkGbPerS: Double?
      let budget: String?
      let budgetBytes: Int
      let status: String?
      let iterationUs: Double?
      let lowerBoundUs: Double?
      let gap: Double?
      let repeatable: Bool?
      let message: String?
    }
    struct Document: Encodable {
      let schema = "planner.grid-results/1"
      let source: String
      let points: [Point]
    }
    let points = rows.map {
      Point(
        profile: $0.variant, device: $0.device, batch: $0.batch, linkGbPerS: $0.linkGBPerSecond,
        budget: $0.budget, budgetBytes: $0.budgetBytes, status: $0.status, iterationUs: $0.value,
        lowerBoundUs: $0.bound, gap: $0.gap, repeatable: $0.isRepeatable, message: $0.message)
    }
    return try jsonLine(Document(source: name, points: points), convertsKeys: true)
  }

  /// Returns a table of values separated by commas, with a header; times in microseconds.
  public func csv() -> String {
    var text =
      "profile,device,batch,link_gb_per_s,budget,budget_bytes,status,iteration_us,lower_bound_us,gap,"
      + "repeatable\n"
    for row in rows {
      let cells: [String] = [
        row.variant, row.device ?? "", row.batch.map { "\($0)" } ?? "",
        row.linkGBPerSecond.map { "\($0)" } ?? "", row.budget ?? "", "\(row.budgetBytes)",
        row.status ?? "", row.value.map { "\($0)" } ?? "", row.bound.map { "\($0)" } ?? "",
        row.gap.map { "\($0)" } ?? "", row.isRepeatable.map { "\($0)" } ?? "",
      ]
      text += cells.map(Self.quoted).joined(separator: ",") + "\n"
    }
    return text
  }

  /// A cell by RFC 4180.
  private static func quoted(_ cell: String) -> String {
    let isPlain = !cell.contains { ",\"\n\r".contains($0) }
    return isPlain ? cell : "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }

  /// Returns the time of the iteration against the budget, a line for each profile.
  ///
  /// - Parameter width: In pixels, 240 or more.
  public func picture(width: Int = 960) -> Picture {
    let planned = rows.filter { $0.value != nil }
    var names: [String] = []
    for row in planned where !names.contains(row.variant) { names.append(row.variant) }
    let curves = names.enumerated().map { index, name in
      let own = planned.filter { $0.variant == name }.sorted { $0.budgetBytes < $1.budgetBytes }
      return CurveChart.Curve(
        // There are fewer tones than there may be profiles: then names tell them apart.
        name: name, tone: Tone.allCases[index % Tone.allCases.count],
        points: own.map { (Double($0.budgetBytes), $0.value ?? 0) },
        tooltips: own.map {
          "\(name), \(Quantity.bytes($0.budgetBytes)): \(Quantity.milliseconds($0.value ?? 0))"
        })
    }
    return CurveChart(
      title: "\(name): iteration against device memory",
      summary:
        "Iteration against device memory, \(Quantity.count(names.count, "profile")), "
        + "\(Quantity.count(planned.count, "plan")).",
      below: "budget of device memory", beside: "iteration",
      horizontalUnit: .bytes(upTo: Double(planned.map(\.budgetBytes).max() ?? 0)),
      verticalUnit: .time(upTo: planned.compactMap(\.value).max() ?? 0), curves: curves
    ).picture(width: width)
  }
}
