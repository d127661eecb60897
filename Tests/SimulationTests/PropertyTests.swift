import Plans
import Profiles
import Simulation
import TestSupport
import Testing

@Suite("Random plans on random profiles")
struct PropertyTests {
  /// Budgets from the least that could do to the most that is ever used.
  func budgets(_ simulator: Simulator) -> [Int] {
    let least = simulator.demand.minimumBudget.bytes
    let most = simulator.demand.unconstrainedPeak.bytes
    return [least - 1, least, least + (most - least) / 2, most, 2 * most + 50_000]
  }

  func compare(
    _ instance: RandomInstance, hostBudget: Int?, nvmeBudget: Int? = nil
  ) throws {
    let simulator = try Simulator(profile: instance.profile)
    #expect(simulator.faults(in: instance.decisions).isEmpty)
    for budget in budgets(simulator) {
      let result = simulator.run(
        instance.decisions, budgetBytes: budget, hostBudgetBytes: hostBudget,
        nvmeBudgetBytes: nvmeBudget)
      var naive = NaiveReplay(
        instance.profile, instance.decisions, budget: budget, hostBudget: hostBudget ?? .max,
        nvmeBudget: nvmeBudget ?? .max)
      let outcome = naive.run()
      switch (result.verdict, outcome) {
      case (.valid, .valid), (.failed(.residentMemory), .startsTooFull): break
      case (.failed(.waitsForMemory(let task, _)), .stuck(let operation)),
        (.failed(.waitsForTensor(let task, _, _, _, _)), .stuck(let operation)):
        #expect(task.operation == operation)
      case (.failed(.absentTensor(let task, let tensor, _, _)), .absent(let operation, let absent)):
        #expect(task.operation == operation)
        #expect(tensor == absent)
      case (.failed(.hostMemory(let gap, _)), .hostFull(let tensor)),
        (.failed(.nvmeMemory(let gap, _)), .nvmeFull(let tensor)):
        #expect(gap.tensor == tensor)
      case (.failed(.hostMemory), .stuck) where instance.usesNVMe: break
      case (.failed(.hostMemoryForRead(let task, _, _)), .stuck(let operation)):
        #expect(task.operation == operation)
      default:
        Issue.record("budget \(budget): \(result.verdict), but \(outcome)")
      }
      let tolerance = 1e-9 * max(1, naive.now)
      #expect(abs(result.iterationMicroseconds - (naive.now - naive.iterationStart)) <= tolerance)
      if case .startsTooFull = outcome { continue }
      if naive.tooMuchOnHost != nil || naive.tooMuchOnNVMe != nil { continue }
      #expect(result.peakDeviceBytes == naive.peak)
      #expect(result.peakHostBytes == naive.hostPeak)
      #expect(result.peakNVMeBytes == naive.nvmePeak)
      if result.isValid {
        #expect(abs(result.stallMicroseconds - naive.waited) <= tolerance)
      }
    }
  }

  @Test("two implementations agree where many things happen at once", arguments: UInt64(0)..<300)
  func naiveExact(seed: UInt64) throws {
    try compare(RandomInstance(seed: seed, isExact: true), hostBudget: nil)
  }

  @Test("two implementations agree where nothing happens at once", arguments: UInt64(0)..<300)
  func naiveInexact(seed: UInt64) throws {
    try compare(RandomInstance(seed: seed, isExact: false), hostBudget: nil)
  }

  @Test("two implementations agree on a small host", arguments: UInt64(0)..<100)
  func naiveHost(seed: UInt64) throws {
    try compare(RandomInstance(seed: seed, isExact: true), hostBudget: 9_000)
  }

  @Test("two implementations agree on NVMe", arguments: UInt64(0)..<200)
  func naiveNVMe(seed: UInt64) throws {
    let instance = RandomInstance(seed: seed, isExact: seed % 2 == 0, hasNVMe: true)
    for hostBudget in [nil, 30_000, 15_000, 9_000] { try compare(instance, hostBudget: hostBudget) }
    try compare(instance, hostBudget: 20_000, nvmeBudget: 9_000)
  }

