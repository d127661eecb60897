import Profiles

/// A task of the compute stream: what it waits for, takes and frees.
struct StreamTask {
  /// The operator.
  let step: Int
  /// The absence that the task's chain ends; nil for an operator at its own turn.
  let absence: Int?
  /// The storages that must be resident before the task starts.
  let needs: [Int]
  /// The storages for which the task takes memory at its start.
  let makes: [Int]
  /// What the task takes at its start, workspace included.
  let newBytes: Int
  /// What is freed at the end besides the workspace. In a chain: numbers of the chain's buffers, in
  /// the order in which the chain makes them. Otherwise: storages.
  let frees: [Int]
  /// Whether the task is the first of a chain.
  var isFirstOfChain = false
  /// The absences that the task ends: of the last of a chain, the chain's own one, and those of what its operator
  /// writes besides that is made again before the same operator.
  var refills: [Int] = []
  /// The kernel that runs for the absence, and for how long it holds the stream; nil for an operator.
  var kernel: (kind: TaskName.Kernel, held: Double)?
}

/// A gap in which a storage leaves the device; one that lasts over the boundary comes again in each
/// iteration.
struct Absence {
  let name: GapName
  let storage: Int
  let isSwap: Bool
  /// Whether the storage stays on NVMe meanwhile.
  let isOnNVMe: Bool
  /// What encoding and decoding takes; nil if the tensor is copied as it is.
  let coded: CodedSwap?
}

/// All tasks of one run in order, and what their starts and ends set off.
struct ComputeStream {
  /// The tasks in the order in which they run.
  private(set) var tasks: [StreamTask] = []
  /// The gaps in which a storage leaves the device, in the plan's order.
  private(set) var absences: [Absence] = []
  /// The absences whose copy to the host each operator's end queues, in the plan's order.
  private(set) var offloaded: [[Int]]
  /// The absences that begin at each operator's end, in the plan's order.
  private(set) var beginning: [[Int]]
  /// The absences whose copy back each operator's start queues, in the plan's order.
  private(set) var prefetched: [[Int]]
  /// The absences whose read from NVMe each operator's start queues, in the plan's order.
  private(set) var read: [[Int]]
  /// The absences that last into the next iteration, in the order in which an iteration queues their
  /// copies back.
  private(set) var overBoundary: [BoundaryAbsence] = []

  /// The absences that last into the next iteration and whose read from NVMe is queued in the one in which
  /// they begin, in the order of their operators, then in the plan's order.
  private(set) var readOverBoundary: [Int] = []

  /// An absence that lasts into the next iteration.
  struct BoundaryAbsence {
    let absence: Int
    /// Whether its copy back is queued in the iteration in which it begins.
    let isPrefetchedBefore: Bool
    /// Whether its copy to the host is queued only in the next iteration.
    let isOffloadedAfter: Bool
  }

  /// Lays out the tasks of decisions without faults.
  init(_ decided: [DecidedGap], profile: Profile, storages: Storages) {
    let count = profile.operators.count
    beginning = [[Int]](repeating: [], count: count)
    offloaded = beginning
    prefetched = [[Int]](repeating: [], count: count)
    read = prefetched
    var encoded = prefetched
    var decoded = prefetched
    var chains = [[(absence: Int, operators: [Int])]](repeating: [], count: count)
    for decision in decided {
      let absence = absences.count
      var isOnNVMe = false
      var code: CodedSwap?
      switch decision.action {
      case .keep:
        continue
      case .swap(let prefetchAt, let offloadAt, let readAt, let coded):
        prefetched[prefetchAt].append(absence)
        if coded != nil {
          // The copy is queued when the encoding ends.
          encoded[offloadAt].append(absence)
          decoded[decision.gap.before].append(absence)
          code = coded
        } else {
          offloaded[offloadAt].append(absence)
        }
        if let readAt {
          read[readAt].append(absence)
          isOnNVMe = true
        }
      case .recompute(let chain, let moment):
        chains[moment].append((absence, chain))
      }
      var isSwap = false
      if case .swap = decision.action { isSwap = true }
      beginning[decision.gap.after].append(absence)
      absences.append(
        Absence(
          name: decision.name, storage: decision.gap.storage, isSwap: isSwap, isOnNVMe: isOnNVMe,
          coded: code))
    }
    layOutBoundary(decided)
    tasks.reserveCapacity(count)
    for step in profile.operators.indices {
      for absence in step > 0 ? encoded[step - 1] : [] {
        append(.encode, of: absence, at: step - 1, storages: storages)
      }
      for absence in decoded[step] { append(.decode, of: absence, at: step, storages: storages) }
      var refilled: Set<Int> = []
      for chain in Self.inOrder(chains[step]) where !refilled.contains(chain.absence) {
        // What the chain's last operator writes for other chains before this operator is made at once.
        let written = storages.writes[chain.operators.last ?? 0]
        let refills = chains[step].filter { other in
          other.operators.last == chain.operators.last && !refilled.contains(other.absence)
            && written.contains(absences[other.absence].storage)
        }.map(\.absence)
        refilled.formUnion(refills)
        append(
          chain: chain.operators, absence: chain.absence, refills: refills, profile: profile,
          storages: storages)
      }
      append(step: step, profile: profile, storages: storages)
    }
  }

