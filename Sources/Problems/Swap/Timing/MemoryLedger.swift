import Profiles

/// Device memory by position instead of by time: what is taken when each operator starts, provided
/// that all copies to the host which were queued before have ended.
///
/// A plan whose ledger stays within the budget never gets stuck: whatever an operator waits for
/// arrives or leaves in the end.
struct MemoryLedger {
  /// The largest use over the budget, with the place where it occurs.
  struct Excess {
    let step: Int
    let bytes: Int
    /// The chain, as a gap, that needs too much before the operator; nil if it is the operator.
    let chainOf: Int?
    /// The gap whose kernel needs too much before the operator.
    var kernelOf: Int?
  }

  /// Memory in use when each operator starts, what it makes and its workspace included.
  private(set) var used: [Int]
  /// What is carried over to each operator, without what chains still have to make again for it.
  private(set) var carried: [Int]
  /// The first gap that a chain refills before each operator, and the next one; -1 for none.
  private var firstChain: [Int]
  private var nextChain: [Int]

  /// The gaps whose tensors are encoded, and decoded, right before each operator.
  private var kernels: [Int: (encoded: [Int], decoded: [Int])] = [:]

  init(_ course: Course, _ decisions: [Decision]) {
    let count = course.operatorCount
    // Differences of what is away, by operator.
    var away = [Int](repeating: 0, count: count + 1)
    var awayForChains = [Int](repeating: 0, count: count + 1)
    for gap in decisions.indices {
      let bytes = course.gapBytes[gap]
      switch decisions[gap] {
      case .keep: continue
      case .swap(let prefetch, let lag, .codec(let position)):
        let first = course.step(at: course.firstAway(gap, prefetch: prefetch, lag: lag), in: gap)
        let end = course.gapEnd[gap]
        // Between copy back and decoding it is there encoded.
        let returning = course.codecs[course.firstCodec[gap] + position].returningBytes
        away[first] += bytes
        away[prefetch + 1] -= returning
        away[end] -= bytes - returning
        awayForChains[first] += bytes
        awayForChains[prefetch + 1] -= returning
        awayForChains[end] -= bytes - returning
        kernels[first, default: ([], [])].encoded.append(gap)
        kernels[end, default: ([], [])].decoded.append(gap)
      case .swap(let prefetch, let lag, _):
        let first = course.step(
          at: course.firstAway(gap, prefetch: prefetch, lag: lag), in: gap)
        away[first] += bytes
        away[prefetch + 1] -= bytes
        awayForChains[first] += bytes
        awayForChains[prefetch + 1] -= bytes
        if prefetch < first {
          // It is away over the boundary.
          away[0] += bytes
          awayForChains[0] += bytes
        }
      case .recompute(let position):
        let at = course.chainAt[course.chain(position, of: gap)]
        away[course.gapStart[gap] + 1] += bytes
        away[at] -= bytes
        awayForChains[course.gapStart[gap] + 1] += bytes
        awayForChains[at + 1] -= bytes
      }
    }
    firstChain = [Int](repeating: -1, count: count)
    nextChain = [Int](repeating: -1, count: decisions.count)
    for gap in course.gapsByMaker.reversed() {
      guard let chain = course.chosenChain(gap, decisions) else { continue }
      nextChain[gap] = firstChain[course.chainAt[chain]]
      firstChain[course.chainAt[chain]] = gap
    }
    used = course.live
    carried = course.carried
    var (sum, chainSum) = (0, 0)
    for step in 0..<count {
      sum += away[step]
      chainSum += awayForChains[step]
      used[step] -= sum
      carried[step] -= chainSum
    }
  }

  /// Calls a function with each gap that is refilled by a chain before an operator, and with the
  /// memory in use while the chain runs at most.
  @inline(__always)
  func forEachChain(
    _ course: Course, _ decisions: [Decision], before step: Int, _ visit: (Int, Int) -> Void
  ) {
    var present = carried[step]
    var gap = firstChain[step]
    var maker = -2
    while gap >= 0 {
      // One operator makes all its tensors for this moment at once.
      if course.gapMaker[gap] != maker, let chain = course.chosenChain(gap, decisions) {
        maker = course.gapMaker[gap]
        visit(gap, present + course.chainExtraBytes[chain])
      }
      present += course.gapBytes[gap]
      gap = nextChain[gap]
    }
  }

  /// Calls a function with each gap whose tensor is encoded or decoded right before an operator, and with the memory
  /// in use meanwhile at most.
  @inline(__always)
  private func forEachKernel(
    _ course: Course, _ decisions: [Decision], before step: Int, _ visit: (Int, Int) -> Void
  ) {
    guard !kernels.isEmpty, let (encoded, decoded) = kernels[step] else { return }
    func codec(_ gap: Int) -> GapCodec {
      course.codecs[course.firstCodec[gap] + (decisions[gap].codec ?? 0)]
    }
    // What is to be encoded is still there, and what is to be decoded is there encoded.
    var present = carried[step]
    for gap in encoded { present += course.gapBytes[gap] }
    for gap in decoded { present += codec(gap).returningBytes - course.gapBytes[gap] }
    for gap in encoded {
      let coded = codec(gap).coded
      visit(gap, present + coded.reservedBytes + coded.workspaceBytes)
      present -= course.gapBytes[gap]
    }
    for gap in decoded {
      let codec = codec(gap)
      let more = codec.coded.reservedBytes + course.gapBytes[gap] + codec.coded.workspaceBytes
      visit(gap, present + more - codec.returningBytes)
      present += course.gapBytes[gap] - codec.returningBytes
    }
  }

  /// Returns the largest amount of memory in use from the first kernel or chain before an operator to its start.
  @inline(__always)
  func largestUse(_ course: Course, _ decisions: [Decision], at step: Int) -> Int {
    var most = used[step]
    forEachKernel(course, decisions, before: step) { most = max(most, $1) }
    forEachChain(course, decisions, before: step) { most = max(most, $1) }
    return most
  }

  /// Returns the place with the largest use over the budget, or nil if there is none.
  func worstExcess(_ course: Course, _ decisions: [Decision]) -> Excess? {
    var worst: Excess?
    var most = course.budget
    for step in 0..<course.operatorCount {
      if used[step] > most {
        most = used[step]
        worst = Excess(step: step, bytes: most - course.budget, chainOf: nil)
      }
      forEachKernel(course, decisions, before: step) { gap, bytes in
        if bytes > most {
          most = bytes
          worst = Excess(step: step, bytes: most - course.budget, chainOf: nil, kernelOf: gap)
        }
      }
      forEachChain(course, decisions, before: step) { gap, bytes in
        if bytes > most {
          most = bytes
          worst = Excess(step: step, bytes: most - course.budget, chainOf: gap)
        }
      }
    }
    return worst
  }
}
