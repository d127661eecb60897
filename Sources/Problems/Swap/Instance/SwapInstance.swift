import Profiles

/// A profile turned into the numbers that the swap problem works with.
///
/// Shapes: `durations[operator]`, `live[operator]`, `gaps[gap]`. Times are microseconds, sizes bytes.
struct SwapInstance: Sendable {
  let storages: Storages
  /// The names of the operators.
  let operatorNames: [String]
  /// The operators' durations.
  let durations: [Double]
  /// The pass that each operator belongs to.
  let phases: [Operator.Phase]
  /// Device memory while each operator runs if nothing is moved, its workspace included.
  let live: [Int]
  /// Device memory of what exists both before and while each operator runs, if nothing is moved.
  let carried: [Int]
  /// What each operator needs on the device when it starts and does not make itself.
  let needs: [[Int]]
  /// What each operator makes.
  let makes: [[Int]]
  /// Memory that each operator takes at its start: what it makes and its workspace.
  let taken: [Int]
  /// Memory that each operator frees at its end if nothing is moved.
  let freed: [Int]
  /// The size of each storage.
  let storageBytes: [Int]
  /// Which storages are on the device before the first operator.
  let isResidentFirst: [Bool]
  /// The idle gaps in the order of plans: by the end of the gap, then by the storage's producer.
  private(set) var gaps: [Gap]
  /// The gaps that begin after each operator, in plan order.
  let gapsAfter: [[Int]]
  /// The gaps that end before each operator, in plan order.
  let gapsBefore: [[Int]]
  /// The gaps of each storage.
  let gapsOfStorage: [[Int]]
  /// The gaps of the anchors of each chain, by gap and chain.
  private(set) var anchors: [[[Int]]]
  /// The gaps with chains, by the operator that makes the tensor: the order in which chains run before the same
  /// operator.
  private(set) var gapsByMaker: [Int]
  /// The chains that run before each operator, in the order in which they would.
  private(set) var chainsAt: [[(gap: Int, chain: Int)]]
  /// Finds more chains.
  let finder: ChainFinder
  /// The decisions of strategies that come with chains of their own.
  private(set) var schedules: [SwapStrategy: [Decision]] = [:]
  /// Memory budget of the device.
  let budget: Int
  /// How fast a copy to the host proceeds while the other direction is busy.
  let duplexOut: Double
  /// How fast a copy to the device proceeds while the other direction is busy.
  let duplexIn: Double
  /// Memory of the host and room on NVMe, in bytes; nil without a limit.
  let hostBudget: Int?
  let nvmeBudget: Int?
  /// How fast a write to NVMe, and a read, proceed while the other direction is busy.
  let duplexWrite: Double
  let duplexRead: Double
  /// Whether the search considers NVMe: there is one, and the host's memory might not be enough. Where it
  /// holds all that can ever be away at one time, going on to NVMe only adds copies, so nothing offers it.
  let offersNVMe: Bool
  /// How many moments the integer program tells apart at most.
  let momentLimit: Int
  /// Whether operators may run again.
  let allowsRecompute: Bool

  /// An idle gap with what it takes to empty it.
  struct Gap: Sendable {
    let storage: Int
    let after: Int
    let before: Int
    let bytes: Int
    /// How long the copy to the host takes; nil if the tensor can't be moved.
    let outTime: Double?
    /// How long the copy back takes.
    let inTime: Double
    /// How long the write to NVMe and the read take; nil if the tensor can't go there.
    let nvme: (write: Double, read: Double)?
    /// The ways to make the content again, cheapest first.
    var chains: [RecomputeChain]
    /// The codecs that a swap may use.
    var codecs: [GapCodec] = []
    /// Whether a swap may copy the raw tensor.
    var offersRaw = true
    /// Whether the gap is so small that the integer program leaves it alone.
    let isMinor: Bool
    /// How many operators an iteration has.
    let period: Int
  }

