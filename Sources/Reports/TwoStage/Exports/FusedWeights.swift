import Plans
import Profiles

/// Weights that hold several parts, one after another, along a dimension that the plan splits: queries, keys and
/// values of `qkv`, gates and products of `up`. A device has its share of each part, so that its heads and pairs are
/// whole; a plain split along the dimension would give it other rows.
struct FusedWeights {
  /// One of them.
  struct Fused {
    let name: String
    /// The dimension along which the parts lie.
    let dimension: Int
    /// The rows of each part.
    let parts: [Int]

    var json: JSON {
      .object([
        JSON.Member(key: "dimension", value: .integer(dimension)),
        JSON.Member(key: "parts", value: .integers(parts)),
      ])
    }
  }

  /// Those whose parts the shapes of their neighbours tell.
  private(set) var split: [Fused] = []
  /// Those whose parts they don't.
  private(set) var unknown: [String] = []

  init(_ weights: [PlacementBlock.Weight]) {
    let shapes = Dictionary(
      weights.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    for weight in weights {
      let names = weight.name.split(separator: ".")
      guard names.count >= 2, names.last == "weight" || names.last == "bias" else { continue }
      let stem = names.dropLast(2).joined(separator: ".")
      let isQueries = names[names.count - 2] == "qkv"
      guard isQueries || names[names.count - 2] == "up" else { continue }
      // Experts are stacked along dimension 0.
      let dimension = weight.shape.count == 3 ? 1 : 0
      guard weight.layout.dimensions.indices.contains(dimension),
        !weight.layout.dimensions[dimension].isEmpty
      else { continue }
      let after = (stem.isEmpty ? "" : stem + ".") + (isQueries ? "out" : "down") + ".weight"
      let rows = weight.shape[dimension]
      guard let inner = shapes[after]?.last, inner > 0, inner <= rows else {
        unknown.append(weight.name)
        continue
      }
      let rest = rows - inner
      if rest == 0 { continue }
      if isQueries, rest.isMultiple(of: 2) {
        let parts = [inner, rest / 2, rest / 2]
        split.append(Fused(name: weight.name, dimension: dimension, parts: parts))
      } else if !isQueries, rest == inner {
        split.append(Fused(name: weight.name, dimension: dimension, parts: [inner, inner]))
      } else {
        unknown.append(weight.name)
      }
    }
  }
}
