import ArgumentParser
import Layouts
import Plans
import Profiles
import Reports

struct ReshardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reshard",
    abstract: "Find the fastest way from one layout of a tensor on a mesh of devices to another.",
    discussion: """
      A layout has an entry for each dimension: R, or S with the axes of the mesh that shard it, the one with \
      the larger blocks first; P at the end names axes that hold partial sums, as S01,R,P2. The steps are \
      all-gathers, all-to-alls, reduce-scatters, all-reduces and local slices, along one axis each.

      Exit code 4 if the cap forbids every path (with the least that works) or nothing leads there.

      Example: planner reshard --shape 64x1024x4096 --dtype bf16 --mesh 4x4 --from S0,R,R --to R,S0,S1
      """)

  @Option(help: "The extents of the whole tensor, as 64x1024x4096.")
  var shape: ExtentsArgument

  @Option(help: "The type of its elements: \(ElementSize.names).")
  var dtype = "bf16"

  @OptionGroup var mesh: MeshOptions

  @Option(help: "The layout at the beginning.")
  var from: String?

  @Option(help: "The layout at the end.")
  var to: String?

  @Option(help: "The most that a device may hold during a step, as 2GiB.")
  var memoryCap: BudgetArgument?

  @Flag(help: "Compare all pairs of layouts with the greedy search instead.")
  var all = false

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  func validate() throws {
    if ElementSize.bytes(of: dtype) == nil {
      throw ValidationError("'\(dtype)' is no type of elements; use \(ElementSize.names)")
    }
    if all, from != nil || to != nil {
      throw ValidationError("--all takes every pair of layouts; leave out --from and --to")
    }
    if !all, from == nil || to == nil {
      throw ValidationError("give both --from and --to, or --all")
    }
    if case .share = memoryCap {
      throw ValidationError("--memory-cap takes bytes, as 2GiB, and no share")
    }
  }

  func run() throws {
    let (mesh, source) = try mesh.resolved()
    do {
      let tensor = try MeshTensor(
        shape: shape.extents, elementBytes: ElementSize.bytes(of: dtype) ?? 1)
      let cap = memoryCap?.bytes(ofPeak: 0)
      var planner = LayoutPlanner(tensor: tensor, mesh: mesh, memoryCapBytes: cap)
      if all { return try survey(&planner, source) }
      try convert(&planner, source)
    } catch let error as LayoutError {
      throw CommandFailure(.badInput, error.description)
    }
  }

  private func convert(_ planner: inout LayoutPlanner, _ linkSource: String) throws {
    let (source, target) = (try TensorLayout(text: from ?? ""), try TensorLayout(text: to ?? ""))
    switch try planner.path(from: source, to: target) {
    case .unreachable:
      throw CommandFailure(
        .infeasible,
        "no steps lead from \(source.text) to \(target.text): partial sums can be added up, but not "
          + "made; leave the axes of P out of --to, or add them to --from")
    case .overCap(let least):
      throw CommandFailure(
        .infeasible,
        "every path holds more than \(Quantity.exactBytes(planner.memoryCapBytes ?? 0)) at a step; "
          + "the least that works is \(Quantity.exactBytes(least))")
    case .path(let path):
      let report = LayoutReport(
        tensor: planner.tensor, dtype: dtype, mesh: planner.mesh, linkSource: linkSource,
        memoryCapBytes: planner.memoryCapBytes, path: path, target: target,
        greedy: GreedyConversion(tensor: planner.tensor, mesh: planner.mesh)
          .path(from: source, to: target))
      try Console.write(json ? report.json() : report.text(isColored: Console.isColored))
      if let fault = report.faults.first { throw CommandFailure(.validationFailed, fault) }
    }
  }

  private func survey(_ planner: inout LayoutPlanner, _ linkSource: String) throws {
    let survey = LayoutSurvey(&planner)
    var summary = LayoutSurveySummary(
      tensor: planner.tensor, dtype: dtype, mesh: planner.mesh, linkSource: linkSource)
    summary.layouts = survey.layoutCount
    summary.pairs = survey.pairs.count
    summary.failures = survey.failures
    summary.suboptimal = survey.suboptimal
    summary.meanRatio = survey.meanRatio
    if let worst = survey.worst, let ratio = worst.ratio {
      summary.worst = LayoutSurveySummary.Worst(
        source: worst.source, target: worst.target, microseconds: worst.microseconds, ratio: ratio)
    }
    try Console.write(json ? summary.json() : summary.text(isColored: Console.isColored))
  }
}

/// The sizes of elements by the names that people use.
enum ElementSize {
  private static let sizes: [(names: [String], bytes: Int)] = [
    (["f64", "float64"], 8), (["f32", "float32"], 4), (["bf16", "bfloat16"], 2),
    (["f16", "fp16", "float16"], 2), (["fp8", "float8"], 1), (["i64", "int64"], 8),
    (["i32", "int32"], 4), (["i8", "int8"], 1),
  ]

  /// The short names.
  static let names = sizes.map { $0.names[0] }.joined(separator: ", ")

  /// Returns the size of an element; nil for an unknown name.
  static func bytes(of name: String) -> Int? {
    sizes.first { $0.names.contains(name.lowercased()) }?.bytes
  }
}
