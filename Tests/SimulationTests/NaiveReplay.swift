import Plans
import Profiles

/// The rules of the page on the execution model, applied one at a time until none applies.
///
/// Slow and plain on purpose: everything goes by name, memory in use is added up anew at each
/// question, and copies proceed from event to event. It trusts its input.
struct NaiveReplay {
  enum Outcome: Equatable {
    case valid
    case stuck(operation: String)
    case absent(operation: String, tensor: String)
    case hostFull(tensor: String)
    case nvmeFull(tensor: String)
    case startsTooFull
  }

  struct Task {
    let operation: Operator
    let chain: GapDecision?
    let position: Int
  }

  struct Activity {
    let decision: GapDecision?
    var left: Double
  }

  let budget: Int
  let hostBudget: Int
  let nvmeBudget: Int
  let operators: [Operator]
  let owner: [String: String]
  let sizes: [String: Int]
  let persistent: Set<String>
  let device: Device?
  let decisions: [GapDecision]
  var tasks: [Task] = []
  /// The tasks of a whole iteration.
  var allTasks: [Task] = []
  /// What is taken when the first operator starts.
  var inputs: Set<String> = []
  let position: [String: Int]
  var boundary = ""
  /// The tensor that is away over the boundary without room for it on the host.
  var tooMuchOnHost: String?
  var tooMuchOnNVMe: String?
  var iterationStart = 0.0
  var iterations = 1
  var producer: [String: String] = [:]
  var last: [String: String] = [:]

  var now = 0.0
  var waited = 0.0
  var peak = 0
  var buffers: [String: Int] = [:]  // by what they hold
  var away: [String: GapDecision] = [:]
  var dropped: Set<String> = []
  var freed: Set<String> = []
  var onHost: [String: Int] = [:]
  var hostPeak = 0
  var onNVMe: [String: Int] = [:]
  var nvmePeak = 0
  /// What has been written, and what has been read again, by tensor.
  var written: Set<String> = []
  var readBack: Set<String> = []
  var writeQueue: [GapDecision] = []
  var readQueue: [GapDecision] = []
  var writing: Activity?
  var reading: Activity?
  var outQueue: [GapDecision] = []
  var inQueue: [GapDecision] = []
  var coming: Set<String> = []
  var running: Activity?
  var out: Activity?
  var back: Activity?

  init(
    _ profile: Profile, _ swap: SwapDecisions, budget: Int, hostBudget: Int = .max,
    nvmeBudget: Int = .max
  ) {
    self.budget = budget
    self.hostBudget = hostBudget
    self.nvmeBudget = nvmeBudget
    var target: [String: String] = [:]
    for tensor in profile.tensors { target[tensor.id] = tensor.aliasOf ?? tensor.id }
    for _ in profile.tensors { target = target.mapValues { target[$0] ?? $0 } }
    let owner = target
    self.owner = owner
    let owners = profile.tensors.filter { $0.aliasOf == nil }
    sizes = Dictionary(uniqueKeysWithValues: owners.map { ($0.id, $0.bytes) })
    persistent = Set(owners.filter(\.isPersistent).map(\.id))
    device = profile.device
    decisions = swap.gaps
    position = Dictionary(
      uniqueKeysWithValues: profile.operators.enumerated().map { ($1.id, $0) })
    operators = profile.operators.map { original in
      var operation = original
      operation.reads = Array(Set(original.reads.map { owner[$0] ?? $0 })).sorted()
      operation.writes = Array(Set(original.writes.map { owner[$0] ?? $0 })).sorted()
      return operation
    }
    for operation in operators {
      for id in operation.writes
      where last[id] == nil && !operation.reads.contains(id) && !persistent.contains(id) {
        producer[id] = operation.id
      }
      for id in operation.reads + operation.writes { last[id] = operation.id }
    }
    for operation in operators {
      // In the order of their last operators; `sort` may exchange equals, so one pass for each.
      for last in operators {
        for decision in decisions {
          guard case .recompute(let chain, let at) = decision.action, chain.last == last.id,
            (at ?? decision.before) == operation.id
          else { continue }
          // Its operator may have made it for another chain.
          if partners(of: decision).contains(where: { other in
            tasks.contains { $0.chain == other && $0.operation.id == last.id }
          }) {
            continue
          }
          for (position, id) in chain.enumerated() {
            guard let again = operators.first(where: { $0.id == id }) else { continue }
            tasks.append(Task(operation: again, chain: decision, position: position))
          }
        }
      }
      tasks.append(Task(operation: operation, chain: nil, position: 0))
    }
    allTasks = tasks
    for id in sizes.keys where producer[id] == nil {
      if !persistent.contains(id) && last[id] != nil {
        inputs.insert(id)
      } else {
        buffers[id] = sizes[id]
      }
    }
    var queued: [(Int, GapDecision)] = []
    for decision in decisions {
      guard case .swap(let prefetchAt, let offloadAt, _) = decision.action,
        isOverBoundary(decision), let trigger = position[prefetchAt],
        let after = position[decision.after]
      else { continue }
      if let offloadAt, let offload = position[offloadAt], offload < after {
        away[decision.tensor] = decision  // still on the device
        continue
      }
      buffers[decision.tensor] = nil
      away[decision.tensor] = decision
      queued.append((trigger, decision))
      if trigger > after { coming.insert(decision.tensor) }
    }
    for trigger in operators.indices {
      for (_, decision) in queued where readOperator(decision) == operators[trigger].id {
        if trigger > position[decision.after] ?? 0 { readQueue.append(decision) }
      }
      for (step, decision) in queued where step == trigger {
        if readOperator(decision) != nil {
          onNVMe[decision.tensor] = sizes[decision.tensor]
          written.insert(decision.tensor)
          if onNVMe.values.reduce(0, +) > nvmeBudget && tooMuchOnNVMe == nil && tooMuchOnHost == nil
          {
            tooMuchOnNVMe = decision.tensor
          }
          if coming.contains(decision.tensor) { inQueue.append(decision) }
          continue
        }
        onHost[decision.tensor] = sizes[decision.tensor]
        if onHost.values.reduce(0, +) > hostBudget && tooMuchOnHost == nil && tooMuchOnNVMe == nil {
          tooMuchOnHost = decision.tensor
        }
        if coming.contains(decision.tensor) { inQueue.append(decision) }
      }
    }
    boundary = state
  }

