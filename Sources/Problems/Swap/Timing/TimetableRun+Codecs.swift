import Profiles

/// What kernels of codecs do.
extension TimetableRun {
  /// What the codec of a gap takes; nil if the raw tensor is copied.
  @inline(__always)
  func coded(_ gap: Int) -> GapCodec? {
    usesCodecs ? box.course.coded(gap, decisions[gap]) : nil
  }

  /// What a copy back takes on the device.
  @inline(__always)
  func returningBytes(_ gap: Int) -> Int {
    coded(gap)?.returningBytes ?? box.course.gapBytes[gap]
  }

  /// Starts the held part of the kernel at hand if its memory fits, and if what it decodes is there.
  mutating func startKernel() {
    let gap = kernel / 2
    guard let item = coded(gap) else { return }
    let isDecoding = kernel % 2 == 1
    let kernels = item.coded
    var bytes = kernels.reservedBytes + kernels.workspaceBytes
    if isDecoding {
      guard isDecodable[gap] else { return }
      // Where decoding began beside the stream, its memory is taken already.
      bytes = kernels.restOfDecode > 0 ? 0 : box.course.gapBytes[gap] + kernels.workspaceBytes
    }
    guard used + bytes <= box.course.budget else { return }
    used += bytes
    peak = max(peak, used)
    let held = isDecoding ? kernels.heldDecode : kernels.heldEncode
    taskEnd = now + held
    codec += held
  }

  /// Ends the held part of the kernel at hand.
  mutating func endKernel() {
    let gap = kernel / 2
    if let item = coded(gap) {
      if kernel % 2 == 1 {
        used -= item.coded.reservedBytes + item.coded.workspaceBytes
        isResident[box.course.gapStorage[gap]] = true
      } else if item.coded.restOfEncode > 0 {
        encoding.append(gap)
      } else {
        endEncoding(gap, item)
      }
    }
    kernel = nextKernel[kernel]
    prepareChain()
  }

  /// Frees the raw tensor, and queues the copy of the encoded one.
  mutating func endEncoding(_ gap: Int, _ item: GapCodec) {
    used -= box.course.gapBytes[gap] + item.coded.workspaceBytes
    out.append(gap)
  }

  mutating func endKernelsBeside() {
    if encoding.isBusy, encoding.remaining == 0 {
      encoding.isBusy = false
      if let item = coded(encoding.current) { endEncoding(encoding.current, item) }
    }
    if decoding.isBusy, decoding.remaining == 0 {
      decoding.isBusy = false
      isDecodable[decoding.current] = true
    }
  }

  mutating func startKernelsBeside() {
    if !encoding.isBusy, let gap = encoding.next, let item = coded(gap) {
      encoding.begin(gap, lasting: item.coded.restOfEncode)
    }
    if !decoding.isBusy, let gap = decoding.next, let item = coded(gap) {
      decoding.begin(gap, lasting: item.coded.restOfDecode)
    }
  }
}
