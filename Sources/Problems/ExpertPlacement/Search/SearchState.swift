/// An assignment that can be changed step by step, with the load of each device.
///
/// A slot without an expert holds the index `experts`, which weighs nothing and may be on every device.
/// The potential is the sum of the 16th powers of all loads: smooth, and close to the largest load.
struct SearchState {
  let problem: LayerProblem
  let devices: Int
  let scenarios: Int
  /// The index that stands for no expert.
  let none: Int
  /// One more than the largest number of replicas: the length of a row of weights.
  private let row: Int
  /// The device of each slot.
  let deviceOfSlot: [Int32]
  /// The first slot of each device, and one more entry.
  let firstSlot: [Int]
  /// The expert in each slot.
  private(set) var slots: [Int32]
  /// How many replicas each expert has.
  private(set) var counts: [Int32]
  /// The replicas of all experts.
  private(set) var total: Int
  /// The devices of each expert, `maximumReplicas` entries for each; the first `counts` are in use.
  private var hosts: [Int32]
  /// Whether an expert is on a device, at `expert * devices + device`.
  private var isOn: [Bool]
  /// The load of each device in each scenario, over its speed.
  private(set) var loads: [Double]
  /// The potential of each device in each scenario.
  private var powers: [Double]
  /// The sum of the potentials of each scenario.
  private(set) var scenarioPowers: [Double]
  /// Replicas that came to a device which lacked them.
  private(set) var moves = 0
  private let slowness: [Double]
  private let weights: [Double]
  private let tail: Double?
  private let isRestricted: Bool
  /// Loads changed by a proposal that may still be undone.
  private var undo: [(index: Int, load: Double, power: Double)] = []
  private var undoScenarioPowers: [Double] = []

  /// Starts from an assignment that the problem accepts.
  init(_ problem: LayerProblem, from assignment: Assignment) {
    self.problem = problem
    devices = problem.devices
    scenarios = problem.scenarios
    none = problem.experts
    row = problem.maximumReplicas + 1
    slowness = problem.slowness
    weights = problem.weights
    isRestricted = !problem.home.isEmpty
    if case .conditional(let level) = problem.robustness {
      tail = (1 - level) * Double(problem.scenarios)
    } else {
      tail = nil
    }
    var first = [0]
    var owners: [Int32] = []
    var slots: [Int32] = []
    for (device, list) in assignment.devices.enumerated() {
      let room = problem.slots[device]
      owners += Array(repeating: Int32(device), count: room)
      slots += list.map(Int32.init)
      slots += Array(repeating: Int32(problem.experts), count: room - list.count)
      first.append(slots.count)
    }
    deviceOfSlot = owners
    firstSlot = first
    self.slots = slots
    counts = [Int32](repeating: 0, count: problem.experts + 1)
    total = 0
    hosts = [Int32](repeating: 0, count: problem.experts * problem.maximumReplicas)
    isOn = [Bool](repeating: false, count: (problem.experts + 1) * problem.devices)
    loads = [Double](repeating: 0, count: devices * scenarios)
    powers = loads
    scenarioPowers = [Double](repeating: 0, count: scenarios)
    for (device, list) in assignment.devices.enumerated() {
      for expert in list {
        hosts[expert * (row - 1) + Int(counts[expert])] = Int32(device)
        counts[expert] += 1
        isOn[expert * devices + device] = true
        total += 1
      }
    }
    moves = problem.moves(of: assignment)
    recompute()
  }

  /// The assignment.
  var assignment: Assignment {
    Assignment(
      devices: (0..<devices).map { device in
        slots[firstSlot[device]..<firstSlot[device + 1]].filter { $0 < none }.map(Int.init)
      })
  }

  /// What the search makes small.
  var potential: Double {
    guard let tail else {
      var sum = 0.0
      for scenario in 0..<scenarios { sum += scenarioPowers[scenario] }
      return sum
    }
    var (left, sum) = (tail, 0.0)
    for power in scenarioPowers.sorted(by: >) where left > 0 {
      sum += min(1, left) * power
      left -= 1
    }
    return sum
  }

  /// The value as the problem defines it.
  var value: Double {
    if scenarios == 1 || problem.robustness == .worst {
      var largest = 0.0
      for load in loads where load > largest { largest = load }
      return largest
    }
    var values = [Double](repeating: 0, count: scenarios)
    for device in 0..<devices {
      for scenario in 0..<scenarios {
        values[scenario] = max(values[scenario], loads[device * scenarios + scenario])
      }
    }
    return problem.robustness.value(of: values)
  }

