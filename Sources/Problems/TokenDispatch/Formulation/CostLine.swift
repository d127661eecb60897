public import Profiles

/// A line below the time of a link as a function of the tokens that it carries.
public struct CostLine: Sendable, Hashable {
  /// Microseconds for each token.
  public let slope: Double
  /// Microseconds at no token.
  public let intercept: Double

  /// Returns the lower convex hull of a link's times between two loads: for whole tokens, no dispatch
  /// takes less time than these lines say.
  ///
  /// A link that carries nothing takes no time, and one that carries a token has its whole latency.
  ///
  /// - Parameters:
  ///   - path: The link's times; they never fall.
  ///   - tokenBytes: The size of a token.
  ///   - least: The least load that is possible, in tokens.
  ///   - most: The largest one.
  public static func hull(
    of path: Link, tokenBytes: Int, from least: Double, to most: Double
  ) -> [CostLine] {
    let size = Double(tokenBytes)
    func time(_ tokens: Double) -> Double {
      path.copyMicroseconds(bytes: Int((tokens * size).rounded(.down)))
    }
    var loads = least < 1 ? [1] : [least]
    loads += path.points.map { Double($0.bytes) / size }.filter { $0 > max(1, least) && $0 < most }
    loads.append(max(most, least, 1))
    var points = least < 1 ? [(x: 0.0, y: 0.0)] : []
    points += loads.map { (x: $0, y: time($0)) }
    var hull: [(x: Double, y: Double)] = []
    for point in points {
      if let last = hull.last, point.x <= last.x { continue }
      while hull.count > 1 {
        let (a, b) = (hull[hull.count - 2], hull[hull.count - 1])
        let turn = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
        if turn > 1e-12 * max(1, abs(point.y)) * max(1, point.x) { break }
        hull.removeLast()
      }
      hull.append(point)
    }
    guard hull.count > 1 else {
      return hull.map { CostLine(slope: 0, intercept: $0.y) }
    }
    return zip(hull, hull.dropFirst()).map { from, to in
      let slope = (to.y - from.y) / (to.x - from.x)
      return CostLine(slope: slope, intercept: from.y - slope * from.x)
    }
  }
}
