public import Plans
public import Profiles
import Simulation

/// A path between two layouts with what its replay found, and the greedy search's path beside it.
public struct LayoutReport: Sendable {
  /// The tensor.
  public let tensor: MeshTensor
  /// The name of its elements' type.
  public let dtype: String
  /// The mesh.
  public let mesh: DeviceMesh
  /// Where the figures of links come from.
  public let linkSource: String
  /// The most that a device may hold; nil for no cap.
  public let memoryCapBytes: Int?
  /// The fastest path.
  public let path: LayoutPath
  /// The greedy search's path; nil where it finds none.
  public let greedy: LayoutPath?
  /// What is wrong with the path; empty for a path that holds.
  public let faults: [String]
  /// The extents of the tensor that was carried out; nil where even the smallest is too large.
  public let executedShape: [Int]?

  /// Replays a path and carries it out.
  public init(
    tensor: MeshTensor, dtype: String, mesh: DeviceMesh, linkSource: String, memoryCapBytes: Int?,
    path: LayoutPath, target: TensorLayout, greedy: LayoutPath?
  ) {
    self.tensor = tensor
    self.dtype = dtype
    self.mesh = mesh
    self.linkSource = linkSource
    self.memoryCapBytes = memoryCapBytes
    self.path = path
    self.greedy = greedy
    let result = LayoutReplay(tensor: tensor, mesh: mesh).run(path)
    var faults = result.faults
    if result.isValid {
      let difference = (result.microseconds - path.microseconds).magnitude
      if difference > 1e-9 * max(1, path.microseconds) {
        faults.append("the replay finds \(result.microseconds) µs, not \(path.microseconds)")
      }
      if result.peakBytes != path.peakBytes {
        faults.append("the replay finds \(result.peakBytes) bytes, not \(path.peakBytes)")
      }
      if result.layout != target || path.target != target {
        faults.append("the steps lead to \(result.layout.text), not to \(target.text)")
      }
      if let memoryCapBytes, result.peakBytes > memoryCapBytes {
        faults.append("\(result.peakBytes) bytes are over the cap of \(memoryCapBytes)")
      }
    }
    let executor = LayoutExecutor(sizes: mesh.axes.map(\.size))
    let small = faults.isEmpty ? executor.smallShape(for: path) : []
    if faults.isEmpty, executor.isSmall(small) {
      if let fault = executor.fault(in: path) { faults.append(fault) }
      executedShape = small
    } else {
      executedShape = nil
    }
    self.faults = faults
  }

  // MARK: Text

  /// Returns a summary for people, at most 100 columns wide.
  public func text(isColored: Bool = false) -> String {
    var page = Page(isColored: isColored)
    page.paragraph(
      "\(Self.title(tensor.shape)) of \(dtype), \(Quantity.bytes(tensor.bytes)), on a mesh of "
        + "\(mesh.title): \(path.source.text) to \(path.target.text)", tone: .heading)
    for fault in faults { page.paragraph("The path fails: \(fault).", tone: .bad) }
    if faults.isEmpty {
      page.paragraph(
        executedShape.map {
          "The replay finds the path valid, and \(mesh.deviceCount) devices with \(Self.title($0)) "
            + "integers carry it out: each ends with what it must hold."
        } ?? "The replay finds the path valid; no tensor is small enough to carry it out.",
        tone: .good)
    }
    page.section("Links")
    page.table(Self.links(of: mesh))
    page.paragraph(linkSource, indent: 2)
    page.section("Fastest path")
    add(path, to: &page)
    page.paragraph("at least \(Self.time(path.microseconds)): no path is faster.", indent: 2)
    if let memoryCapBytes {
      page.paragraph("Each step stays within \(Quantity.exactBytes(memoryCapBytes)).", indent: 2)
    }
    page.section("Greedy path (Colossal-AI)")
    if let greedy {
      add(greedy, to: &page)
      page.paragraph(comparison(with: greedy), indent: 2)
    } else {
      page.paragraph("It finds none, or doesn't know one of the layouts.", indent: 2)
    }
    return page.text
  }

  private func comparison(with greedy: LayoutPath) -> String {
    var words = "As fast as the fastest."
    if greedy.microseconds > path.microseconds * (1 + 1e-9) {
      words =
        path.microseconds > 0
        ? "\(Quantity.fixed(greedy.microseconds / path.microseconds, decimals: 2)) times as long."
        : "Slower: the fastest sends nothing."
    }
    if let memoryCapBytes, greedy.peakBytes > memoryCapBytes {
      words += " Its peak is over the cap."
    }
    return words
  }

  private func add(_ path: LayoutPath, to page: inout Page) {
    var table = Table(
      [.right, .left, .left, .right, .right],
      header: ["", "step", "layout", "time", "peak of a device"])
    table.append("", "", path.source.text, "", Quantity.bytes(path.sourceBytes))
    for (index, stage) in path.stages.enumerated() {
      table.append(
        "\(index + 1)", Self.words(for: stage.step), stage.layout.text,
        Self.time(stage.microseconds), Quantity.bytes(stage.peakBytes))
    }
    table.append(
      "", "all", "", Self.time(path.microseconds), Quantity.bytes(path.peakBytes))
    page.table(table)
  }

  // MARK: Words

  /// The axes of a mesh as a table.
  static func links(of mesh: DeviceMesh) -> Table {
    var table = Table([.left, .right, .right, .right])
    for (index, axis) in mesh.axes.enumerated() {
      table.append(
        "axis \(index)", "\(axis.size) devices", time(axis.latencyMicroseconds),
        "\(Quantity.fixed(axis.gbPerSecond, decimals: axis.gbPerSecond < 10 ? 2 : 1)) GB/s")
    }
    return table
  }

  /// Extents as people write them.
  static func title(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "x") }

  static func time(_ microseconds: Double) -> String {
    "\(Quantity.fixed(microseconds, decimals: microseconds < 100 ? 2 : 1)) µs"
  }

  /// A step in words.
  static func words(for step: LayoutStep) -> String {
    let place =
      switch step {
      case .allGather(_, let dimension), .slice(_, let dimension), .reduceScatter(_, let dimension):
        " of dimension \(dimension)"
      case .allToAll(_, let from, let to): " from dimension \(from) to \(to)"
      case .allReduce: ""
      }
    return "\(step.name)\(place), axis \(step.axis)"
  }
}