  /// The device with the largest potential.
  var heaviestDevice: Int {
    var (heaviest, largest) = (0, -1.0)
    for device in 0..<devices {
      var power = 0.0
      for scenario in 0..<scenarios { power += powers[device * scenarios + scenario] }
      if power > largest { (heaviest, largest) = (device, power) }
    }
    return heaviest
  }

  /// Computes loads and potentials anew, without the errors of many small changes.
  mutating func recompute() {
    for index in loads.indices { loads[index] = 0 }
    for slot in slots.indices {
      let (expert, device) = (Int(slots[slot]), Int(deviceOfSlot[slot]))
      for scenario in 0..<scenarios {
        loads[device * scenarios + scenario] +=
          weight(expert, Int(counts[expert]), scenario) * slowness[device]
      }
    }
    for scenario in 0..<scenarios { scenarioPowers[scenario] = 0 }
    for index in loads.indices {
      powers[index] = SearchState.power(loads[index])
      scenarioPowers[index % scenarios] += powers[index]
    }
  }

  @inline(__always)
  static func power(_ load: Double) -> Double {
    let second = load * load
    let fourth = second * second
    let eighth = fourth * fourth
    return eighth * eighth
  }

  @inline(__always)
  func weight(_ expert: Int, _ count: Int, _ scenario: Int) -> Double {
    weights[(expert &* row &+ (expert == none ? 0 : count)) &* scenarios &+ scenario]
  }

  /// Whether an expert may come to a device that may hold it already.
  @inline(__always)
  private func accepts(_ expert: Int, on device: Int) -> Bool {
    if expert == none { return true }
    if isOn[expert &* devices &+ device] { return false }
    return !isRestricted || problem.allows(expert, on: device)
  }

  /// How the moves change if an expert comes to (+1) or leaves (-1) a device.
  @inline(__always)
  private func moveChange(_ expert: Int, _ device: Int, _ change: Int) -> Int {
    guard let current = problem.current, expert != none else { return 0 }
    return current[expert * devices + device] ? 0 : change
  }

  @inline(__always)
  private func isWithinMoves(_ change: Int) -> Bool {
    guard let limit = problem.moveLimit else { return true }
    return change <= 0 || moves + change <= limit
  }

  // MARK: Swaps

  /// Whether two slots may exchange their experts.
  @inline(__always)
  func canSwap(_ a: Int, _ b: Int) -> Bool {
    let (first, second) = (Int(deviceOfSlot[a]), Int(deviceOfSlot[b]))
    let (one, other) = (Int(slots[a]), Int(slots[b]))
    guard first != second, one != other, accepts(one, on: second), accepts(other, on: first) else {
      return false
    }
    guard problem.current != nil else { return true }
    return isWithinMoves(swapMoves(one, first, other, second))
  }

  private func swapMoves(_ one: Int, _ first: Int, _ other: Int, _ second: Int) -> Int {
    moveChange(one, first, -1) + moveChange(one, second, 1) + moveChange(other, second, -1)
      + moveChange(other, first, 1)
  }

  /// Returns the larger load of the two devices after a swap.
  @inline(__always)
  func loadAfterSwap(_ a: Int, _ b: Int) -> Double {
    let (first, second) = (Int(deviceOfSlot[a]), Int(deviceOfSlot[b]))
    let (one, other) = (Int(slots[a]), Int(slots[b]))
    var largest = 0.0
    for scenario in 0..<scenarios {
      let change =
        weight(other, Int(counts[other]), scenario) - weight(one, Int(counts[one]), scenario)
      let here = loads[first &* scenarios &+ scenario] + change * slowness[first]
      let there = loads[second &* scenarios &+ scenario] - change * slowness[second]
      largest = max(largest, here, there)
    }
    return largest
  }

