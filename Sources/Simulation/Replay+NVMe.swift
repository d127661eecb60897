import Profiles

/// Writes from the host to NVMe and reads back.
extension Replay {
  /// Takes room on NVMe.
  mutating func takeNVMe(_ bytes: Int, for absence: Int) throws(Failure) {
    guard bytes <= nvmeBudget - nvmeUsed else {
      throw .nvmeMemory(
        stream.absences[absence].name,
        .init(bytes: bytes, usedBytes: nvmeUsed, budgetBytes: nvmeBudget))
    }
    nvmeUsed += bytes
  }

  /// Starts the write whose turn it is; whether it has ended at once.
  mutating func startWrite() throws(Failure) -> Bool {
    guard let entry = toNVMe.next else { return false }
    let bytes = storages.all[stream.absences[entry.absence].storage].bytes
    try takeNVMe(bytes, for: entry.absence)
    sample()
    toNVMe.start(bytes: bytes, at: now)
    guard toNVMe.active?.work == 0 else { return false }
    finishWrite()
    return true
  }

  /// Starts the read whose turn it is if it can start; whether it has ended at once.
  mutating func startRead() -> Bool {
    guard let entry = fromNVMe.next, hasReachedNVMe[entry.absence] else { return false }
    let bytes = storages.all[stream.absences[entry.absence].storage].bytes
    guard bytes <= hostBudget - hostUsed else { return false }
    hostUsed += bytes
    sample()
    fromNVMe.start(bytes: bytes, at: now)
    guard fromNVMe.active?.work == 0 else { return false }
    finishRead()
    return true
  }

  /// Ends a write: the host memory is free.
  mutating func finishWrite() {
    guard let copy = toNVMe.finish() else { return }
    hasReachedNVMe[copy.entry.absence] = true
    let bytes = storages.all[stream.absences[copy.entry.absence].storage].bytes
    hostUsed -= bytes
    sample()
    result.bytesToNVMe += bytes
    copiesToNVMe.append(record(copy, .toNVMe, bytes: bytes))
  }

  /// Ends a read: the room on NVMe is free, and the content waits on the host for the copy back.
  mutating func finishRead() {
    guard let copy = fromNVMe.finish() else { return }
    hasReachedHost[copy.entry.absence] = true
    let bytes = storages.all[stream.absences[copy.entry.absence].storage].bytes
    nvmeUsed -= bytes
    sample()
    result.bytesFromNVMe += bytes
    copiesFromNVMe.append(record(copy, .fromNVMe, bytes: bytes))
  }
}
