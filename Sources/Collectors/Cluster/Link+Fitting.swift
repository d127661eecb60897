import Profiles

extension Link {
  /// The size up to which a time is taken for latency alone.
  private static let small = 65536
  /// Times up to so many latencies are taken for latency alone.
  private static let plateau = 1.1

  /// Returns a curve through measured times: the latency is the least time of small sizes, and from the
  /// first time that is clearly longer on each measured time is met exactly. Times that fall with the
  /// size are noise and left out.
  ///
  /// - Parameter samples: Sizes above 0 and times above 0.
  static func through(_ samples: [ClusterProbe.Series.Sample]) -> Link? {
    let ordered = samples.filter { $0.bytes > 0 && $0.microseconds > 0 }.sorted {
      ($0.bytes, $0.microseconds) < ($1.bytes, $1.microseconds)
    }
    let latency = ordered.filter { $0.bytes <= small }.map(\.microseconds).min() ?? 0
    var points: [Point] = []
    var last = (bytes: 0, microseconds: latency * plateau)
    for sample in ordered where sample.bytes > last.bytes {
      guard sample.microseconds > last.microseconds else { continue }
      let rate = Double(sample.bytes) / (sample.microseconds - latency) / 1e3
      points.append(Point(bytes: sample.bytes, gbPerSecond: rate))
      last = (sample.bytes, sample.microseconds)
    }
    if points.isEmpty, let largest = ordered.last {
      let rate = Double(largest.bytes) / largest.microseconds / 1e3
      points = [Point(bytes: largest.bytes, gbPerSecond: rate)]
    }
    return points.isEmpty ? nil : Link(latencyMicroseconds: latency, points: points)
  }
}