  var operatorCount: Int { durations.count }
  /// What a copy in the one direction takes of the other one's time, as a share.
  var duplexShares: (out: Double, back: Double) {
    (min(1, (1 - duplexIn) / duplexOut), min(1, (1 - duplexOut) / duplexIn))
  }
  /// Whether a search takes so little time that it may look at much.
  var isSmall: Bool { operatorCount < 150 }
  /// Whether programs and searches leave things out to end in time.
  var isLarge: Bool { operatorCount > 1000 }
  /// Whether any swap may use a codec.
  var offersCodecs: Bool { gaps.contains { !$0.codecs.isEmpty } }
  /// Whether there is NVMe that plans can use.
  var hasNVMe: Bool { gaps.contains { $0.nvme != nil } }
  /// The sum of all durations: what the iteration takes on a device that is large enough.
  var computeTime: Double { durations.reduce(0, +) }
  /// The largest amount of memory in use if nothing is moved.
  var unconstrainedPeak: Int { live.max() ?? 0 }

  init(
    profile: Profile, budget: Int, hostBudget: Int? = nil, nvmeBudget: Int? = nil,
    settings: SwapSettings
  ) {
    let storages = Storages(of: profile)
    let count = profile.operators.count
    self.storages = storages
    self.budget = budget
    self.hostBudget = hostBudget
    self.nvmeBudget = nvmeBudget
    momentLimit = settings.momentLimit
    allowsRecompute = settings.allowsRecompute
    operatorNames = profile.operators.map(\.id)
    durations = profile.operators.map(\.durationMicroseconds)
    phases = profile.operators.map(\.phase)
    let workspaces = profile.operators.map(\.workspaceBytes)
    let device = profile.device
    duplexOut = device?.deviceToHost?.duplexFactor ?? 1
    duplexIn = device?.hostToDevice?.duplexFactor ?? 1
    duplexWrite = device?.hostToNVMe?.duplexFactor ?? 1
    duplexRead = device?.nvmeToHost?.duplexFactor ?? 1

    var live = workspaces
    var carried = [Int](repeating: 0, count: count)
    for storage in storages.all where count > 0 {
      let span = storage.lifetime(operators: count)
      for step in span { live[step] += storage.bytes }
      let isResidentFirst = storage.producer == nil && !storage.comesWithIteration
      for step in span where step > span.lowerBound || isResidentFirst {
        carried[step] += storage.bytes
      }
    }
    self.live = live
    self.carried = carried
    let inputs = storages.all.filter(\.comesWithIteration).map(\.index)
    makes = (0..<count).map { step in
      let made = storages.writes[step].filter { storages.all[$0].producer == step }
      return step == 0 ? (made + inputs).sorted() : made
    }
    let makes = makes
    storageBytes = storages.all.map(\.bytes)
    isResidentFirst = storages.all.map { $0.producer == nil && !$0.comesWithIteration }
    taken = (0..<count).map { step in
      makes[step].reduce(workspaces[step]) { $0 + storages.all[$1].bytes }
    }
    var freed = workspaces
    for storage in storages.all where !storage.tensor.isPersistent {
      if let last = storage.lastAccess { freed[last] += storage.bytes }
    }
    self.freed = freed
    needs = (0..<count).map { step in
      Set(storages.reads[step]).union(storages.writes[step]).subtracting(makes[step]).sorted()
    }

    let finder = ChainFinder(
      storages: storages, durations: durations, workspaces: workspaces,
      isRecomputable: profile.operators.map(\.isRecomputable), reach: settings.chainReach)
    let sorted = storages.gaps.sorted { left, right in
      let (first, second) = (storages.all[left.storage], storages.all[right.storage])
      return (left.before, first.producer ?? -1, left.storage)
        < (right.before, second.producer ?? -1, right.storage)
    }
    let smallest = Self.minorBytes(
      sorted, storages, live: live, budget: budget, share: settings.minorShare)
    var gaps = sorted.map { gap in
      let tensor = storages.all[gap.storage].tensor
      var outTime: Double?
      var inTime = 0.0
      if tensor.isMovable, let out = device?.deviceToHost, let back = device?.hostToDevice {
        outTime = out.copyMicroseconds(bytes: tensor.bytes)
        inTime = back.copyMicroseconds(bytes: tensor.bytes)
      }
      var nvme: (write: Double, read: Double)?
      if tensor.isMovable, settings.allowsSwap, outTime != nil, tensor.bytes <= hostBudget ?? .max,
        let write = device?.hostToNVMe, let read = device?.nvmeToHost
      {
        nvme = (
          write.copyMicroseconds(bytes: tensor.bytes), read.copyMicroseconds(bytes: tensor.bytes)
        )
      }
      let chains =
        settings.allowsRecompute && tensor.bytes > smallest && !gap.wraps
        ? finder.chains(for: gap, smallestAvoided: smallest) : []
      return Gap(
        storage: gap.storage, after: gap.after, before: gap.before, bytes: tensor.bytes,
        outTime: settings.allowsSwap ? outTime : nil, inTime: inTime, nvme: nvme,
        chains: chains, isMinor: tensor.bytes <= smallest, period: count)
    }
    if settings.codecRule != .none, settings.allowsSwap, let out = device?.deviceToHost,
      let back = device?.hostToDevice
    {
      for index in gaps.indices {
        let gap = gaps[index]
        guard gap.outTime != nil, !gap.wraps, !gap.isMinor, gap.bytes > 0 else { continue }
        gaps[index].codecs = GapCodec.candidates(
          for: storages.all[gap.storage].tensor, codecs: profile.codecs, out: out, back: back,
          quantile: settings.densityQuantile)
      }
    }
    if settings.allowsRecompute {
      let stretches = Stretches(storages: storages, phases: phases)
      for (gap, chain) in stretches.earlyChains(for: gaps, finder) { gaps[gap].offer(chain) }
    }
    self.gaps = gaps
    self.finder = finder
    var gapsAfter = [[Int]](repeating: [], count: count)
    var gapsBefore = [[Int]](repeating: [], count: count)
    var gapsOfStorage = [[Int]](repeating: [], count: storages.all.count)
    for (index, gap) in gaps.enumerated() {
      gapsAfter[gap.after].append(index)
      gapsBefore[gap.before].append(index)
      gapsOfStorage[gap.storage].append(index)
    }
    self.gapsOfStorage = gapsOfStorage
    offersNVMe =
      gaps.contains { $0.nvme != nil } && Self.mostAway(gaps, count: count) > hostBudget ?? .max
    (anchors, gapsByMaker, chainsAt) = Self.order(gaps, gapsOfStorage, storages)
    self.gapsAfter = gapsAfter
    self.gapsBefore = gapsBefore
    restrictCodecs(to: settings.codecRule)
  }
}