  /// Appends a kernel of a codec. Where decoding goes on beside the stream, its memory is there already.
  private mutating func append(
    _ kind: TaskName.Kernel, of absence: Int, at step: Int, storages: Storages
  ) {
    guard let coded = absences[absence].coded else { return }
    var newBytes = coded.reservedBytes + coded.workspaceBytes
    if kind == .decode {
      let bytes = storages.all[absences[absence].storage].bytes
      newBytes = coded.restOfDecode > 0 ? 0 : bytes + coded.workspaceBytes
    }
    tasks.append(
      StreamTask(
        step: step, absence: absence, needs: [], makes: [], newBytes: newBytes, frees: [],
        kernel: (kind, kind == .encode ? coded.heldEncode : coded.heldDecode)))
  }

  /// Chains in the order of the operators that they end with, then in the plan's: what one chain makes,
  /// those after it may read.
  private static func inOrder(
    _ chains: [(absence: Int, operators: [Int])]
  ) -> [(absence: Int, operators: [Int])] {
    chains.sorted {
      ($0.operators.last ?? 0, $0.absence) < ($1.operators.last ?? 0, $1.absence)
    }
  }

  /// Finds what is away over the boundary between two iterations.
  private mutating func layOutBoundary(_ decided: [DecidedGap]) {
    var absence = 0
    var found: [(trigger: Int, absence: BoundaryAbsence)] = []
    var reads: [(trigger: Int, absence: Int)] = []
    for decision in decided {
      if case .keep = decision.action { continue }
      if decision.gap.wraps, case .swap(let trigger, let offload, let read, _) = decision.action {
        found.append(
          (
            trigger,
            BoundaryAbsence(
              absence: absence, isPrefetchedBefore: trigger > decision.gap.after,
              isOffloadedAfter: offload < decision.gap.after)
          ))
        if let read, read > decision.gap.after { reads.append((read, absence)) }
      }
      absence += 1
    }
    found.sort { ($0.trigger, $0.absence.absence) < ($1.trigger, $1.absence.absence) }
    overBoundary = found.map(\.absence)
    reads.sort { $0 < $1 }
    readOverBoundary = reads.map(\.absence)
  }

  /// Appends an operator at its own turn.
  private mutating func append(step: Int, profile: Profile, storages: Storages) {
    var needs: [Int] = []
    var makes: [Int] = []
    var frees: [Int] = []
    var newBytes = profile.operators[step].workspaceBytes
    let reads = storages.reads[step]
    var next = 0
    if step == 0 {
      // What comes with the iteration is there from its first operator on.
      for storage in storages.all where storage.comesWithIteration {
        makes.append(storage.index)
        newBytes += storage.bytes
      }
    }
    func visit(_ index: Int) {
      let storage = storages.all[index]
      if storage.comesWithIteration && step == 0 {
        // It is among what the operator takes already.
      } else if storage.producer == step {
        makes.append(index)
        newBytes += storage.bytes
      } else {
        needs.append(index)
      }
      if storage.lastAccess == step && !storage.tensor.isPersistent { frees.append(index) }
    }
    for written in storages.writes[step] {
      while next < reads.count, reads[next] < written {
        visit(reads[next])
        next += 1
      }
      if next < reads.count, reads[next] == written { next += 1 }
      visit(written)
    }
    for index in reads[next...] { visit(index) }
    tasks.append(
      StreamTask(
        step: step, absence: nil, needs: needs, makes: makes, newBytes: newBytes, frees: frees))
  }

  /// Appends a chain. Each write makes a new buffer; a read is of the chain's newest buffer of the
  /// storage, or of the resident storage if the chain has made none.
  private mutating func append(
    chain: [Int], absence: Int, refills: [Int], profile: Profile, storages: Storages
  ) {
    let refilled = Set(refills.map { absences[$0].storage })
    var newest: [Int: Int] = [:]
    var storageOfBuffer: [Int] = []
    var lastUse: [Int] = []
    var needs = [[Int]](repeating: [], count: chain.count)
    for (position, step) in chain.enumerated() {
      for storage in storages.reads[step] {
        if let buffer = newest[storage] {
          lastUse[buffer] = position
        } else {
          needs[position].append(storage)
        }
      }
      for storage in storages.writes[step] {
        newest[storage] = storageOfBuffer.count
        storageOfBuffer.append(storage)
        lastUse.append(position)
      }
    }
    var frees = [[Int]](repeating: [], count: chain.count)
    // The last buffers of what is refilled stay.
    for (buffer, position) in lastUse.enumerated() {
      let storage = storageOfBuffer[buffer]
      if newest[storage] == buffer && refilled.contains(storage) { continue }
      frees[position].append(buffer)
    }
    for (position, step) in chain.enumerated() {
      var newBytes = profile.operators[step].workspaceBytes
      for storage in storages.writes[step] { newBytes += storages.all[storage].bytes }
      tasks.append(
        StreamTask(
          step: step, absence: absence, needs: needs[position], makes: storages.writes[step],
          newBytes: newBytes, frees: frees[position], isFirstOfChain: position == 0,
          refills: position == chain.count - 1 ? refills : []))
    }
  }
}
