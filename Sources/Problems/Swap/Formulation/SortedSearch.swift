extension RandomAccessCollection where Index == Int {
  /// The first position from which on a condition holds, of elements sorted so that it then holds for all; the end if
  /// it never does.
  func partitionPoint(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