extension SwapInstance {
  /// Leaves the codecs that a rule allows.
  mutating func restrictCodecs(to rule: CodecRule) {
    for index in gaps.indices {
      gaps[index].restrict(
        to: rule, next: durations[gaps[index].firstStep],
        previous: durations[gaps[index].lastStep])
    }
  }

  /// The most bytes that can be on the host at one time if everything that may move does.
  ///
  /// Between the end of one operator and the start of the next, gaps around either of them count.
  private static func mostAway(_ gaps: [Gap], count: Int) -> Int {
    var away = [Int](repeating: 0, count: 2 * count + 1)
    for gap in gaps where gap.outTime != nil {
      for range in gap.ranges {
        // Moment 2k lies before operator k, moment 2k + 1 in it.
        let bytes = gap.codecs.map(\.coded.reservedBytes).reduce(gap.bytes, max)
        away[2 * range.lowerBound] += bytes
        away[min(2 * range.upperBound + 1, 2 * count)] -= bytes
      }
    }
    var (sum, most) = (0, 0)
    for moment in away {
      sum += moment
      most = max(most, sum)
    }
    return most
  }

  /// What follows from the chains of all gaps.
  private static func order(
    _ gaps: [Gap], _ gapsOfStorage: [[Int]], _ storages: Storages
  ) -> (anchors: [[[Int]]], gapsByMaker: [Int], chainsAt: [[(gap: Int, chain: Int)]]) {
    let anchors = gaps.map { gap in
      gap.chains.map { chain in
        chain.anchors.compactMap { storage in
          gapsOfStorage[storage].first { gaps[$0].contains(chain.at) }
        }
      }
    }
    func maker(_ gap: Int) -> Int { storages.all[gaps[gap].storage].producer ?? -1 }
    let byMaker = gaps.indices.filter { !gaps[$0].chains.isEmpty }.sorted {
      (maker($0), $0) < (maker($1), $1)
    }
    var chainsAt = [[(gap: Int, chain: Int)]](repeating: [], count: storages.reads.count)
    for gap in byMaker {
      for (position, chain) in gaps[gap].chains.enumerated() {
        chainsAt[chain.at].append((gap, position))
      }
    }
    return (anchors, byMaker, chainsAt)
  }

