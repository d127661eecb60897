public import Profiles

/// How the greedy search's paths compare with the fastest, over all pairs of layouts.
public struct LayoutSurveySummary: Sendable {
  /// The pair with the largest ratio.
  public struct Worst: Sendable {
    /// The layout at the beginning.
    public let source: TensorLayout
    /// The layout at the end.
    public let target: TensorLayout
    /// The fastest way.
    public let microseconds: Double
    /// How many times as long the greedy way takes.
    public let ratio: Double

    /// Creates a pair.
    public init(source: TensorLayout, target: TensorLayout, microseconds: Double, ratio: Double) {
      self.source = source
      self.target = target
      self.microseconds = microseconds
      self.ratio = ratio
    }
  }

  private let tensor: MeshTensor
  private let dtype: String
  private let mesh: DeviceMesh
  private let linkSource: String
  /// All layouts with even parts.
  public var layouts = 0
  /// The pairs that the greedy search knows.
  public var pairs = 0
  /// Those for which it finds nothing.
  public var failures = 0
  /// Those for which it takes longer.
  public var suboptimal = 0
  /// The mean ratio of its time to the least.
  public var meanRatio: Double?
  /// The pair with the largest ratio.
  public var worst: Worst?

  /// Creates a summary without figures.
  public init(tensor: MeshTensor, dtype: String, mesh: DeviceMesh, linkSource: String) {
    self.tensor = tensor
    self.dtype = dtype
    self.mesh = mesh
    self.linkSource = linkSource
  }

  /// Returns the summary for people, at most 100 columns wide.
  public func text(isColored: Bool = false) -> String {
    var page = Page(isColored: isColored)
    page.paragraph(
      "\(LayoutReport.title(tensor.shape)) of \(dtype), \(Quantity.bytes(tensor.bytes)), on a mesh of "
        + mesh.title, tone: .heading)
    page.section("Links")
    page.table(LayoutReport.links(of: mesh))
    page.paragraph(linkSource, indent: 2)
    page.section("Greedy (Colossal-AI) against the fastest path")
    var table = Table([.left, .right, .flexible])
    table.append("layouts", "\(layouts)", "with partial sums, and with axes in any order")
    table.append("pairs", "\(pairs)", "that the greedy search knows")
    table.append("no path", "\(failures)", share(failures))
    table.append("slower path", "\(suboptimal)", share(suboptimal))
    if let meanRatio {
      table.append(
        "mean ratio", Quantity.fixed(meanRatio, decimals: 2), "over the pairs that send anything")
    }
    if let worst {
      table.append(
        "largest ratio", Quantity.fixed(worst.ratio, decimals: 2),
        "\(worst.source.text) to \(worst.target.text), \(LayoutReport.time(worst.microseconds)) at best"
      )
    }
    page.table(table)
    return page.text
  }

  private func share(_ count: Int) -> String {
    pairs == 0 ? "" : Quantity.percent(Double(count) / Double(pairs))
  }

  /// Returns the summary for programs on one line.
  public func json() -> String {
    var members = JSONMembers()
    members.add("schema", .string("planner.layout-survey/1"))
    members.add("shape", .array(tensor.shape.map(JSON.integer)))
    members.add("dtype", .string(dtype))
    members.add("mesh", LayoutReport.json(mesh, linkSource))
    members.add("layouts", .integer(layouts))
    members.add("pairs", .integer(pairs))
    members.add("greedy_failures", .integer(failures))
    members.add("greedy_suboptimal", .integer(suboptimal))
    members.add("greedy_mean_ratio", meanRatio.map(JSON.number))
    if let worst {
      var pair = JSONMembers()
      pair.add("from", .string(worst.source.text))
      pair.add("to", .string(worst.target.text))
      pair.add("time_us", .number(worst.microseconds))
      pair.add("ratio", .number(worst.ratio))
      members.add("greedy_worst", pair.object)
    }
    return String(decoding: JSONWriter.encode(members.object, pretty: false), as: UTF8.self)
  }
}