  /// Swaps two slots if the potential afterwards is at most `limit`.
  mutating func swap(_ a: Int, _ b: Int, ifAtMost limit: Double) -> Bool {
    let (first, second) = (Int(deviceOfSlot[a]), Int(deviceOfSlot[b]))
    let (one, other) = (Int(slots[a]), Int(slots[b]))
    if scenarios == 1 {
      let change = weight(other, Int(counts[other]), 0) - weight(one, Int(counts[one]), 0)
      let here = loads[first] + change * slowness[first]
      let there = loads[second] - change * slowness[second]
      let (powerHere, powerThere) = (SearchState.power(here), SearchState.power(there))
      let after = scenarioPowers[0] - powers[first] - powers[second] + powerHere + powerThere
      guard after <= limit else { return false }
      loads[first] = here
      loads[second] = there
      powers[first] = powerHere
      powers[second] = powerThere
      scenarioPowers[0] = after
    } else {
      begin()
      for scenario in 0..<scenarios {
        let change =
          weight(other, Int(counts[other]), scenario) - weight(one, Int(counts[one]), scenario)
        add(change, first, scenario)
        add(-change, second, scenario)
      }
      guard potential <= limit else {
        rollBack()
        return false
      }
    }
    if problem.current != nil { moves += swapMoves(one, first, other, second) }
    slots[a] = Int32(other)
    slots[b] = Int32(one)
    relocate(one, from: first, to: second)
    relocate(other, from: second, to: first)
    return true
  }

  private mutating func relocate(_ expert: Int, from old: Int, to new: Int) {
    guard expert != none else { return }
    isOn[expert &* devices &+ old] = false
    isOn[expert &* devices &+ new] = true
    let first = expert &* (row &- 1)
    for index in first..<(first &+ Int(counts[expert])) where hosts[index] == Int32(old) {
      hosts[index] = Int32(new)
      return
    }
  }

  // MARK: Replicas

  /// Whether a slot may hold another expert, or none, instead of its own.
  @inline(__always)
  func canReplace(_ slot: Int, with expert: Int) -> Bool {
    let (old, device) = (Int(slots[slot]), Int(deviceOfSlot[slot]))
    guard old != expert, old == none || counts[old] > 1 else { return false }
    if expert != none {
      guard Int(counts[expert]) < row - 1, accepts(expert, on: device),
        old != none || total < problem.replicaLimit
      else { return false }
    }
    guard problem.current != nil else { return true }
    return isWithinMoves(moveChange(old, device, -1) + moveChange(expert, device, 1))
  }

  /// Puts another expert in a slot if the potential afterwards is at most `limit`.
  mutating func replace(_ slot: Int, with expert: Int, ifAtMost limit: Double) -> Bool {
    let (old, device) = (Int(slots[slot]), Int(deviceOfSlot[slot]))
    begin()
    for scenario in 0..<scenarios {
      if old != none {
        let count = Int(counts[old])
        let less = weight(old, count, scenario)
        let change = weight(old, count - 1, scenario) - less
        let first = old &* (row &- 1)
        for index in first..<(first + count) where hosts[index] != Int32(device) {
          add(change, Int(hosts[index]), scenario)
        }
        add(-less, device, scenario)
      }
      if expert != none {
        let count = Int(counts[expert])
        let more = weight(expert, count + 1, scenario)
        let change = more - weight(expert, count, scenario)
        let first = expert &* (row &- 1)
        for index in first..<(first + count) { add(change, Int(hosts[index]), scenario) }
        add(more, device, scenario)
      }
    }
    guard potential <= limit else {
      rollBack()
      return false
    }
    if problem.current != nil {
      moves += moveChange(old, device, -1) + moveChange(expert, device, 1)
    }
    slots[slot] = Int32(expert)
    if old != none {
      let first = old &* (row &- 1)
      let last = first + Int(counts[old]) - 1
      for index in first...last where hosts[index] == Int32(device) {
        hosts[index] = hosts[last]
        break
      }
      counts[old] -= 1
      isOn[old * devices + device] = false
      total -= 1
    }
    if expert != none {
      hosts[expert &* (row &- 1) + Int(counts[expert])] = Int32(device)
      counts[expert] += 1
      isOn[expert * devices + device] = true
      total += 1
    }
    return true
  }

  // MARK: Changes of loads

  private mutating func begin() {
    undo.removeAll(keepingCapacity: true)
    undoScenarioPowers = scenarioPowers
  }

  @inline(__always)
  private mutating func add(_ change: Double, _ device: Int, _ scenario: Int) {
    let index = device &* scenarios &+ scenario
    undo.append((index, loads[index], powers[index]))
    loads[index] += change * slowness[device]
    let power = SearchState.power(loads[index])
    scenarioPowers[scenario] += power - powers[index]
    powers[index] = power
  }

  private mutating func rollBack() {
    for entry in undo.reversed() {
      loads[entry.index] = entry.load
      powers[entry.index] = entry.power
    }
    Swift.swap(&scenarioPowers, &undoScenarioPowers)
  }
}
