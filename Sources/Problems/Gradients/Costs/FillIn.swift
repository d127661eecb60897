import Foundation
import Profiles

/// How many elements are in a sum of sparse gradients.
///
/// Measured unions where there are any, never more than if all workers chose independently: they look
/// at the same model and choose more alike than chance.
struct FillIn {
  /// The measured curves of one bucket.
  let curves: [GradientBucket.UnionCurve]

  /// Returns the share of elements that at least one of `workers` chooses, if each chooses `density`.
  ///
  /// Between two measured numbers of workers, and beyond the last one, growth is a power of the number:
  /// a line in log-log. Of the curves, the one of the nearest density counts.
  func union(density: Double, workers: Int) -> Double {
    guard workers > 1 else { return density }
    // 1 - (1 - ρ)^q without cancellation.
    let independent = -expm1(Double(workers) * log1p(-density))
    guard let growth = growth(density: density, workers: workers) else { return independent }
    return max(density, min(density * growth, independent))
  }

  private func growth(density: Double, workers: Int) -> Double? {
    let nearest = curves.min { first, second in
      abs(log(first.density / density)) < abs(log(second.density / density))
    }
    guard let nearest, !nearest.points.isEmpty else { return nil }
    let one = GradientBucket.UnionCurve.Point(workers: 1, growth: 1)
    let points = [one] + nearest.points
    let next = points.firstIndex { $0.workers >= workers } ?? points.count - 1
    let (low, high) = (points[next - 1], points[next])
    let slope =
      log(high.growth / low.growth) / log(Double(high.workers) / Double(low.workers))
    return high.growth * pow(Double(workers) / Double(high.workers), slope)
  }
}
