import Plans
import Profiles

/// One algorithm and one density for all buckets, as programs without a plan have it.
struct UniformDensity {
  let instance: GradientInstance
  let algorithm: GradientPlan.Algorithm

  /// A selection with the density and the way to choose that made it.
  struct Candidate {
    let selection: GradientInstance.Selection
    let choice: GradientPlan.Choice
    let end: Double
    let missing: Double
  }

  /// The densities that are tried for one way to choose, at most.
  private static let most = 64

  /// A way to choose, whatever the density.
  private struct Kind: Hashable {
    let selection: GradientBucket.Selection
    let block: Int?

    init(_ choice: GradientPlan.Choice) {
      selection = choice.selection
      block = choice.block
    }
  }

  /// All selections, whatever energy they send.
  ///
  /// A bucket sends the largest of its densities that isn't above the one wanted, else its smallest. One
  /// that has no curve of the kind is sent whole.
  func candidates() -> [Candidate] {
    var kinds: [Kind] = []
    var densities: [Kind: Set<Double>] = [:]
    for option in instance.buckets.flatMap(\.options) where option.algorithm == algorithm {
      guard let choice = option.choice else { continue }
      if densities[Kind(choice)] == nil { kinds.append(Kind(choice)) }
      densities[Kind(choice), default: []].insert(choice.density)
    }
    return kinds.flatMap { kind in
      let wanted = (densities[kind] ?? []).sorted()
      let step = max(1, (wanted.count + Self.most - 1) / Self.most)
      return stride(from: wanted.count - 1, through: 0, by: -step).map { position in
        candidate(kind, wanted[position])
      }
    }
  }

  private func candidate(_ kind: Kind, _ density: Double) -> Candidate {
    let selection = instance.buckets.map { bucket in
      let options = bucket.options.indices.filter { index in
        let option = bucket.options[index]
        return option.algorithm == algorithm && option.choice.map(Kind.init) == kind
      }
      let below = options.last { index in
        (bucket.options[index].choice?.density ?? 1) <= density * 1.0001
      }
      return below ?? options.first ?? 0
    }
    return Candidate(
      selection: selection,
      choice: GradientPlan.Choice(
        selection: kind.selection, block: kind.block, density: density),
      end: instance.end(of: selection), missing: instance.missingEnergy(of: selection))
  }

  /// The selection of those within the energy budget that ends first; of equals, the one that sends the
  /// most energy.
  func best() -> Candidate? {
    candidates().filter { instance.isWithinBudget($0.selection) }
      .min { ($0.end, $0.missing) < ($1.end, $1.missing) }
  }
}
