public import Plans
public import Profiles

/// Replays a chunk plan on its profile over two iterations, and measures the second.
///
/// The rules, written from the meaning of a plan and not from any formulation:
/// 1. Operators run in order. What an operator touches of a chunk is on the device while it runs: whole
///    for forward, backward and communication, the device's own part for an optimizer. A part that
///    isn't there is copied from the host, if its content is there; temporary gradients begin empty.
/// 2. Between two uses the decision of the gap holds. An eviction copies to the host only what was
///    written since the last copy. Temporary parts end with their last use.
/// 3. Where the host updates a chunk, optimizers don't touch it on the device: its complete gradients go
///    to the host after their last use, its parameters are void then, and are copied when used next.
/// 4. Memory is everything of the profile that isn't in chunks, and the parts on the device.
public struct ChunkReplay: Sendable {
  private let plan: ChunkPlan
  private let profile: Profile
  private var parts: [ChunkPart] = []
  private var partsByOperator: [[Int]] = []
  private var isHostUpdated: [Bool] = []
  private var otherBytes: [Int] = []
  private var decisions: [ChunkPart.GapKey: Bool] = [:]
  private var usedDecisions: Set<ChunkPart.GapKey> = []
  private var result = ChunkReplayResult()

  /// Prepares a plan for a profile.
  ///
  /// - Parameters:
  ///   - plan: The plan, made by anyone.
  ///   - profile: A profile without faults.
  public init(_ plan: ChunkPlan, on profile: Profile) {
    self.plan = plan
    self.profile = profile
  }

  /// Returns what happens in the second iteration, or what is wrong with the plan.
  public func run() -> ChunkReplayResult {
    var replay = self
    replay.replay()
    return replay.result
  }

  private mutating func fail(_ fault: String) {
    if result.faults.count < 10 { result.faults.append(fault) }
  }

  private mutating func replay() {
    guard let device = profile.device, let toDevice = device.hostToDevice,
      let toHost = device.deviceToHost
    else { return fail("the profile's device has no links to the host") }
    let storages = Storages(of: profile)
    addParts(storages)
    addDecisions(storages)
    guard result.faults.isEmpty else { return }
    addOtherMemory(storages)
    for index in parts.indices { begin(index) }
    let start = parts.map(\.isOnDevice)
    for iteration in 0..<2 {
      if iteration == 1 {
        if parts.map(\.isOnDevice) != start { fail("the second iteration begins unlike the first") }
        result = ChunkReplayResult(faults: result.faults)
      }
      for step in profile.operators.indices {
        run(step, toDevice: toDevice, toHost: toHost)
        guard result.faults.isEmpty else { return }
      }
    }
    for gap in plan.gaps {
      let key = ChunkPart.GapKey(chunk: gap.chunk, part: gap.part, after: gap.after)
      if !usedDecisions.contains(key) {
        fail("\(gap.chunk), \(gap.part.rawValue): there is no gap after \(gap.after)")
      }
    }
  }

  // MARK: Preparation