  /// The operator whose start queues the read from NVMe; nil for what stays on the host.
  func readOperator(_ decision: GapDecision) -> String? {
    guard case .swap(let prefetchAt, let offloadAt, .nvme(let readAt)) = decision.action else {
      return nil
    }
    if let readAt { return readAt }
    // The nearest operator before that is early enough, in the cycle of iterations.
    let need = device?.nvmeToHost?.copyMicroseconds(bytes: sizes[decision.tensor] ?? 0) ?? 0
    var index = position[prefetchAt] ?? 0
    var time = 0.0
    while time < need {
      let previous = (index + operators.count - 1) % operators.count
      if operators[previous].id == offloadAt ?? decision.after { break }
      index = previous
      time += operators[index].durationMicroseconds
    }
    return operators[index].id
  }

  /// Whether anything goes on to NVMe.
  var usesNVMe: Bool { decisions.contains { readOperator($0) != nil } }

  func isOverBoundary(_ decision: GapDecision) -> Bool {
    (position[decision.before] ?? 0) <= (position[decision.after] ?? 0)
  }

  /// All copies that wait or are under way, with the work left in steps of a billionth of a second.
  var state: String {
    func text(_ activity: Activity?) -> String {
      activity.map { "\($0.decision?.tensor ?? "")=\(($0.left * 1e3).rounded())" } ?? "-"
    }
    let queues = [outQueue, inQueue, writeQueue, readQueue].map { $0.map(\.tensor) }
    return "\(queues) \(text(out)) \(text(back)) \(text(writing)) \(text(reading))"
  }

  /// Begins another iteration, or none if the last one began as the one before it.
  mutating func endIteration() {
    let now = state
    guard now != boundary, iterations < 8 else { return }
    boundary = now
    iterations += 1
    iterationStart = self.now
    waited = 0
    freed = []
    tasks = allTasks
  }

  var used: Int { buffers.values.reduce(0, +) }

