/// Measures several bodies in turn, so that a busy machine slows all of them down alike.
enum Contest {
  /// Shorter bodies are repeated until this many seconds have passed.
  private static let leastSeconds = 0.02

  /// Returns the seconds of each body in each round.
  ///
  /// Shape: `[body][round]`. One round before the first isn't counted where bodies are short.
  static func seconds(rounds: Int, _ bodies: [() throws -> Void]) throws -> [[Double]] {
    var counts: [Int] = []
    for body in bodies {
      let first = try once(body)
      counts.append(first >= leastSeconds ? 1 : Int((leastSeconds / max(first, 1e-8)).rounded(.up)))
    }
    var seconds = [[Double]](repeating: [], count: bodies.count)
    for _ in 0..<rounds {
      for (index, body) in bodies.enumerated() {
        let total = try once {
          for _ in 0..<counts[index] { try body() }
        }
        seconds[index].append(total / Double(counts[index]))
      }
    }
    return seconds
  }

  /// Returns how long a body takes.
  static func once(_ body: () throws -> Void) rethrows -> Double {
    let begin = ContinuousClock.now
    try body()
    return (ContinuousClock.now - begin) / .seconds(1)
  }
}

extension [Double] {
  /// The middle value, or the mean of the middle two.
  var median: Double {
    let ordered = sorted()
    guard let last = ordered.indices.last else { return .nan }
    return (ordered[last / 2] + ordered[(last + 1) / 2]) / 2
  }
}
