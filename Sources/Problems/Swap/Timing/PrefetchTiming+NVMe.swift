extension PrefetchTiming {
  /// Queues the reads from NVMe in the order of their copies back: each so early that all end in time if each
  /// takes `stretch` times as long as it should, but, if `keepsRoom`, not where the host has no room for what is
  /// read.
  func setLeads(_ decisions: inout [Decision], stretch: Double, keepsRoom: Bool) {
    var reads: [(due: Double, gap: Int, prefetch: Int, lag: Int)] = []
    for gap in decisions.indices {
      guard case .swap(let prefetch, let lag, .nvme) = decisions[gap] else { continue }
      reads.append((course.triggerTime(of: gap, prefetch: prefetch), gap, prefetch, lag))
    }
    guard !reads.isEmpty else { return }
    reads.sort { ($0.due, $0.gap) < ($1.due, $1.gap) }
    var starts = [Double](repeating: 0, count: reads.count)
    func setAll(before end: Double) -> Double {
      var next = end
      for index in reads.indices.reversed() {
        next = min(reads[index].due, next) - stretch * course.readTime[reads[index].gap]
        starts[index] = next
      }
      return next
    }
    let first = setAll(before: .infinity)
    // Reads for the next iteration's first operators are under way at the end of this one.
    if first < 0, reads.contains(where: { course.wraps($0.gap) }) {
      _ = setAll(before: course.computeTime + first)
    }
    var room = roomOnHost(decisions)
    for (read, start) in zip(reads, starts) {
      let (gap, bytes) = (read.gap, course.gapBytes[read.gap])
      let last = course.position(of: read.prefetch, in: gap)
      for position in last..<course.gapLength(gap) {
        room[course.step(at: position, in: gap)] -= bytes
      }
      let wanted = course.lead(of: gap, prefetch: read.prefetch, lag: read.lag, startingBy: start)
      var lead = 0
      if !keepsRoom { lead = wanted }
      while lead < wanted {
        let step = course.step(at: last - lead - 1, in: gap)
        guard room[step] >= bytes else { break }
        room[step] -= bytes
        lead += 1
      }
      decisions[gap] = .swap(prefetch: read.prefetch, lag: read.lag, tier: .nvme(lead: lead))
    }
  }

  /// The room on the host while each operator runs, beside what stays there and what is on its way to NVMe.
  ///
  /// Reads that go beyond it could take the room that a copy to the host needs before there is any on the
  /// device for what was read.
  private func roomOnHost(_ decisions: [Decision]) -> [Int] {
    var largest = 0
    var room = [Int](repeating: course.hostBudget, count: course.operatorCount)
    for (gap, decision) in decisions.enumerated() {
      guard case .swap(let prefetch, let lag, let tier) = decision else { continue }
      if tier.isNVMe {
        largest = max(largest, course.gapBytes[gap])
        continue
      }
      let first = course.firstAway(gap, prefetch: prefetch, lag: lag)
      for position in first..<course.gapLength(gap) {
        room[course.step(at: position, in: gap)] -= course.hostBytes(gap, decision)
      }
    }
    for step in room.indices { room[step] -= largest }
    return room
  }
}
