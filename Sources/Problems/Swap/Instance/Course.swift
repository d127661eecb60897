import Profiles

/// A list of lists of positions in two flat arrays, so that reading one allocates nothing.
struct Lists: Sendable {
  private var offsets: [Int] = [0]
  private(set) var items: [Int] = []

  init(_ lists: some Sequence<[Int]>) {
    for list in lists { append(list) }
  }

  mutating func append(_ list: [Int]) {
    items.append(contentsOf: list)
    offsets.append(items.count)
  }

  /// Where the items of a list stand in `items`.
  @inline(__always)
  func range(_ list: Int) -> Range<Int> { offsets[list]..<offsets[list + 1] }
}

/// An instance laid out for timetables: numbers in flat arrays, chains of all gaps in one row.
///
/// Shapes: `durations[operator]`, `gapBytes[gap]`, `chainTime[chain]`, `linkTaken[link]`; a link is one
/// operator of one chain.
struct Course: Sendable {
  let budget: Int
  let duplexOut: Double
  let duplexIn: Double
  /// Memory of the host and room on NVMe; `Int.max` without a limit.
  let hostBudget: Int
  let nvmeBudget: Int
  let duplexWrite: Double
  let duplexRead: Double
  let operatorCount: Int
  /// The sum of all operators' durations.
  var computeTime: Double
  /// Device memory while each operator runs, and of what exists both before and while it runs, if
  /// nothing is moved.
  let live: [Int]
  let carried: [Int]
  let storageBytes: [Int]
  /// Which storages last from one iteration to the next, on the device if nothing is moved.
  let isResidentFirst: [Bool]
  var durations: [Double]
  /// When each operator starts if nothing stalls.
  var idealStarts: [Double]
  /// The operators' time from each operator on, itself included.
  var remaining: [Double]
  let taken: [Int]
  let freed: [Int]
  let needs: Lists
  let makes: Lists
  let gapsAfter: Lists
  let gapsBefore: Lists
  let gapBytes: [Int]
  let gapStorage: [Int]
  /// The operators that a gap lies between.
  let gapStart: [Int]
  let gapEnd: [Int]
  /// The gaps over the boundary between iterations.
  let boundaryGaps: [Int]
  var outTime: [Double]
  var inTime: [Double]
  /// The first codec of each gap, and what each codec of each gap takes.
  let firstCodec: [Int]
  var codecs: [GapCodec]
  /// How long the write to NVMe and the read take; 0 without NVMe.
  var writeTime: [Double]
  var readTime: [Double]
  /// The first chain of each gap.
  let firstChain: [Int]
  let chainExtraBytes: [Int]
  /// The operator before which each chain runs.
  let chainAt: [Int]
  /// The gaps with chains in the order in which these run before the same operator.
  let gapsByMaker: [Int]
  /// The operator that makes the tensor of each gap; -1 if none does.
  let gapMaker: [Int]
  /// The gaps of the anchors of each chain.
  let anchors: Lists
  /// The first link of each chain, and the end of the last chain.
  let firstLink: [Int]
  var linkDuration: [Double]
  let linkTaken: [Int]
  let linkFreed: [Int]
  let linkNeeds: Lists

