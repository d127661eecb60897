import Profiles

extension Replay {
  /// Starts the copies whose turn it is if they can start.
  ///
  /// - Returns: Whether a copy of no duration has started and ended, so that more may happen now.
  mutating func startCopies() throws(Failure) -> Bool {
    if try startCopyToHost() { return true }
    if startCopyToDevice() { return true }
    if try startWrite() { return true }
    return startRead()
  }

  /// Starts the copy to the host whose turn it is if it fits; whether it has ended at once.
  private mutating func startCopyToHost() throws(Failure) -> Bool {
    if let entry = toHost.next {
      let bytes = hostBytes(of: entry.absence)
      guard bytes <= hostBudget - hostUsed else {
        // Writes to NVMe make room.
        if usesNVMe && bytes <= hostBudget { return false }
        throw .hostMemory(
          stream.absences[entry.absence].name,
          .init(bytes: bytes, usedBytes: hostUsed, budgetBytes: hostBudget))
      }
      hostUsed += bytes
      sample()
      toHost.start(bytes: linkBytes(of: entry.absence), at: now)
      if toHost.active?.work == 0 {
        finishCopyToHost()
        return true
      }
    }
    return false
  }

  /// Starts the copy to the device whose turn it is if it can start; whether it has ended at once.
  private mutating func startCopyToDevice() -> Bool {
    if let entry = toDevice.next, hasReachedHost[entry.absence] {
      let index = stream.absences[entry.absence].storage
      let tensor = storages.all[index].tensor
      guard returningBytes(of: entry.absence) <= budget - used else { return false }
      if let coded = stream.absences[entry.absence].coded {
        openReturning(entry.absence, coded)
      } else {
        recordOfStorage[index] = open(.tensor(tensor.id), bytes: tensor.bytes)
      }
      sample()
      toDevice.start(bytes: linkBytes(of: entry.absence), at: now)
      if toDevice.active?.work == 0 {
        finishCopyToDevice()
        return true
      }
    }
    return false
  }

  /// Ends a copy to the host: the device memory is free.
  mutating func finishCopyToHost() {
    guard let copy = toHost.finish() else { return }
    let storage = stream.absences[copy.entry.absence].storage
    if stream.absences[copy.entry.absence].isOnNVMe {
      toNVMe.append(copy.entry.absence, at: now)
    } else {
      hasReachedHost[copy.entry.absence] = true
    }
    close(codedRecords.removeValue(forKey: copy.entry.absence)?.staging ?? recordOfStorage[storage])
    sample()
    let bytes = linkBytes(of: copy.entry.absence)
    result.bytesToHost += bytes
    copiesToHost.append(record(copy, .toHost, bytes: bytes))
  }

  /// Ends a copy to the device: the storage is resident, and the host memory is free.
  mutating func finishCopyToDevice() {
    guard let copy = toDevice.finish() else { return }
    let absence = copy.entry.absence
    if let coded = stream.absences[absence].coded {
      if coded.restOfDecode > 0 {
        decoding.append(absence, at: now)
      } else {
        isDecodable[absence] = true
      }
    } else {
      presence[stream.absences[absence].storage] = .resident
    }
    let bytes = linkBytes(of: absence)
    hostUsed -= hostBytes(of: absence)
    sample()
    result.bytesToDevice += bytes
    copiesToDevice.append(record(copy, .toDevice, bytes: bytes))
  }

  /// Describes a copy that ends now.
  func record(
    _ copy: CopyQueue.Active, _ direction: CopyDirection, bytes: Int
  ) -> Copy {
    Copy(
      gap: stream.absences[copy.entry.absence].name, direction: direction, bytes: bytes,
      queuedMicroseconds: copy.entry.queued, startMicroseconds: copy.start, endMicroseconds: now)
  }
}
