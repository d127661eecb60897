import Optimization
import Profiles

/// Finds which parts of what stages save are worth keeping, each kind of stage once.
package struct StageParts: Sendable {
  private var known: [StageWork: [StagePart]] = [:]

  /// The most nodes of a stage of which all subsets are tried.
  package static let mostEnumerated = 12
  /// The most parts of a stage that a schedule chooses from.
  static let mostParts = 16

  package init() {}

  /// Returns the parts worth keeping of each stage under a choice; none of the last one, whose backward pass
  /// follows at once.
  mutating func parts(of choice: [Int], in instance: StageInstance) -> [[StagePart]] {
    let last = instance.graph.stages.count - 1
    return (0...last).map { $0 == last ? [] : parts(of: instance.work(of: $0, in: choice)) }
  }

  /// Returns parts of a stage, none of which takes more memory and more time than another.
  package mutating func parts(of work: StageWork) -> [StagePart] {
    if let parts = known[work] { return parts }
    let candidates = work.nodes.indices.filter { work.nodes[$0].isCandidate }
    let all =
      candidates.count <= Self.mostEnumerated
      ? Self.subsets(candidates, of: work) : Self.descent(candidates, of: work)
    let parts = Self.thinned(Self.front(all), of: work)
    known[work] = parts
    return parts
  }

  /// Adds parts that an integer program found.
  mutating func add(_ found: [StagePart], of work: StageWork) {
    known[work] = Self.thinned(Self.front(parts(of: work) + found), of: work)
  }

  // MARK: - Candidates

  /// All parts, kept node by kept node.
  private static func subsets(_ candidates: [Int], of work: StageWork) -> [StagePart] {
    (0..<(1 << candidates.count)).compactMap { mask in
      var keeps = work.nodes.map { _ in false }
      for (bit, node) in candidates.enumerated() where mask >> bit & 1 == 1 { keeps[node] = true }
      return work.part(keeping: keeps)
    }
  }

  /// The parts on the way from keeping everything to keeping nothing, each time without the node whose bytes
  /// take least time to make again.
  private static func descent(_ candidates: [Int], of work: StageWork) -> [StagePart] {
    var keeps = work.nodes.map { $0.saved > 0 }
    var parts: [StagePart] = []
    var (bytes, time) = (work.nodes.reduce(work.handed) { $0 + $1.saved }, 0.0)
    while true {
      var best: (ratio: Double, node: Int, part: StagePart)?
      for node in candidates {
        var next = keeps
        next[node].toggle()
        guard let part = work.part(keeping: next), part.keptBytes < bytes else { continue }
        let ratio = (part.microseconds - time) / Double(bytes - part.keptBytes)
        if ratio < best?.ratio ?? .infinity { best = (ratio, node, part) }
      }
      guard let best else { return parts }
      keeps[best.node].toggle()
      (bytes, time) = (best.part.keptBytes, best.part.microseconds)
      parts.append(best.part)
    }
  }

  // MARK: - Choice

  /// The parts that no other beats, by descending memory.
  private static func front(_ parts: [StagePart]) -> [StagePart] {
    func rank(_ part: StagePart) -> (Int, Double, Int, Int) {
      (part.keptBytes, part.microseconds, part.wholeBytes + part.remaking, part.running)
    }
    let order = parts.indices.sorted { first, second in
      let (one, other) = (rank(parts[first]), rank(parts[second]))
      return one == other ? first < second : one < other
    }
    var (front, fastest) = ([StagePart](), Double.infinity)
    for index in order where parts[index].microseconds < fastest {
      fastest = parts[index].microseconds
      front.append(parts[index])
    }
    return front.reversed()
  }

  /// At most so many parts: the corners of time over memory first, then others evenly.
  private static func thinned(_ parts: [StagePart], of work: StageWork) -> [StagePart] {
    // Those that keep as much as the whole stage are of no use.
    let whole = work.nodes.reduce(work.handed) { $0 + $1.saved }
    let parts = parts.filter { $0.keptBytes < whole }
    guard parts.count > mostParts else { return parts }
    var corners: [Int] = []
    for (index, part) in parts.enumerated() {
      while let middle = corners.last {
        let low = corners.dropLast().last.map { parts[$0] }
        let (bytes, time) = (low?.keptBytes ?? whole, low?.microseconds ?? 0)
        let reach = Double(bytes - part.keptBytes) * (parts[middle].microseconds - time)
        let own = Double(bytes - parts[middle].keptBytes) * (part.microseconds - time)
        if reach < own { break }
        corners.removeLast()
      }
      corners.append(index)
    }
    var taken = Set(corners.prefix(mostParts))
    let free = mostParts - taken.count
    for step in 0..<free { taken.insert(step * (parts.count - 1) / max(1, free - 1)) }
    return taken.sorted().map { parts[$0] }
  }
}

extension StagePart {
  /// The part as a schedule sees it.
  var slot: CheckpointChain.Part {
    CheckpointChain.Part(
      kept: keptBytes, time: microseconds, running: running, whole: wholeBytes, again: remaking)
  }
}
