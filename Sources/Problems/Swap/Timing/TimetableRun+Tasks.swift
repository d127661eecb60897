import Profiles

/// Operators, chains and kernels on the compute stream.
extension TimetableRun {
  /// Goes to the chains that run before the operator at work.
  mutating func prepareOperator() {
    guard !isFinished else { return }
    chainGap = firstChain[operatorAtWork]
    if usesCodecs { kernel = firstKernel[operatorAtWork] }
    prepareChain()
  }

  /// Goes to the first link of the chain to run next.
  mutating func prepareChain() {
    guard chainGap >= 0, let chain = box.course.chosenChain(chainGap, decisions) else { return }
    link = box.course.firstLink[chain]
    linkEnd = box.course.firstLink[chain + 1]
  }

  mutating func startTask() {
    guard taskEnd == .infinity, !isFinished else { return }
    if kernel >= 0 { return startKernel() }
    if chainGap >= 0 {
      guard take(box.course.linkTaken[link], needing: box.course.linkNeeds, of: link) else {
        return
      }
      taskEnd = now + box.course.linkDuration[link]
      recompute += box.course.linkDuration[link]
    } else {
      let step = operatorAtWork
      guard take(box.course.taken[step], needing: box.course.needs, of: step) else { return }
      taskEnd = now + box.course.durations[step]
      var gap = firstPrefetch[step]
      while gap >= 0 {
        back.append(gap)
        gap = nextPrefetch[gap]
      }
      if usesNVMe {
        gap = firstRead[step]
        while gap >= 0 {
          read.append(gap)
          gap = nextRead[gap]
        }
      }
    }
  }

  /// Takes memory if it fits and everything needed is on the device.
  mutating func take(_ bytes: Int, needing needs: Lists, of index: Int) -> Bool {
    guard used + bytes <= box.course.budget else { return false }
    for item in needs.range(index) where !isResident[needs.items[item]] { return false }
    used += bytes
    peak = max(peak, used)
    return true
  }

  mutating func endTask() {
    taskEnd = .infinity
    if kernel >= 0 { return endKernel() }
    guard chainGap >= 0 else { return endOperator() }
    used -= box.course.linkFreed[link]
    link += 1
    if link == linkEnd {
      isResident[box.course.gapStorage[chainGap]] = true
      let maker = box.course.gapMaker[chainGap]
      chainGap = nextChain[chainGap]
      // What the operator makes besides for this moment stays.
      while chainGap >= 0, box.course.gapMaker[chainGap] == maker {
        isResident[box.course.gapStorage[chainGap]] = true
        used += box.course.gapBytes[chainGap]
        chainGap = nextChain[chainGap]
      }
      prepareChain()
    }
  }

  mutating func endOperator() {
    let step = operatorAtWork
    used -= box.course.freed[step]
    for item in box.course.makes.range(step) { isResident[box.course.makes.items[item]] = true }
    for item in box.course.gapsAfter.range(step) {
      let gap = box.course.gapsAfter.items[item]
      switch decisions[gap] {
      case .keep: break
      case .swap:
        isResident[box.course.gapStorage[gap]] = false
        isOut[gap] = false
        isWritten[gap] = false
        isDecodable[gap] = false
      case .recompute:
        isResident[box.course.gapStorage[gap]] = false
        used -= box.course.gapBytes[gap]
      }
    }
    var gap = firstOffload[step]
    while gap >= 0 {
      out.append(gap)
      gap = nextOffload[gap]
    }
    operatorAtWork += 1
    prepareOperator()
  }
}
