import Profiles

/// The forward pass cut into stretches where little crosses from one to the next.
struct Stretches {
  let storages: Storages
  /// The operators of the forward pass, in order.
  let forward: [Int]
  /// The storages that cross each place between two of them: made before it, read after it.
  private let crossing: [[Int]]
  /// What it costs to cut there, in bytes: what no gap can keep counts four times.
  private let costs: [Double]

  init(storages: Storages, phases: [Operator.Phase]) {
    self.storages = storages
    forward = phases.indices.filter { phases[$0] == .forward }
    var place = [Int](repeating: 0, count: phases.count)
    for (position, step) in forward.enumerated() { place[step] = position }
    var crossing = [[Int]](repeating: [], count: forward.count + 1)
    var costs = [Double](repeating: 0, count: forward.count + 1)
    for storage in storages.all where !storage.tensor.isPersistent {
      guard let producer = storage.producer, phases[producer] == .forward,
        let last = storage.accesses.last(where: { phases[$0] == .forward }), last > producer
      else { continue }
      let isSaved = storage.accesses.contains { phases[$0] == .backward }
      for cut in (place[producer] + 1)...place[last] {
        crossing[cut].append(storage.index)
        costs[cut] += Double(storage.bytes) * (isSaved ? 1 : 4)
      }
    }
    self.crossing = crossing
    self.costs = costs
  }

  /// The places of cuts about `length` operators apart, each the cheapest of its neighbourhood.
  func cuts(length: Int) -> [Int] {
    guard length > 1 else { return Array(forward.indices.dropFirst()) }
    var cuts: [Int] = []
    var last = 0
    while true {
      let window = (last + (length + 1) / 2)...(last + length + length / 2)
      let inside = window.filter { $0 < forward.count }
      guard forward.count - last > length + length / 2,
        let next = inside.min(by: {
          (costs[$0], abs($0 - last - length)) < (costs[$1], abs($1 - last - length))
        })
      else { return cuts }
      cuts.append(next)
      last = next
    }
  }

  /// The storages that cross a cut.
  func storages(crossing cut: Int) -> [Int] { crossing[cut] }

  /// The stretch of each operator by cuts; nil outside of the forward pass.
  func stretch(of cuts: [Int], operators count: Int) -> [Int?] {
    var found = [Int?](repeating: nil, count: count)
    var stretch = 0
    for (position, step) in forward.enumerated() {
      if stretch < cuts.count, position == cuts[stretch] { stretch += 1 }
      found[step] = stretch
    }
    return found
  }

  /// Stretches of about √n operators, with half as many and twice as many.
  private var lengths: [Int] {
    let root = Double(forward.count).squareRoot()
    return [0.5, 1, 2].map { max(2, Int((root * $0).rounded())) }
  }

  /// Chains that make everything a stretch saves again when its backward pass begins, so that each operator
  /// runs once more for the whole stretch.
  ///
  /// - Parameter gaps: The gaps in plan order; those without any chain get none.
  func earlyChains(
    for gaps: [SwapInstance.Gap], _ finder: ChainFinder
  ) -> [(gap: Int, chain: RecomputeChain)] {
    var found: [(gap: Int, chain: RecomputeChain)] = []
    for length in lengths {
      let cuts = cuts(length: length)
      let stretch = stretch(of: cuts, operators: finder.durations.count)
      // The first operator of the backward pass that needs something of each stretch.
      var first = [Int](repeating: .max, count: cuts.count + 1)
      func owner(_ gap: SwapInstance.Gap) -> Int? {
        guard !gap.chains.isEmpty, let producer = storages.all[gap.storage].producer,
          let own = stretch[producer], stretch[gap.after] != nil, stretch[gap.before] == nil
        else { return nil }
        return own
      }
      for gap in gaps {
        if let own = owner(gap) { first[own] = min(first[own], gap.before) }
      }
      for (index, gap) in gaps.enumerated() {
        guard let own = owner(gap), first[own] < gap.before, first[own] > gap.after,
          let chain = finder.chain(for: gap.idle, at: first[own], avoiding: { _ in false })
        else { continue }
        found.append((index, chain))
      }
    }
    return found
  }
}