  init(_ instance: SwapInstance) {
    budget = instance.budget
    duplexOut = instance.duplexOut
    duplexIn = instance.duplexIn
    hostBudget = instance.hostBudget ?? .max
    nvmeBudget = instance.nvmeBudget ?? .max
    duplexWrite = instance.duplexWrite
    duplexRead = instance.duplexRead
    operatorCount = instance.operatorCount
    computeTime = instance.computeTime
    live = instance.live
    carried = instance.carried
    storageBytes = instance.storageBytes
    isResidentFirst = instance.isResidentFirst
    durations = instance.durations
    var clock = 0.0
    idealStarts = instance.durations.map { duration in
      defer { clock += duration }
      return clock
    }
    var remaining = instance.durations + [0]
    for step in instance.durations.indices.reversed() { remaining[step] += remaining[step + 1] }
    self.remaining = remaining
    taken = instance.taken
    freed = instance.freed
    needs = Lists(instance.needs)
    makes = Lists(instance.makes)
    gapsAfter = Lists(instance.gapsAfter)
    gapsBefore = Lists(instance.gapsBefore)
    gapBytes = instance.gaps.map(\.bytes)
    gapStorage = instance.gaps.map(\.storage)
    gapStart = instance.gaps.map(\.after)
    gapEnd = instance.gaps.map(\.before)
    boundaryGaps = instance.gaps.indices.filter { instance.gaps[$0].wraps }
    outTime = instance.gaps.map { $0.outTime ?? 0 }
    inTime = instance.gaps.map(\.inTime)
    var firstCodec: [Int] = []
    var codecs: [GapCodec] = []
    for gap in instance.gaps {
      firstCodec.append(codecs.count)
      codecs += gap.codecs
    }
    self.firstCodec = firstCodec
    self.codecs = codecs
    writeTime = instance.gaps.map { $0.nvme?.write ?? 0 }
    readTime = instance.gaps.map { $0.nvme?.read ?? 0 }

    var firstChain: [Int] = []
    var anchors = Lists([])
    var chains: [RecomputeChain] = []
    for (index, gap) in instance.gaps.enumerated() {
      firstChain.append(chains.count)
      for position in gap.chains.indices { anchors.append(instance.anchors[index][position]) }
      chains += gap.chains
    }
    self.firstChain = firstChain
    self.anchors = anchors
    chainExtraBytes = chains.map(\.extraBytes)
    chainAt = chains.map(\.at)
    gapsByMaker = instance.gapsByMaker
    gapMaker = instance.gaps.map { instance.storages.all[$0.storage].producer ?? -1 }
    var firstLink = [0]
    for chain in chains { firstLink.append(firstLink[firstLink.count - 1] + chain.operators.count) }
    self.firstLink = firstLink
    linkDuration = chains.flatMap { $0.operators.map { instance.durations[$0] } }
    linkTaken = chains.flatMap(\.taken)
    linkFreed = chains.flatMap(\.freed)
    linkNeeds = Lists(chains.flatMap(\.needs))
  }

  /// When an operator ends if nothing stalls.
  @inline(__always)
  func endTime(of step: Int) -> Double { idealStarts[step] + durations[step] }

  /// Whether a gap lasts into the next iteration.
  @inline(__always)
  func wraps(_ gap: Int) -> Bool { gapEnd[gap] <= gapStart[gap] }

  /// How many operators run in a gap.
  @inline(__always)
  func gapLength(_ gap: Int) -> Int {
    gapEnd[gap] - gapStart[gap] - 1 + (wraps(gap) ? operatorCount : 0)
  }

  /// The operator at a position in a gap, counted from 0.
  @inline(__always)
  func step(at position: Int, in gap: Int) -> Int {
    let step = gapStart[gap] + 1 + position
    return step < operatorCount ? step : step - operatorCount
  }

  /// The position of one of a gap's operators.
  @inline(__always)
  func position(of step: Int, in gap: Int) -> Int {
    let position = step - gapStart[gap] - 1
    return position < 0 ? position + operatorCount : position
  }

  /// The position of the first operator of a gap that runs after the copy to the host is queued.
  @inline(__always)
  func firstAway(_ gap: Int, prefetch: Int, lag: Int) -> Int {
    lag == 0 ? 0 : min(lag, position(of: prefetch, in: gap))
  }

  /// The operator whose end queues the copy to the host.
  @inline(__always)
  func offloadStep(_ gap: Int, prefetch: Int, lag: Int) -> Int {
    let position = firstAway(gap, prefetch: prefetch, lag: lag)
    return position == 0 ? gapStart[gap] : step(at: position - 1, in: gap)
  }

  /// The operator whose start queues the read from NVMe.
  @inline(__always)
  func readStep(_ gap: Int, prefetch: Int, lag: Int, lead: Int) -> Int {
    let first = firstAway(gap, prefetch: prefetch, lag: lag)
    return step(at: max(first, position(of: prefetch, in: gap) - lead), in: gap)
  }