  private mutating func addParts(_ storages: Storages) {
    var owner: [Int: String] = [:]
    partsByOperator = Array(repeating: [], count: profile.operators.count)
    var names: Set<String> = []
    for chunk in plan.chunks {
      if !names.insert(chunk.id).inserted { fail("two chunks are called \(chunk.id)") }
      if chunk.usedElements > chunk.elements { fail("\(chunk.id): more elements than room") }
      let isOnHost = chunk.optimizer == .host
      let lists: [(ChunkPlan.Part, [String], Int, Tensor.Kind)] = [
        (.parameter, chunk.parameters, chunk.parameterBytes, .parameter),
        (.gradient, chunk.gradients, chunk.gradientBytes, .gradient),
        (.optimizer, chunk.optimizerStates, chunk.optimizerBytes, .optimizerState),
      ]
      for (part, tensors, bytes, kind) in lists {
        var members: [Storage] = []
        for tensor in tensors {
          guard let index = storages.indexByTensor[tensor] else {
            fail("\(chunk.id): the profile has no tensor \(tensor)")
            continue
          }
          let storage = storages.all[index]
          if storage.tensor.kind != kind { fail("\(chunk.id): \(tensor) is no \(kind.rawValue)") }
          if let other = owner.updateValue(chunk.id, forKey: index) {
            fail("\(tensor) is in \(other) and in \(chunk.id)")
          }
          members.append(storage)
        }
        if members.reduce(0, { $0 + $1.bytes }) > bytes {
          fail("\(chunk.id): the \(part.rawValue) part is smaller than what it holds")
        }
        guard !members.isEmpty else { continue }
        let made = ChunkPart(
          chunk: chunk, part: part, members: members, wholeBytes: bytes,
          worldSize: plan.worldSize, profile: profile)
        for step in made.uses { partsByOperator[step].append(parts.count) }
        parts.append(made)
        isHostUpdated.append(isOnHost)
      }
    }
    for storage in storages.all where storage.tensor.kind == .parameter && storage.bytes > 0 {
      if owner[storage.index] == nil { fail("\(storage.tensor.id) is in no chunk") }
    }
  }

  private mutating func addDecisions(_ storages: Storages) {
    for gap in plan.gaps {
      let key = ChunkPart.GapKey(chunk: gap.chunk, part: gap.part, after: gap.after)
      if storages.operatorIndex[gap.after] == nil || storages.operatorIndex[gap.before] == nil {
        fail("\(gap.chunk): the profile has no operator \(gap.after) or \(gap.before)")
      }
      if decisions.updateValue(gap.isKept, forKey: key) != nil {
        fail("\(gap.chunk), \(gap.part.rawValue): two decisions after \(gap.after)")
      }
    }
    let expected = Dictionary(
      plan.gaps.map {
        (ChunkPart.GapKey(chunk: $0.chunk, part: $0.part, after: $0.after), $0.before)
      }, uniquingKeysWith: { first, _ in first })
    for part in parts {
      for (after, before) in part.deviceGaps {
        let key = part.key(after: profile.operators[after].id)
        if let name = expected[key], name != profile.operators[before].id {
          fail("\(key.chunk), \(key.part.rawValue): the gap after \(key.after) ends otherwise")
        }
      }
    }
  }

  /// Adds up what isn't in chunks, while each operator runs.
  private mutating func addOtherMemory(_ storages: Storages) {
    let count = profile.operators.count
    var change = [Int](repeating: 0, count: count + 1)
    let chunked = Set(parts.flatMap { $0.members.map(\.index) })
    for storage in storages.all where !chunked.contains(storage.index) && count > 0 {
      let isKept = storage.tensor.isPersistent || storage.accesses.isEmpty
      let end = isKept ? count - 1 : storage.lastAccess ?? count - 1
      change[storage.producer ?? 0] += storage.bytes
      change[end + 1] -= storage.bytes
    }
    var sum = 0
    otherBytes = profile.operators.indices.map { step in
      sum += change[step]
      return sum + profile.operators[step].workspaceBytes
    }
  }

  // MARK: Replay

  /// Puts a part where the end of an iteration leaves it.
  private mutating func begin(_ index: Int) {
    parts[index].isOnHost = parts[index].isPersistent
    parts[index].idleBytes = parts[index].bytes(after: parts[index].deviceUses.last ?? 0)
    guard parts[index].isPersistent, let last = parts[index].deviceUses.last else { return }
    if parts[index].isRefreshed(after: last) { return }
    parts[index].isOnDevice = isKept(index, after: last)
  }

  /// The decision for the gap that a use begins; true where no operator lies in between.
  private mutating func isKept(_ index: Int, after step: Int) -> Bool {
    let part = parts[index]
    guard let next = part.nextDeviceUse(after: step) else { return true }
    let count = profile.operators.count
    let isAdjacent = (step + 1) % count == next && !(count == 1)
    let key = part.key(after: profile.operators[step].id)
    if isAdjacent || count == 1 { return true }
    guard let isKept = decisions[key] else {
      fail("\(key.chunk), \(key.part.rawValue): nothing is decided after \(key.after)")
      return true
    }
    usedDecisions.insert(key)
    return isKept
  }

