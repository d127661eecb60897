import Glibc

/// Measures the machine that planner runs on: memory, cores, copies, and a folder's disk.
///
/// It takes a few seconds, at most half a gibibyte of memory or an eighth of what is available, and
/// at most a quarter of a gibibyte of the disk.
public struct HostProbe {
  /// The largest copy.
  static let maximumCopyBytes = 1 << 28
  /// How long copies of one size are repeated.
  static let copySeconds = 0.25

  private let now: () -> Double

  /// Creates a probe.
  ///
  /// - Parameter now: A clock in seconds; nil for the system's monotonic one.
  public init(now: (() -> Double)? = nil) {
    self.now = now ?? HostProbe.monotonicSeconds
  }

  /// Measures the machine, and the disk of a folder if one is given.
  ///
  /// - Throws: `CollectorError.option` if no file can be made in the folder.
  public func measure(folder: String?) throws(CollectorError) -> HostFigures {
    let page = max(1, sysconf(Int32(_SC_PAGESIZE)))
    let memory = max(0, sysconf(Int32(_SC_PHYS_PAGES))) * page
    let available = max(0, sysconf(Int32(_SC_AVPHYS_PAGES))) * page
    let largest = min(HostProbe.maximumCopyBytes, max(1 << 20, available / 16))
    let (copies, latency) = measureCopies(upTo: largest)
    let disk: HostFigures.Disk? =
      if let folder { try DiskProbe(folder: folder, now: now).measure() } else { nil }
    return HostFigures(
      memoryBytes: memory, availableBytes: available,
      cores: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), copies: copies,
      copyLatencyMicroseconds: latency, disk: disk)
  }

  // MARK: Copies

  /// Copies within two buffers of the largest size, one size after another.
  private func measureCopies(
    upTo largest: Int
  ) -> (copies: [HostFigures.Copy], latency: Double) {
    let source = UnsafeMutableRawPointer.allocate(byteCount: largest, alignment: 4096)
    let target = UnsafeMutableRawPointer.allocate(byteCount: largest, alignment: 4096)
    defer {
      source.deallocate()
      target.deallocate()
    }
    // Pages exist once they were written to.
    memset(source, 1, largest)
    memset(target, 2, largest)
    let sizes = [1 << 16, 1 << 20, 1 << 24, 1 << 28].filter { $0 < largest } + [largest]
    let copies = sizes.map { bytes in
      let seconds = median { memcpy(target, source, bytes) }
      return HostFigures.Copy(bytes: bytes, gbPerSecond: Double(bytes) / seconds / 1e9)
    }
    // 64 bytes move in no time: what is left is the call, timed a thousand at once.
    let thousand = median { for _ in 0..<1000 { memcpy(target, source, 64) } }
    return (copies, thousand * 1e3)
  }

  /// The median time of an action that is repeated for a while, at least three times.
  private func median(_ action: () -> Void) -> Double {
    var times: [Double] = []
    let start = now()
    while times.count < 3 || (now() - start < HostProbe.copySeconds && times.count < 10_000) {
      let before = now()
      action()
      times.append(max(now() - before, 1e-9))
    }
    return times.sorted()[times.count / 2]
  }

  private static func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