  mutating func run() -> Outcome {
    peak = used
    hostPeak = onHost.values.reduce(0, +)
    nvmePeak = onNVMe.values.reduce(0, +)
    if let tooMuchOnNVMe { return .nvmeFull(tensor: tooMuchOnNVMe) }
    if let tooMuchOnHost { return .hostFull(tensor: tooMuchOnHost) }
    if used > budget { return .startsTooFull }
    if tasks.isEmpty { return .valid }
    while true {
      var applied = true
      while applied {
        switch step() {
        case .some(let outcome): return outcome
        case .none: applied = progressed
        }
        peak = max(peak, used)
        hostPeak = max(hostPeak, onHost.values.reduce(0, +))
        nvmePeak = max(nvmePeak, onNVMe.values.reduce(0, +))
      }
      let bothOnNVMe = writing != nil && reading != nil
      let writeRate = bothOnNVMe ? device?.hostToNVMe?.duplexFactor ?? 1 : 1
      let readRate = bothOnNVMe ? device?.nvmeToHost?.duplexFactor ?? 1 : 1
      let bothBusy = out != nil && back != nil
      let outRate = bothBusy ? device?.deviceToHost?.duplexFactor ?? 1 : 1
      let backRate = bothBusy ? device?.hostToDevice?.duplexFactor ?? 1 : 1
      var rest: [Double] = []
      if let running { rest.append(running.left) }
      if let out { rest.append(out.left / outRate) }
      if let back { rest.append(back.left / backRate) }
      if let writing { rest.append(writing.left / writeRate) }
      if let reading { rest.append(reading.left / readRate) }
      guard let pause = rest.min() else {
        guard let task = tasks.first else { return .valid }
        return .stuck(operation: task.operation.id)
      }
      if running == nil { waited += pause }
      now += pause
      let rounding = 1e-12 * now
      func left(_ activity: Activity?, rate: Double) -> Activity? {
        guard var activity else { return nil }
        activity.left -= pause * rate
        if activity.left <= rounding * rate { activity.left = 0 }
        return activity
      }
      running = left(running, rate: 1)
      out = left(out, rate: outRate)
      back = left(back, rate: backRate)
      writing = left(writing, rate: writeRate)
      reading = left(reading, rate: readRate)
    }
  }

  /// Whether the last step did anything.
  var progressed = false

  /// Applies the first rule that applies.
  mutating func step() -> Outcome? {
    progressed = true
    if let copy = out, copy.left == 0, let decision = copy.decision {
      out = nil
      buffers[decision.tensor] = nil
      if readOperator(decision) != nil { writeQueue.append(decision) }
      return nil
    }
    if let copy = back, copy.left == 0, let decision = copy.decision {
      back = nil
      onHost[decision.tensor] = nil
      away[decision.tensor] = nil
      coming.remove(decision.tensor)
      readBack.remove(decision.tensor)
      written.remove(decision.tensor)
      return nil
    }
    if let copy = writing, copy.left == 0, let decision = copy.decision {
      writing = nil
      onHost[decision.tensor] = nil
      written.insert(decision.tensor)
      return nil
    }
    if let copy = reading, copy.left == 0, let decision = copy.decision {
      reading = nil
      onNVMe[decision.tensor] = nil
      readBack.insert(decision.tensor)
      return nil
    }
    if let task = running, task.left == 0 {
      running = nil
      end(tasks.removeFirst())
      if tasks.isEmpty { endIteration() }
      return tasks.isEmpty ? .valid : nil
    }
    if running == nil, let task = tasks.first {
      for id in needs(task) where !isResident(id) && !coming.contains(id) {
        return .absent(operation: task.operation.id, tensor: id)
      }
      if start(task) { return nil }
    }
    if out == nil, let decision = outQueue.first, let link = device?.deviceToHost {
      let bytes = sizes[decision.tensor] ?? 0
      let fits = onHost.values.reduce(0, +) + bytes <= hostBudget
      if !fits && (!usesNVMe || bytes > hostBudget) { return .hostFull(tensor: decision.tensor) }
      if fits {
        outQueue.removeFirst()
        onHost[decision.tensor] = bytes
        out = Activity(decision: decision, left: link.copyMicroseconds(bytes: bytes))
        return nil
      }
    }
    if back == nil, let decision = inQueue.first, let link = device?.hostToDevice,
      buffers[decision.tensor] == nil, used + (sizes[decision.tensor] ?? 0) <= budget,
      readOperator(decision) == nil || readBack.contains(decision.tensor)
    {
      let bytes = sizes[decision.tensor] ?? 0
      inQueue.removeFirst()
      buffers[decision.tensor] = bytes
      back = Activity(decision: decision, left: link.copyMicroseconds(bytes: bytes))
      return nil
    }
    if writing == nil, let decision = writeQueue.first, let link = device?.hostToNVMe {
      let bytes = sizes[decision.tensor] ?? 0
      writeQueue.removeFirst()
      if onNVMe.values.reduce(0, +) + bytes > nvmeBudget {
        return .nvmeFull(tensor: decision.tensor)
      }
      onNVMe[decision.tensor] = bytes
      writing = Activity(decision: decision, left: link.copyMicroseconds(bytes: bytes))
      return nil
    }
    if reading == nil, let decision = readQueue.first, let link = device?.nvmeToHost,
      written.contains(decision.tensor)
    {
      let bytes = sizes[decision.tensor] ?? 0
      if onHost.values.reduce(0, +) + bytes <= hostBudget {
        readQueue.removeFirst()
        onHost[decision.tensor] = bytes
        reading = Activity(decision: decision, left: link.copyMicroseconds(bytes: bytes))
        return nil
      }
    }
    progressed = false
    return nil
  }