  private mutating func run(_ step: Int, toDevice: Link, toHost: Link) {
    let operation = profile.operators[step]
    let isOptimizer = operation.phase == .optimizer
    var memory = otherBytes[step]
    var touched: Set<Int> = []
    for index in partsByOperator[step] {
      if isOptimizer && isHostUpdated[index] {
        updateOnHost(index, at: step)
        continue
      }
      touched.insert(index)
      if parts[index].isOnDevice { continue }
      if parts[index].isOnHost {
        let bytes = parts[index].idleBytes
        result.bytesIn += bytes
        result.copyInMicroseconds += toDevice.copyMicroseconds(bytes: bytes)
      } else if !parts[index].mayBeginEmpty(at: step) {
        fail("\(operation.id): \(parts[index].name) is nowhere")
      }
      parts[index].isOnDevice = true
    }
    var liveElements = 0
    for index in parts.indices where parts[index].isOnDevice {
      if parts[index].part == .parameter { liveElements += parts[index].chunk.elements }
      memory +=
        touched.contains(index)
        ? (isOptimizer ? parts[index].shareBytes : parts[index].wholeBytes)
        : parts[index].idleBytes
    }
    if memory > plan.budgetBytes {
      fail(
        "\(operation.id): \(memory) bytes, \(memory - plan.budgetBytes) more than the budget")
    }
    result.deviceBytes.append(memory)
    if memory > result.peakDeviceBytes {
      result.peakDeviceBytes = memory
      result.peakOperator = operation.id
    }
    result.peakLiveElements = max(result.peakLiveElements, liveElements)
    result.computeMicroseconds += operation.durationMicroseconds
    for index in touched.sorted() {
      if parts[index].writes.contains(step) { parts[index].isOnHost = false }
      parts[index].idleBytes = parts[index].bytes(after: step)
      leave(index, after: step, toHost: toHost)
    }
  }

  /// Does what follows on a use.
  private mutating func leave(_ index: Int, after step: Int, toHost: Link) {
    let part = parts[index]
    if isHostUpdated[index], part.isRefreshed(after: step) {
      if part.part == .gradient { copyOut(index, toHost: toHost) }
      // The host makes the next content of parameters; nothing of the old one is needed.
      parts[index].isOnHost = true
      parts[index].isOnDevice = false
      return
    }
    if part.nextDeviceUse(after: step) == nil {
      parts[index].isOnDevice = false
      parts[index].isOnHost = false
      return
    }
    if !isKept(index, after: step) {
      copyOut(index, toHost: toHost)
      parts[index].isOnDevice = false
    }
  }

  private mutating func copyOut(_ index: Int, toHost: Link) {
    guard !parts[index].isOnHost else { return }
    let bytes = parts[index].idleBytes
    result.bytesOut += bytes
    result.copyOutMicroseconds += toHost.copyMicroseconds(bytes: bytes)
    parts[index].isOnHost = true
  }

  /// Runs the host's optimizer, once for each chunk, where the first optimizer would run.
  private mutating func updateOnHost(_ index: Int, at step: Int) {
    let part = parts[index]
    if part.part == .gradient {
      if !part.isOnHost { fail("\(profile.operators[step].id): \(part.name) is not on the host") }
      if step == part.uses.last { parts[index].isOnHost = false }
    }
    guard part.part == .parameter, step == part.firstOptimizerUse else { return }
    let chunk = part.chunk
    let states = (chunk.optimizerBytes + plan.worldSize - 1) / plan.worldSize
    let bytes = states > 0 ? states : part.shareBytes
    result.hostOptimizerMicroseconds += Double(bytes) / (plan.hostOptimizerGBPerSecond * 1e3)
  }
}