  /// When the operator that queues a copy back starts if nothing stalls, on the clock of the iteration in which
  /// the gap ends.
  func triggerTime(of gap: Int, prefetch: Int) -> Double {
    let isBefore = wraps(gap) && prefetch > gapStart[gap]
    return idealStarts[prefetch] - (isBefore ? computeTime : 0)
  }

  /// How many operators before the copy back the read from NVMe is to be queued so that it starts by a time,
  /// on the clock of the iteration in which the gap ends.
  func lead(of gap: Int, prefetch: Int, lag: Int, startingBy time: Double) -> Int {
    let last = position(of: prefetch, in: gap)
    let read = position(of: trigger(of: gap, startingBy: time), in: gap)
    return last - min(last, max(firstAway(gap, prefetch: prefetch, lag: lag), read))
  }

  /// The last operator of a gap from which a copy back can start by a time; the first operator if none
  /// can. Times are on the clock of the iteration in which the gap ends, negative in the one before.
  func trigger(of gap: Int, startingBy time: Double) -> Int {
    var (low, high) = (0, gapLength(gap) - 1)
    let wraps = wraps(gap)
    while low < high {
      let middle = (low + high + 1) / 2
      let step = step(at: middle, in: gap)
      let isBefore = wraps && step > gapStart[gap]
      if idealStarts[step] - (isBefore ? computeTime : 0) <= time {
        low = middle
      } else {
        high = middle - 1
      }
    }
    return step(at: low, in: gap)
  }

  /// The chain that a decision names, among the chains of all gaps.
  @inline(__always)
  func chain(_ position: Int, of gap: Int) -> Int { firstChain[gap] + position }

  /// The chain of a gap that is made again, among the chains of all gaps; nil if it isn't.
  @inline(__always)
  func chosenChain(_ gap: Int, _ decisions: [Decision]) -> Int? {
    guard case .recompute(let position) = decisions[gap] else { return nil }
    return firstChain[gap] + position
  }

  /// Whether the tensor of a gap can be on the device before one of the gap's operators.
  @inline(__always)
  func canBePresent(_ gap: Int, before step: Int, _ decisions: [Decision]) -> Bool {
    switch decisions[gap] {
    case .keep: true
    case .swap(_, _, .codec): false
    case .swap: position(of: step, in: gap) > 0
    case .recompute(let position): chainAt[firstChain[gap] + position] <= step
    }
  }

  /// Queues copies back so early that chains find their anchors on the device.
  ///
  /// - Returns: Whether that is possible: whether no anchor is made again after the chain.
  func fitAnchors(_ decisions: inout [Decision]) -> Bool {
    for gap in gapsByMaker {
      guard let chain = chosenChain(gap, decisions) else { continue }
      for item in anchors.range(chain) {
        let anchor = anchors.items[item]
        guard canBePresent(anchor, before: chainAt[chain], decisions) else { return false }
        if case .swap(let prefetch, let lag, let tier) = decisions[anchor] {
          let latest = position(of: chainAt[chain], in: anchor) - 1
          guard position(of: prefetch, in: anchor) > latest else { continue }
          decisions[anchor] = .swap(prefetch: step(at: latest, in: anchor), lag: lag, tier: tier)
        }
      }
    }
    return true
  }

  /// The last position of each gap at which a copy back may be queued, so that chains find their anchors.
  func latestPositions(_ decisions: [Decision]) -> [Int] {
    var latest = decisions.indices.map { gapLength($0) - 1 }
    for gap in gapsByMaker {
      guard let chain = chosenChain(gap, decisions) else { continue }
      for item in anchors.range(chain) where decisions[anchors.items[item]].isSwap {
        let anchor = anchors.items[item]
        latest[anchor] = max(
          0, min(latest[anchor], position(of: chainAt[chain], in: anchor) - 1))
      }
    }
    return latest
  }
}
