import Plans
import Profiles

/// PyTorch's DTensor placements of all tensors: for each axis of the mesh `Shard(d)`, `Replicate()` or
/// `Partial()`.
///
/// Where several axes split one dimension, DTensor splits by the first axis first; an axis that comes before one
/// that splits first is a `_StridedShard`, as FSDP2 has it beside tensor parallelism. What ZeRO shares is split
/// along dimension 0, as `fully_shard` does. Weights carry the profile's names: `qkv.weight` is queries, keys and
/// values one after another, `up.weight` with gates the gate's rows first, experts are stacked. Where a placement
/// splits such rows, the member `fused` tells how many rows each part has: each device has its share of every part.
struct TensorPlacements {
  private(set) var losses: [String] = []
  private(set) var notes: [String] = []
  private(set) var text = ""
  private let sizes: [Int]

  init(
    _ block: PlacementBlock, _ placement: StagePlacement, _ graph: StageGraph,
    _ repeated: RepeatedStages
  ) {
    sizes = graph.mesh.shape
    var parts = [
      part("mesh_shape", .integers(sizes)),
      part("mesh_dim_names", .array(sizes.indices.map { .string("axis\($0)") })),
      part("dtype", .string(placement.dtype)),
    ]
    for (key, stage) in [("parameters", 3), ("gradients", 2), ("optimizer_states", 1)] {
      parts.append(
        list(
          key,
          block.weights.map { row in
            (row.name, placements(row.layout, then: row.zeroStage >= stage ? row.copies : []))
          }))
    }
    parts.append(
      list(
        "activations",
        block.activations.filter { $0.tensor != nil }.map { row in
          (row.node, placements(row.layout, then: []))
        }))
    let fused = FusedWeights(block.weights)
    if !fused.split.isEmpty {
      parts.append(list("fused", fused.split.map { ($0.name, $0.json) }))
      notes.append(
        "\(Quantity.count(fused.split.count, "weight")) such as \(fused.split[0].name) hold several parts: split each part by "
          + "the placement, as the member fused tells, and not their rows in a row")
    }
    if let first = fused.unknown.first {
      losses.append(
        "\(Quantity.count(fused.unknown.count, "weight")) such as \(first) may hold several parts whose rows the plan doesn't "
          + "tell: Shard(0) would split their rows in a row")
    }
    parts.append(
      part(
        "checkpoint",
        .array(
          repeated.segments.map { segment in
            .array(segment.map { .string(repeated.stages[$0]) })
          })))
    if let loss = repeated.lossOfParts("the file") { losses.append(loss) }
    if repeated.isNested {
      losses.append(
        "\(repeated.runs.count { $0 > 2 }) stages run more than twice: the file names the checkpoints of "
          + "the first pass, not those within them")
    }
    let uneven = block.weights.filter { isUneven($0) }
    if let first = uneven.first {
      losses.append(
        "\(uneven.count) weights such as \(first.name): Shard(0) splits whole rows, of which the copies "
          + "can't have equally many, so that a device may hold more than the plan says")
    }
    text = "{\n" + parts.joined(separator: ",\n") + "\n}\n"
  }

  /// A member of the file on a line of its own.
  private func part(_ key: String, _ value: JSON, indent: String = "  ") -> String {
    let text = String(decoding: JSONWriter.encode(value, pretty: false), as: UTF8.self)
    let name = String(decoding: JSONWriter.encode(.string(key), pretty: false), as: UTF8.self)
    return indent + name.filter { !$0.isNewline } + ": " + text.filter { !$0.isNewline }
  }

  /// An object of the file, a tensor a line.
  private func list(_ key: String, _ rows: [(String, JSON)]) -> String {
    "  \"\(key)\": {\n"
      + rows.map { part($0, $1, indent: "    ") }.joined(separator: ",\n") + "\n  }"
  }

  /// Whether ZeRO shares rows that the copies can't split evenly.
  private func isUneven(_ row: PlacementBlock.Weight) -> Bool {
    guard row.zeroStage > 0, let rows = row.shape.first else { return false }
    let parts = (row.layout.dimensions[0] + row.copies).reduce(1) { $0 * sizes[$1] }
    return rows % parts != 0
  }

  /// One placement for each axis.
  ///
  /// - Parameter shared: Axes that split dimension 0 of each device's part once more.
  private func placements(_ layout: TensorLayout, then shared: [Int]) -> JSON {
    var dimensions = layout.dimensions
    if !dimensions.isEmpty { dimensions[0] += shared }
    return .array(
      sizes.indices.map { axis in
        if layout.partialAxes.contains(axis) { return .string("Partial()") }
        guard let dimension = dimensions.firstIndex(where: { $0.contains(axis) }),
          let place = dimensions[dimension].firstIndex(of: axis)
        else { return .string("Replicate()") }
        // Later axes that split before this one: rows are interleaved.
        let before = dimensions[dimension][..<place].filter { $0 > axis }
        let factor = before.reduce(1) { $0 * sizes[$1] }
        return .string(
          factor == 1
            ? "Shard(\(dimension))" : "_StridedShard(\(dimension), split_factor=\(factor))")
      })
  }
}
