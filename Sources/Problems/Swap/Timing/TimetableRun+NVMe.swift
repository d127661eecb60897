import Profiles

/// The copies between host and NVMe.
extension TimetableRun {
  /// Whether a copy to the host fits there; it waits if not.
  mutating func hasRoomOnHost(toCopy gap: Int) -> Bool {
    let bytes = coded(gap)?.coded.reservedBytes ?? box.course.gapBytes[gap]
    if bytes > box.course.hostBudget { isOverfull = true }
    return host + bytes <= box.course.hostBudget
  }

  /// When a write or a read ends next; infinite if none is under way.
  var nvmeEnd: Double {
    let writeRate = read.isBusy ? box.course.duplexWrite : 1
    let readRate = write.isBusy ? box.course.duplexRead : 1
    return min(
      write.isBusy ? now + write.remaining / writeRate : .infinity,
      read.isBusy ? now + read.remaining / readRate : .infinity)
  }

  /// Lets writes and reads proceed to a moment.
  mutating func advanceNVMe(to next: Double) {
    let writeRate = read.isBusy ? box.course.duplexWrite : 1
    let readRate = write.isBusy ? box.course.duplexRead : 1
    func rest(_ queue: CopyQueue, rate: Double) -> Double {
      now + queue.remaining / rate <= next ? 0 : queue.remaining - (next - now) * rate
    }
    if write.isBusy { write.remaining = rest(write, rate: writeRate) }
    if read.isBusy { read.remaining = rest(read, rate: readRate) }
  }

  var hasEndedOnNVMe: Bool {
    (write.isBusy && write.remaining == 0) || (read.isBusy && read.remaining == 0)
  }

  mutating func endOnNVMe() {
    if write.isBusy, write.remaining == 0 {
      write.isBusy = false
      isWritten[write.current] = true
      host -= box.course.gapBytes[write.current]
    }
    if read.isBusy, read.remaining == 0 {
      read.isBusy = false
      isOut[read.current] = true
      nvme -= box.course.gapBytes[read.current]
    }
  }

  mutating func startOnNVMe() {
    if !write.isBusy, let gap = write.next {
      write.begin(gap, lasting: box.course.writeTime[gap])
      nvme += box.course.gapBytes[gap]
      nvmePeak = max(nvmePeak, nvme)
      if nvme > box.course.nvmeBudget { isOverfull = true }
    }
    if !read.isBusy, let gap = read.next, isWritten[gap],
      host + box.course.gapBytes[gap] <= box.course.hostBudget
    {
      read.begin(gap, lasting: box.course.readTime[gap])
      host += box.course.gapBytes[gap]
      hostPeak = max(hostPeak, host)
    }
  }
}
