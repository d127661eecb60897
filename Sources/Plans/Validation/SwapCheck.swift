import Profiles

/// Checks the decisions of a swap plan against the profile that they are for.
struct SwapCheck {
  private let profile: Profile
  private let storages: Storages
  /// The decision of each gap found so far, as a position in the plan.
  private var decided: [IdleGap: Int] = [:]
  private let gaps: [IdleGap]
  private let isGap: Set<IdleGap>
  /// What was found.
  private(set) var faults: FaultList

  /// Prepares a check that adds to the faults found before.
  init(of profile: Profile, faults: FaultList) {
    self.profile = profile
    self.faults = faults
    storages = Storages(of: profile)
    gaps = storages.gaps
    isGap = Set(gaps)
  }

  /// Checks that each idle gap is decided exactly once, and that each decision can be carried out.
  mutating func run(_ decisions: SwapDecisions) {
    for (index, decision) in decisions.gaps.enumerated() {
      let path = JSONPath.root["decisions"]["gaps"][index]
      guard let gap = gap(of: decision, at: path) else { continue }
      if let first = decided[gap] {
        faults.add(path, "decisions.gaps[\(first)] decides this gap too", "keep one of the two")
        continue
      }
      decided[gap] = index
      switch decision.action {
      case .keep: break
      case .swap(let prefetchAt, let offloadAt, let tier):
        checkSwap(of: gap, prefetchAt, at: path)
        if let offloadAt { checkOffload(of: gap, offloadAt, prefetchAt: prefetchAt, at: path) }
        if case .nvme(let readAt) = tier {
          checkTier(
            of: gap, readAt, offloadAt: offloadAt ?? decision.after, prefetchAt: prefetchAt,
            at: path)
        }
        if let codec = tier.codec { checkCodec(codec, of: gap, at: path["codec"]) }
      case .recompute(let operators, let at):
        if let at { checkMoment(at, of: gap, at: path["recompute_at"]) }
        let moment = at.flatMap { storages.operatorIndex[$0] } ?? gap.before
        checkChain(operators, of: gap, before: moment, at: path["operators"])
      }
    }
    for gap in gaps where decided[gap] == nil {
      let name = name(of: gap)
      faults.add(
        .root["decisions"]["gaps"], "nothing is decided for \(name)",
        "add it, with the action keep if the tensor stays")
    }
  }

  // MARK: - Gaps

  /// The idle gap that a decision names.
  private mutating func gap(of decision: GapDecision, at path: JSONPath) -> IdleGap? {
    let after = step(decision.after, at: path["after"])
    let before = step(decision.before, at: path["before"])
    guard let storage = storages.indexByTensor[decision.tensor] else {
      faults.add(
        path["tensor"], "the profile has no tensor \(JSON.quoted(decision.tensor))",
        "correct the name, or give the profile that the plan is for")
      return nil
    }
    let owner = storages.all[storage].tensor.id
    guard owner == decision.tensor else {
      faults.add(
        path["tensor"], "\(JSON.quoted(decision.tensor)) is an alias",
        "name \(JSON.quoted(owner)), which owns the memory")
      return nil
    }
    guard let after, let before else { return nil }
    let gap = IdleGap(storage: storage, after: after, before: before)
    if !isGap.contains(gap) {
      let name = name(of: gap)
      faults.add(
        path, "the profile has no idle gap of \(name)",
        "name two operators in a row that use the tensor, with others in between")
      return nil
    }
    return gap
  }

  private mutating func step(_ name: String, at path: @autoclosure () -> JSONPath) -> Int? {
    if let step = storages.operatorIndex[name] { return step }
    faults.add(
      path(), "the profile has no operator \(JSON.quoted(name))",
      "correct the name, or give the profile that the plan is for")
    return nil
  }

  private func name(of gap: IdleGap) -> String {
    let operators = profile.operators
    return JSON.quoted(storages.all[gap.storage].tensor.id)
      + " after \(JSON.quoted(operators[gap.after].id))"
      + " before \(JSON.quoted(operators[gap.before].id))"
  }

  // MARK: - Actions

  private mutating func checkSwap(of gap: IdleGap, _ prefetchAt: String, at path: JSONPath) {
    let tensor = storages.all[gap.storage].tensor
    if !tensor.isMovable {
      faults.add(path["action"], "\(JSON.quoted(tensor.id)) is not movable", "keep it")
    }
    guard let trigger = step(prefetchAt, at: path["prefetch_at"]) else { return }
    if !gap.contains(trigger) {
      faults.add(
        path["prefetch_at"], "\(JSON.quoted(prefetchAt)) doesn't lie inside the gap",
        "name an operator after \(JSON.quoted(profile.operators[gap.after].id)) and before "
          + JSON.quoted(profile.operators[gap.before].id)
          + (gap.wraps ? " of the next iteration" : ""))
    }
  }

  private mutating func checkOffload(
    of gap: IdleGap, _ offloadAt: String, prefetchAt: String, at path: JSONPath
  ) {
    guard let step = step(offloadAt, at: path["offload_at"]),
      let trigger = storages.operatorIndex[prefetchAt], gap.contains(trigger),
      !gap.isOffload(step, before: trigger)
    else { return }
    faults.add(
      path["offload_at"], "\(JSON.quoted(offloadAt)) doesn't come before the copy back is queued",
      "name \(JSON.quoted(profile.operators[gap.after].id)) or an operator between it and "
        + JSON.quoted(prefetchAt))
  }

