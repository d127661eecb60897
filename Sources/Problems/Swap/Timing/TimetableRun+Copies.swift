import Profiles

/// The copies between device and host.
extension TimetableRun {
  mutating func endCopyOut() {
    out.isBusy = false
    if decisions[out.current].isOnNVMe {
      write.append(out.current)
    } else {
      isOut[out.current] = true
    }
    used -= coded(out.current)?.coded.reservedBytes ?? box.course.gapBytes[out.current]
  }

  mutating func endCopyBack() {
    back.isBusy = false
    if let item = coded(back.current) {
      host -= item.coded.reservedBytes
      if item.coded.restOfDecode > 0 {
        decoding.append(back.current)
      } else {
        isDecodable[back.current] = true
      }
      return
    }
    isResident[box.course.gapStorage[back.current]] = true
    host -= box.course.gapBytes[back.current]
  }
}
