public import Optimization

/// Finds the best point of a small model by trying all of them.
///
/// The models must be pure integer with finite bounds; that is what makes the answer certain.
public enum BruteForce {
  /// A best point and its value.
  public struct Optimum: Sendable, Hashable {
    /// The objective at the point.
    public let objective: Double
    /// The first best point in lexicographic order.
    public let point: [Double]
  }

  /// Why a model can't be searched.
  public enum Refusal: Error, Hashable {
    /// The variable is continuous or lacks a bound.
    case unsuitable(variable: String)
    /// There are more points than a test should try.
    case tooManyPoints
  }

  /// The most points that are tried.
  public static let mostPoints = 2_000_000.0

  /// Returns a best point of a model, or nil if no point is feasible.
  ///
  /// Rows are held to 10⁻⁹ relative to their largest term, more strictly than by any solver; so
  /// take coefficients for which this makes no difference.
  public static func optimum(of model: Model) throws(Refusal) -> Optimum? {
    var lower: [Int] = []
    var upper: [Int] = []
    var points = 1.0
    for index in 0..<model.variableCount {
      let (least, most) = (model.lowerBounds[index], model.upperBounds[index])
      guard model.kinds[index] == .integer, abs(least) < 1e9, abs(most) < 1e9 else {
        throw .unsuitable(variable: model.variableNames[index])
      }
      lower.append(Int(least.rounded(.up)))
      upper.append(Int(most.rounded(.down)))
      if lower[index] > upper[index] { return nil }
      points *= Double(upper[index] - lower[index] + 1)
    }
    if points > mostPoints { throw .tooManyPoints }
    var point = lower.map { Double($0) }
    var best: Optimum?
    let sign = model.sense == .minimize ? 1.0 : -1.0
    while true {
      let value = model.objective.value(at: point)
      if best.map({ sign * value < sign * $0.objective }) ?? true, isFeasible(point, in: model) {
        best = Optimum(objective: value, point: point)
      }
      // Counts up, the last variable fastest.
      var position = point.count - 1
      while position >= 0, point[position] == Double(upper[position]) {
        point[position] = Double(lower[position])
        position -= 1
      }
      if position < 0 { return best }
      point[position] += 1
    }
  }

  private static func isFeasible(_ point: [Double], in model: Model) -> Bool {
    for row in 0..<model.rowCount {
      var sum = 0.0
      var scale = 1.0
      for term in model.rowStarts[row]..<model.rowStarts[row + 1] {
        let part = model.rowCoefficients[term] * point[Int(model.rowColumns[term])]
        sum += part
        scale = max(scale, abs(part))
      }
      let slip = 1e-9 * scale
      if sum < model.rowLowerBounds[row] - slip || sum > model.rowUpperBounds[row] + slip {
        return false
      }
    }
    return true
  }
}