  private mutating func checkTier(
    of gap: IdleGap, _ readAt: String?, offloadAt: String, prefetchAt: String, at path: JSONPath
  ) {
    if profile.device?.hostToNVMe == nil || profile.device?.nvmeToHost == nil {
      faults.add(
        path["tier"], "the profile has no device.links.nvme",
        "add the link to the profile, or swap to the host")
    }
    guard let readAt, let step = step(readAt, at: path["read_at"]),
      let trigger = storages.operatorIndex[prefetchAt], gap.contains(trigger),
      let offload = storages.operatorIndex[offloadAt], gap.isOffload(offload, before: trigger),
      !gap.isRead(step, from: offload, to: trigger)
    else { return }
    faults.add(
      path["read_at"],
      "\(JSON.quoted(readAt)) doesn't run from the copy to the host to the copy back",
      "name \(JSON.quoted(prefetchAt)) or an operator between it and \(JSON.quoted(offloadAt))")
  }

  /// Checks that a codec can encode the tensor on the device.
  private mutating func checkCodec(_ id: String, of gap: IdleGap, at path: JSONPath) {
    let tensor = storages.all[gap.storage].tensor
    guard let codec = profile.codecs.first(where: { $0.id == id }) else {
      faults.add(
        path, "the profile has no codec \(JSON.quoted(id))",
        "correct the name, or give the profile that the plan is for")
      return
    }
    if codec.place != .device {
      faults.add(
        path, "\(JSON.quoted(id)) doesn't run on the device", "name one that does, or remove it")
    }
    if !codec.isFor(bytes: tensor.bytes, elementBytes: tensor.elementBytes) {
      faults.add(
        path,
        "\(JSON.quoted(id)) is not for \(JSON.quoted(tensor.id)), by its size or its elements",
        "name another one, or remove it")
    }
    if gap.wraps {
      let name = name(of: gap)
      faults.add(
        path, "\(name) lasts into the next iteration", "swap the tensor as it is")
    }
  }

  /// Checks that a chain runs while the tensor is away.
  private mutating func checkMoment(_ name: String, of gap: IdleGap, at path: JSONPath) {
    guard let step = step(name, at: path), step != gap.before, !gap.contains(step) else { return }
    faults.add(
      path, "\(JSON.quoted(name)) doesn't lie inside the gap",
      "name \(JSON.quoted(profile.operators[gap.before].id)) or an operator of the gap")
  }

  /// Checks that a chain that runs before an operator gives the content that the tensor had when the gap
  /// began.
  private mutating func checkChain(
    _ names: [String], of gap: IdleGap, before moment: Int, at path: JSONPath
  ) {
    if gap.wraps {
      let name = name(of: gap)
      faults.add(
        path, "\(name) lasts into the next iteration, where nothing can make it again",
        "keep or swap the tensor")
      return
    }
    /// For each storage made so far, the operator of the chain that wrote it last.
    var made: [Int: Int] = [:]
    for (index, name) in names.enumerated() {
      let place = path[index]
      guard let step = step(name, at: place) else { return }
      if !profile.operators[step].isRecomputable {
        faults.add(place, "\(JSON.quoted(name)) is not recomputable", "keep or swap the tensor")
      }
      if step > gap.after {
        faults.add(
          place, "\(JSON.quoted(name)) runs after the gap began",
          "name operators that made the tensor before")
        return
      }
      for storage in storages.reads[step] {
        checkInput(storage, of: step, made: made, gap: gap, before: moment, at: place)
      }
      let isLast = index == names.count - 1
      let makesTensor = storages.writes[step].contains(gap.storage)
      if makesTensor != isLast {
        let tensor = JSON.quoted(storages.all[gap.storage].tensor.id)
        faults.add(
          place,
          "\(JSON.quoted(name)) " + (isLast ? "doesn't write \(tensor)" : "writes \(tensor)"),
          "let the last operator of the chain write it, and no other")
        return
      }
      for storage in storages.writes[step] { made[storage] = step }
    }
    if let last = made[gap.storage] { checkLastWriter(last, of: gap, at: path) }
  }

  private mutating func checkLastWriter(_ step: Int, of gap: IdleGap, at path: JSONPath) {
    guard let writer = storages.all[gap.storage].writes.last(where: { $0 <= gap.after }),
      writer != step
    else { return }
    faults.add(
      path, "\(JSON.quoted(profile.operators[writer].id)) changes the tensor later",
      "keep or swap the tensor")
  }

  /// Checks that an operator of a chain reads what it read the first time.
  private mutating func checkInput(
    _ storage: Int, of step: Int, made: [Int: Int], gap: IdleGap, before moment: Int,
    at path: JSONPath
  ) {
    let writes = storages.all[storage].writes
    let tensor = JSON.quoted(storages.all[storage].tensor.id)
    if let maker = made[storage] {
      guard writes.last(where: { $0 < step }) != maker else { return }
      faults.add(
        path, "\(tensor) comes from another operator of the chain than the first time",
        "add the operator that writes it last")
    } else if storage == gap.storage {
      faults.add(path, "it reads \(tensor), which is away", "keep or swap the tensor")
    } else if let changed = writes.first(where: { $0 >= step && $0 < moment }) {
      faults.add(
        path,
        "\(tensor), which it reads, is changed by \(JSON.quoted(profile.operators[changed].id))",
        "make it again in the chain, or keep or swap the tensor")
    }
  }
}
