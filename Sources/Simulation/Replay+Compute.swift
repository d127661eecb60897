import Profiles

extension Replay {
  /// Starts the next task if it can start.
  mutating func startTask() throws(Failure) -> Bool {
    guard running == nil, !isFinished else { return false }
    let task = stream.tasks[nextTask]
    guard try findNeeds(of: task) else { return false }
    let allResident = wait.allResident ?? now
    wait.allResident = allResident
    guard task.newBytes <= budget - used else { return false }
    recordStalls(of: task, allResident: allResident)
    if let kernel = task.kernel {
      startKernel(kernel.kind, held: kernel.held, for: task)
      return true
    }
    takeMemory(for: task)
    if task.absence == nil {
      for absence in stream.read[task.step] { fromNVMe.append(absence, at: now) }
      for absence in stream.prefetched[task.step] {
        toDevice.append(absence, at: now)
        presence[stream.absences[absence].storage] = .coming
      }
    }
    return true
  }

  /// Looks for the storages that a task needs.
  ///
  /// What has been found resident stays so while the task waits, so each need is found once.
  private mutating func findNeeds(of task: StreamTask) throws(Failure) -> Bool {
    if task.kernel?.kind == .decode, let absence = task.absence {
      if !isDecodable[absence] { wait.awaited = stream.absences[absence].storage }
      return isDecodable[absence]
    }
    if !wait.isChecked {
      for need in task.needs {
        guard case .absent(let absence) = presence[need] else { continue }
        let tensor = storages.all[need].tensor
        throw .absentTensor(taskName(task), tensor: tensor.id, bytes: tensor.bytes, absence)
      }
      wait.isChecked = true
    }
    while wait.found < task.needs.count {
      guard case .resident = presence[task.needs[wait.found]] else {
        wait.awaited = task.needs[wait.found]
        return false
      }
      wait.found += 1
    }
    return true
  }

  /// Records how long a task that starts now has waited, and for what.
  private mutating func recordStalls(of task: StreamTask, allResident: Double) {
    if allResident > wait.since {
      result.swapInStallMicroseconds += allResident - wait.since
      result.stalls.append(
        Stall(
          step: task.step, task: taskName(task), cause: .swapIn,
          tensor: wait.awaited.map { storages.all[$0].tensor.id },
          startMicroseconds: wait.since, endMicroseconds: allResident))
    }
    if now > allResident {
      result.memoryStallMicroseconds += now - allResident
      result.stalls.append(
        Stall(
          step: task.step, task: taskName(task), cause: .memory, tensor: nil,
          startMicroseconds: allResident, endMicroseconds: now))
    }
  }

  /// Takes the memory of a task that starts now.
  private mutating func takeMemory(for task: StreamTask) {
    let operation = profile.operators[task.step]
    if task.isFirstOfChain { recordOfBuffer.removeAll(keepingCapacity: true) }
    for index in task.makes {
      let tensor = storages.all[index].tensor
      let isRefilled = task.refills.contains { stream.absences[$0].storage == index }
      guard let absence = task.absence, !isRefilled else {
        let record = open(.tensor(tensor.id), bytes: tensor.bytes)
        recordOfStorage[index] = record
        if task.absence == nil { presence[index] = .resident }
        recordOfBuffer.append(record)
        continue
      }
      let name = stream.absences[absence].name
      recordOfBuffer.append(open(.temporary(tensor.id, chain: name), bytes: tensor.bytes))
    }
    var workspace: Int?
    if operation.workspaceBytes > 0 {
      workspace = open(.workspace(taskName(task)), bytes: operation.workspaceBytes)
    }
    if !task.makes.isEmpty || workspace != nil { sample() }
    running = Running(
      start: now, duration: operation.durationMicroseconds, workspace: workspace)
  }

  /// Ends the task that runs: frees what it leaves, and lets gaps begin.
  mutating func endTask() {
    guard let ended = running else { return }
    let task = stream.tasks[nextTask]
    running = nil
    nextTask += 1
    wait = Wait(since: now)
    if let kernel = task.kernel, let absence = task.absence {
      result.codecMicroseconds += kernel.held
      result.tasks.append(
        ComputeTask(
          step: task.step, task: taskName(task), startMicroseconds: ended.start,
          endMicroseconds: now))
      endKernel(kernel.kind, of: absence)
      return
    }
    let duration = profile.operators[task.step].durationMicroseconds
    if task.absence == nil {
      result.computeMicroseconds += duration
    } else {
      result.recomputeMicroseconds += duration
    }
    result.tasks.append(
      ComputeTask(
        step: task.step, task: taskName(task), startMicroseconds: ended.start,
        endMicroseconds: now))

    let before = used
    if let workspace = ended.workspace { close(workspace) }
    if task.absence == nil {
      for storage in task.frees {
        close(recordOfStorage[storage])
        presence[storage] = .absent(.freed)
      }
      beginGaps(after: task.step)
      if used != before || !task.frees.isEmpty { sample() }
      if nextTask == stream.tasks.count { endIteration() }
      return
    }
    for buffer in task.frees { close(recordOfBuffer[buffer]) }
    for absence in task.refills { presence[stream.absences[absence].storage] = .resident }
    if used != before || !task.frees.isEmpty { sample() }
  }

  /// Drops what is recomputed later, and queues the copies of what is swapped.
  private mutating func beginGaps(after step: Int) {
    for absence in stream.beginning[step] {
      let storage = stream.absences[absence].storage
      if stream.absences[absence].isSwap {
        presence[storage] = .absent(.onHost)
        hasReachedHost[absence] = false
        hasReachedNVMe[absence] = false
        isDecodable[absence] = false
      } else {
        presence[storage] = .absent(.dropped)
        close(recordOfStorage[storage])
      }
    }
    for absence in stream.offloaded[step] { toHost.append(absence, at: now) }
  }
}