  @Test("random plans reach the rules of NVMe")
  func nvmeVariety() throws {
    var seen: [String: Int] = [:]
    for seed in UInt64(0)..<300 {
      let instance = RandomInstance(seed: seed, isExact: seed % 2 == 0, hasNVMe: true)
      let simulator = try Simulator(profile: instance.profile)
      for hostBudget in [30_000, 15_000, 9_000] {
        let result = simulator.run(
          instance.decisions, budgetBytes: simulator.demand.unconstrainedPeak.bytes,
          hostBudgetBytes: hostBudget, nvmeBudgetBytes: 12_000)
        #expect(result.memory.allSatisfy { 0...12_000 ~= $0.nvmeBytes })
        if let failure = result.failure { seen[failure.kind, default: 0] += 1 }
        guard result.isValid else { continue }
        #expect(result.memory.allSatisfy { 0...hostBudget ~= $0.hostBytes })
        if result.bytesToNVMe > 0 { seen["written", default: 0] += 1 }
        if result.iterationStarts.count > 1, result.bytesToNVMe > 0 {
          seen["over the boundary", default: 0] += 1
        }
        // Copies to the host that waited for writes.
        let waited = result.copies.contains {
          $0.direction == .toHost && $0.startMicroseconds > $0.queuedMicroseconds
        }
        if waited { seen["waited", default: 0] += 1 }
        if result.isSteady { #expect(result.bytesToNVMe == result.bytesFromNVMe) }
      }
    }
    for kind in [
      "host_memory", "nvme_memory", "host_memory_for_read", "written", "over the boundary",
      "waited",
    ] {
      #expect(seen[kind, default: 0] >= 15, "\(kind): \(seen)")
    }
  }

  /// The valid runs of random plans, with their budgets.
  func validRuns(seed: UInt64) throws -> [(instance: RandomInstance, budget: Int)] {
    let instance = RandomInstance(seed: seed, isExact: seed % 2 == 0)
    let simulator = try Simulator(profile: instance.profile)
    return budgets(simulator)
      .filter { simulator.run(instance.decisions, budgetBytes: $0).isValid }
      .map { (instance, $0) }
  }

  @Test("the random plans reach every rule that they are to check")
  func variety() throws {
    var seen: [String: Int] = [:]
    for seed in UInt64(0)..<200 {
      for (instance, budget) in try validRuns(seed: seed) {
        let result = try Simulator(profile: instance.profile)
          .run(instance.decisions, budgetBytes: budget)
        seen["copies", default: 0] += result.copies.isEmpty ? 0 : 1
        seen["chains", default: 0] += result.recomputeMicroseconds > 0 ? 1 : 0
        seen["memory", default: 0] += result.memoryStallMicroseconds > 0 ? 1 : 0
        seen["swapIn", default: 0] += result.swapInStallMicroseconds > 0 ? 1 : 0
      }
    }
    #expect(seen.values.allSatisfy { $0 >= 20 }, "\(seen.sorted { $0.key < $1.key })")
  }

  @Test("no budget is ever exceeded, and the parts make the whole", arguments: UInt64(0)..<200)
  func withinBudget(seed: UInt64) throws {
    let instance = RandomInstance(seed: seed, isExact: seed % 2 == 0)
    let simulator = try Simulator(profile: instance.profile)
    for budget in budgets(simulator) {
      let result = simulator.run(
        instance.decisions, budgetBytes: budget, hostBudgetBytes: 20_000)
      if case .failed(.residentMemory) = result.verdict { continue }
      #expect(result.memory.allSatisfy { 0...budget ~= $0.deviceBytes })
      #expect(result.memory.allSatisfy { 0...20_000 ~= $0.hostBytes })
      #expect(result.memory.map(\.deviceBytes).max() == result.peakDeviceBytes)
      #expect(result.memory[result.peakSample].deviceBytes == result.peakDeviceBytes)
      for (sample, memory) in result.memory.enumerated() {
        let parts = result.occupancy(atSample: sample).map(\.bytes)
        #expect(parts.reduce(0, +) == memory.deviceBytes)
      }
      guard result.isValid else { continue }
      let whole =
        result.computeMicroseconds + result.recomputeMicroseconds + result.stallMicroseconds
      #expect(abs(whole - result.iterationMicroseconds) <= 1e-9 * whole)
      let last = result.iterationStarts.last ?? 0
      let stalls = result.stalls.filter { $0.startMicroseconds >= last }.map(\.microseconds)
      #expect(abs(stalls.reduce(0, +) - result.stallMicroseconds) <= 1e-9 * max(1, last))
      if result.isSteady { #expect(result.bytesToHost == result.bytesToDevice) }
      let isOverBoundary = simulator.storages.all.contains { storage in
        storage.boundaryGap != nil
          && instance.decisions.gaps.contains {
            $0.tensor == storage.tensor.id && $0.action != .keep
          }
      }
      if !isOverBoundary { #expect(result.memory.last?.hostBytes == 0) }
      let starts = result.copies.map(\.startMicroseconds)
      #expect(starts == starts.sorted())
    }
  }

  @Test("keeping everything takes the sum of the durations", arguments: UInt64(0)..<50)
  func keepAll(seed: UInt64) throws {
    let profile = RandomInstance(seed: seed, isExact: false).profile
    let simulator = try Simulator(profile: profile)
    let peak = simulator.demand.unconstrainedPeak.bytes
    let result = simulator.run(decisions(for: profile), budgetBytes: peak)
    #expect(result.isValid)
    #expect(
      result.iterationMicroseconds
        == profile.operators.map(\.durationMicroseconds).reduce(0, +))
    #expect(!simulator.run(decisions(for: profile), budgetBytes: peak - 1).isValid)
  }

  @Test("a plan that runs also runs where nothing waits for memory", arguments: UInt64(0)..<100)
  func ampleMemory(seed: UInt64) throws {
    for (instance, _) in try validRuns(seed: seed) {
      let simulator = try Simulator(profile: instance.profile)
      let result = simulator.run(instance.decisions, budgetBytes: .max)
      #expect(result.isValid)
      #expect(result.memoryStallMicroseconds == 0)
    }
  }

  @Test("names and the order of the tensors change nothing", arguments: UInt64(0)..<100)
  func renaming(seed: UInt64) throws {
    func rename(_ name: String) -> String { "\(name.count)\(String(name.reversed()))" }
    for (instance, budget) in try validRuns(seed: seed) {
      var profile = instance.profile
      profile.tensors.reverse()
      for index in profile.tensors.indices {
        profile.tensors[index].id = rename(profile.tensors[index].id)
        profile.tensors[index].aliasOf = profile.tensors[index].aliasOf.map(rename)
      }
      for index in profile.operators.indices {
        profile.operators[index].id = rename(profile.operators[index].id)
        profile.operators[index].reads = profile.operators[index].reads.map(rename).reversed()
        profile.operators[index].writes = profile.operators[index].writes.map(rename).reversed()
      }
      let gaps = instance.decisions.gaps.map { decision in
        let action: GapDecision.Action =
          switch decision.action {
          case .keep: .keep
          case .swap(let prefetchAt, let offloadAt, .host):
            .swap(prefetchAt: rename(prefetchAt), offloadAt: offloadAt.map(rename))
          case .swap(let prefetchAt, let offloadAt, .nvme(let readAt)):
            .swap(
              prefetchAt: rename(prefetchAt), offloadAt: offloadAt.map(rename),
              tier: .nvme(readAt: readAt.map(rename)))
          case .swap(let prefetchAt, let offloadAt, .compressed(let codec)):
            .swap(
              prefetchAt: rename(prefetchAt), offloadAt: offloadAt.map(rename),
              tier: .compressed(codec: codec))
          case .recompute(let operators, let at):
            .recompute(operators: operators.map(rename), at: at.map(rename))
          }
        return GapDecision(
          tensor: rename(decision.tensor), after: rename(decision.after),
          before: rename(decision.before), action: action)
      }
      let original = try Simulator(profile: instance.profile)
        .run(instance.decisions, budgetBytes: budget)
      let renamed = try Simulator(profile: profile)
        .run(SwapDecisions(gaps: gaps), budgetBytes: budget)
      #expect(renamed.memory == original.memory)
      #expect(renamed.tasks.map(\.startMicroseconds) == original.tasks.map(\.startMicroseconds))
      #expect(renamed.peakOperator == original.peakOperator.map(rename))
    }
  }

  @Test("scaling all times scales the run", arguments: UInt64(0)..<100, [0.5, 3])
  func scaling(seed: UInt64, factor: Double) throws {
    func scale(_ link: inout Link?) {
      link?.latencyMicroseconds *= factor
      for index in link?.points.indices ?? 0..<0 { link?.points[index].gbPerSecond /= factor }
      if let duplex = link?.duplexGBPerSecond { link?.duplexGBPerSecond = duplex / factor }
    }
    for (instance, budget) in try validRuns(seed: seed) {
      var profile = instance.profile
      for index in profile.operators.indices {
        profile.operators[index].durationMicroseconds *= factor
      }
      scale(&profile.device.hostToDevice)
      scale(&profile.device.deviceToHost)
      let original = try Simulator(profile: instance.profile)
        .run(instance.decisions, budgetBytes: budget)
      let scaled = try Simulator(profile: profile).run(instance.decisions, budgetBytes: budget)
      #expect(scaled.isValid)
      let expected = original.iterationMicroseconds * factor
      #expect(abs(scaled.iterationMicroseconds - expected) <= 1e-9 * max(1, expected))
      #expect(scaled.peakDeviceBytes == original.peakDeviceBytes)
    }
  }
}

extension Device? {
  /// The link from the host, of no effect without a device.
  fileprivate var hostToDevice: Link? {
    get { self?.hostToDevice }
    set { self?.hostToDevice = newValue }
  }

  /// The link to the host, of no effect without a device.
  fileprivate var deviceToHost: Link? {
    get { self?.deviceToHost }
    set { self?.deviceToHost = newValue }
  }
}