  func isResident(_ id: String) -> Bool {
    buffers[id] != nil && away[id] == nil && !dropped.contains(id)
  }

  /// The operators of a chain.
  func chain(of decision: GapDecision) -> [Operator] {
    guard case .recompute(let ids, _) = decision.action else { return [] }
    return ids.compactMap { id in operators.first { $0.id == id } }
  }

  func needs(_ task: Task) -> [String] {
    guard let decision = task.chain else {
      let touched = Set(task.operation.reads + task.operation.writes)
      let isFirst = task.operation.id == operators[0].id
      return touched.filter {
        producer[$0] != task.operation.id && !(isFirst && inputs.contains($0))
      }.sorted()
    }
    let made = chain(of: decision).prefix(task.position).flatMap(\.writes)
    return task.operation.reads.filter { !made.contains($0) }
  }

  mutating func start(_ task: Task) -> Bool {
    guard needs(task).allSatisfy(isResident) else { return false }
    var new: [String: Int] = ["workspace": task.operation.workspaceBytes]
    for id in task.operation.writes {
      if task.chain != nil {
        new["chain \(id) \(task.position)"] = sizes[id] ?? 0
      } else if producer[id] == task.operation.id {
        new[id] = sizes[id] ?? 0
      }
    }
    if task.chain == nil && task.operation.id == operators[0].id {
      for id in inputs { new[id] = sizes[id] ?? 0 }
    }
    guard used + new.values.reduce(0, +) <= budget else { return false }
    buffers.merge(new) { $1 }
    if task.chain == nil {
      for decision in decisions where readOperator(decision) == task.operation.id {
        readQueue.append(decision)
      }
      for decision in decisions {
        guard case .swap(task.operation.id, _, _) = decision.action else { continue }
        inQueue.append(decision)
        coming.insert(decision.tensor)
      }
    }
    running = Activity(decision: nil, left: task.operation.durationMicroseconds)
    return true
  }

  mutating func end(_ task: Task) {
    buffers["workspace"] = nil
    guard let decision = task.chain else {
      for (id, step) in last where step == task.operation.id && !persistent.contains(id) {
        buffers[id] = nil
      }
      for decision in decisions where decision.after == task.operation.id {
        switch decision.action {
        case .keep: break
        case .recompute:
          buffers[decision.tensor] = nil
          dropped.insert(decision.tensor)
        case .swap: away[decision.tensor] = decision
        }
      }
      for decision in decisions {
        guard case .swap(_, let offloadAt, _) = decision.action else { continue }
        if offloadAt ?? decision.after == task.operation.id { outQueue.append(decision) }
      }
      return
    }
    let chain = chain(of: decision)
    let partners = partners(of: decision)
    for made in 0...task.position {
      let isLast = made == chain.count - 1
      for id in chain[made].writes
      where id != decision.tensor && !(isLast && partners.contains { $0.tensor == id }) {
        let readers = chain.indices.filter { reader in
          reader > made && chain[reader].reads.contains(id)
            && !chain[(made + 1)..<reader].contains { $0.writes.contains(id) }
        }
        if !readers.contains(where: { $0 > task.position }) { buffers["chain \(id) \(made)"] = nil }
      }
    }
    if task.position == chain.count - 1 {
      buffers["chain \(decision.tensor) \(task.position)"] = nil
      buffers[decision.tensor] = sizes[decision.tensor]
      dropped.remove(decision.tensor)
      for partner in partners {
        buffers["chain \(partner.tensor) \(task.position)"] = nil
        buffers[partner.tensor] = sizes[partner.tensor]
        dropped.remove(partner.tensor)
      }
    }
  }

  /// Other decisions whose tensors the same operator makes again at the same moment.
  func partners(of decision: GapDecision) -> [GapDecision] {
    guard case .recompute(let chain, let at) = decision.action,
      let last = operators.first(where: { $0.id == chain.last })
    else { return [] }
    return decisions.filter { other in
      guard other != decision, case .recompute(let others, let moment) = other.action else {
        return false
      }
      return others.last == chain.last && last.writes.contains(other.tensor)
        && (moment ?? other.before) == (at ?? decision.before)
    }
  }
}