  /// Lets chains run as late as those that read from them allow, where that takes no longer: their tensors then
  /// take memory for a shorter time.
  func postponeChains(of decisions: inout [Decision]) {
    // The first operator before which some chain reads the tensor of each gap.
    var needed = gaps.map(\.before)
    for gap in gapsByMaker.reversed() {
      guard case .recompute(var position) = decisions[gap] else { continue }
      let chains = gaps[gap].chains
      for (other, chain) in chains.enumerated()
      where chain.at > chains[position].at && chain.at <= needed[gap]
        && chain.time <= chains[position].time
        && anchors[gap][other].allSatisfy({ isPresent($0, before: chain.at, decisions) })
      {
        position = other
      }
      decisions[gap] = .recompute(chain: position)
      for anchor in anchors[gap][position] {
        needed[anchor] = min(needed[anchor], chains[position].at)
      }
    }
  }

  /// Whether the tensor of a gap can be on the device before one of the gap's operators.
  func isPresent(_ gap: Int, before step: Int, _ decisions: [Decision]) -> Bool {
    switch decisions[gap] {
    case .keep: true
    case .swap(_, _, .codec): false
    case .swap: gaps[gap].position(of: step) > 0
    case .recompute(let position): gaps[gap].chains[position].at <= step
    }
  }

  /// The chains that run before an operator, by the operator that they end with and by gap, in the order in which
  /// they would run.
  func partners(before step: Int) -> [[(gap: Int, chains: [Int])]] {
    var found: [[(gap: Int, chains: [Int])]] = []
    var last: Int?
    for (gap, chain) in chainsAt[step] {
      let maker = storages.all[gaps[gap].storage].producer
      if found.isEmpty || maker != last { found.append([]) }
      last = maker
      if let own = found[found.count - 1].last, own.gap == gap {
        found[found.count - 1][found[found.count - 1].count - 1].chains.append(chain)
      } else {
        found[found.count - 1].append((gap, [chain]))
      }
    }
    return found
  }

  /// The instance with the chains of a strategy offered too, and its decisions kept.
  func offering(_ choices: [Int: RecomputeChain], of strategy: SwapStrategy) -> SwapInstance {
    var copy = self
    var decisions = Baselines.keepAll(self)
    for gap in choices.keys.sorted() {
      guard let chain = choices[gap] else { continue }
      decisions[gap] = .recompute(chain: copy.gaps[gap].offer(chain))
    }
    (copy.anchors, copy.gapsByMaker, copy.chainsAt) = Self.order(
      copy.gaps, gapsOfStorage, storages)
    copy.schedules[strategy] = decisions
    return copy
  }

  /// The size up to which a gap is minor: the given share of the budget, or nothing where the budget
  /// is so tight that even small tensors may have to move.
  private static func minorBytes(
    _ gaps: [IdleGap], _ storages: Storages, live: [Int], budget: Int, share: Double
  ) -> Int {
    // A small graph needs no shortcut.
    if gaps.count <= 400 { return 0 }
    let smallest = Int(Double(budget) * share)
    var away = [Int](repeating: 0, count: live.count + 1)
    for gap in gaps where storages.all[gap.storage].bytes > smallest {
      for range in gap.ranges(operators: live.count) {
        away[range.lowerBound] += storages.all[gap.storage].bytes
        away[range.upperBound] -= storages.all[gap.storage].bytes
      }
    }
    var sum = 0
    for (step, live) in live.enumerated() {
      sum += away[step]
      if live - sum > budget { return 0 }
    }
    return smallest
  }
}
