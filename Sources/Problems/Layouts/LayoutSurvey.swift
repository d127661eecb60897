import Plans
public import Profiles

/// All pairs of layouts that the greedy search knows, and how its paths compare with the fastest.
public struct LayoutSurvey: Sendable, Hashable {
  /// A pair of layouts.
  public struct Pair: Sendable, Hashable {
    /// The layout at the beginning.
    public let source: TensorLayout
    /// The layout at the end.
    public let target: TensorLayout
    /// The fastest way, in microseconds.
    public let microseconds: Double
    /// The greedy way, in microseconds; nil where it gives up.
    public let greedyMicroseconds: Double?

    /// How many times as long the greedy way takes; nil where it gives up or where nothing need be sent.
    public var ratio: Double? {
      greedyMicroseconds.flatMap { microseconds > 0 ? $0 / microseconds : nil }
    }

    /// Whether the greedy way takes longer, by more than rounding.
    public var isSuboptimal: Bool {
      greedyMicroseconds.map { $0 > microseconds * (1 + 1e-9) + 1e-9 } ?? false
    }
  }

  /// All layouts with even parts, those with partial sums and with any order of axes too.
  public let layoutCount: Int
  /// The pairs of two different layouts that the greedy search knows.
  public let pairs: [Pair]

  /// Looks at all pairs of a planner's layouts; those that a cap forbids are left out.
  public init(_ planner: inout LayoutPlanner) {
    let known = planner.layouts.filter(GreedyConversion.knows)
    let greedy = GreedyConversion(tensor: planner.tensor, mesh: planner.mesh)
    var pairs: [Pair] = []
    for source in known {
      for target in known where source != target {
        guard let least = try? planner.microseconds(from: source, to: target) else { continue }
        let path = greedy.path(from: source, to: target)
        let fits = path.map { $0.peakBytes <= planner.memoryCapBytes ?? .max } ?? false
        pairs.append(
          Pair(
            source: source, target: target, microseconds: least,
            greedyMicroseconds: fits ? path?.microseconds : nil))
      }
    }
    layoutCount = planner.layouts.count
    self.pairs = pairs
  }

  /// The pairs for which the greedy search finds no path, or none within the cap.
  public var failures: Int { pairs.count { $0.greedyMicroseconds == nil } }
  /// The pairs for which its path takes longer.
  public var suboptimal: Int { pairs.count { $0.isSuboptimal } }

  /// The mean ratio of the greedy time to the least, over all pairs that have one.
  public var meanRatio: Double? {
    let ratios = pairs.compactMap(\.ratio)
    return ratios.isEmpty ? nil : ratios.reduce(0, +) / Double(ratios.count)
  }

  /// The pair with the largest ratio, the first of equals.
  public var worst: Pair? {
    pairs.reduce(nil) { best, pair in
      guard let ratio = pair.ratio else { return best }
      return ratio > best?.ratio ?? 0 ? pair : best
    }
  }
}
