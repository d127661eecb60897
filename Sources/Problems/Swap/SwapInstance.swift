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
  let gaps: [Gap]
  /// The gaps that begin after each operator, in plan order.
  let gapsAfter: [[Int]]
  /// The gaps that end before each operator, in plan order.
  let gapsBefore: [[Int]]
  /// The gaps of each storage.
  let gapsOfStorage: [[Int]]
  /// The gaps in which the anchors of each chain must be kept, by gap and chain.
  let anchors: [[[Int]]]
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
    let chains: [RecomputeChain]
    /// Whether the gap is so small that the integer program leaves it alone.
    let isMinor: Bool
    /// How many operators an iteration has.
    let period: Int
  }

  var operatorCount: Int { durations.count }
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
    gaps = sorted.map { gap in
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
    var gapsAfter = [[Int]](repeating: [], count: count)
    var gapsBefore = [[Int]](repeating: [], count: count)
    var gapsOfStorage = [[Int]](repeating: [], count: storages.all.count)
    for (index, gap) in gaps.enumerated() {
      gapsAfter[gap.after].append(index)
      gapsBefore[gap.before].append(index)
      gapsOfStorage[gap.storage].append(index)
    }
    self.gapsOfStorage = gapsOfStorage
    let all = gaps
    offersNVMe =
      all.contains { $0.nvme != nil } && Self.mostAway(all, count: count) > hostBudget ?? .max
    anchors = all.map { gap in
      gap.chains.map { chain in
        chain.anchors.compactMap { storage in
          gapsOfStorage[storage].first { all[$0].contains(gap.before) }
        }
      }
    }
    self.gapsAfter = gapsAfter
    self.gapsBefore = gapsBefore
  }
}

extension SwapInstance {
  /// The most bytes that can be on the host at one time if everything that may move does.
  ///
  /// Between the end of one operator and the start of the next, gaps around either of them count.
  private static func mostAway(_ gaps: [Gap], count: Int) -> Int {
    var away = [Int](repeating: 0, count: 2 * count + 1)
    for gap in gaps where gap.outTime != nil {
      for range in gap.ranges {
        // Moment 2k lies before operator k, moment 2k + 1 in it.
        away[2 * range.lowerBound] += gap.bytes
        away[min(2 * range.upperBound + 1, 2 * count)] -= gap.bytes
      }
    }
    var (sum, most) = (0, 0)
    for moment in away {
      sum += moment
      most = max(most, sum)
    }
    return most
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

extension SwapInstance.Gap {
  /// Whether the gap lasts into the next iteration.
  var wraps: Bool { before <= after }

  /// How many operators run in the gap.
  var length: Int { wraps ? period - 1 - after + before : before - after - 1 }

  /// The first operator of the gap, and the last one: the earliest and the latest to queue a copy back.
  var firstStep: Int { step(at: 0) }
  var lastStep: Int { step(at: length - 1) }

  /// The operators of the gap as ranges, ascending.
  var ranges: [Range<Int>] {
    IdleGap(storage: storage, after: after, before: before).ranges(operators: period)
  }

  /// Whether an operator runs in the gap.
  func contains(_ step: Int) -> Bool {
    wraps ? step > after || step < before : step > after && step < before
  }

  /// The operator at a position in the gap, counted from 0.
  func step(at position: Int) -> Int {
    let step = after + 1 + position
    return step < period ? step : step - period
  }

  /// The position of one of the gap's operators.
  func position(of step: Int) -> Int { step > after ? step - after - 1 : step - after - 1 + period }

  /// The operator that lies a number of operators away from one of the gap's, as far as the gap goes.
  func step(_ step: Int, movedBy shift: Int) -> Int {
    self.step(at: min(max(position(of: step) + shift, 0), length - 1))
  }
}

extension Storage {
  /// The operators during which the memory is taken if nothing is moved.
  func lifetime(operators count: Int) -> ClosedRange<Int> {
    let first = producer ?? 0
    guard !tensor.isPersistent, let last = lastAccess else { return first...(count - 1) }
    return first...max(first, last)
  }
}
