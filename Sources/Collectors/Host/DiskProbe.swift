import Glibc

/// Measures how fast a folder's disk writes and reads a large file, which it removes.
struct DiskProbe {
  /// The bytes that are written, unless time runs out.
  static let fileBytes = 1 << 28
  /// The bytes that are written or read at once and then forced to the disk.
  static let partBytes = 1 << 24
  /// How long writing and reading may take, each.
  static let phaseSeconds = 2.0

  /// `O_DIRECT`, which the C library's header hides from Swift: it differs between processors.
  #if arch(arm64)
    private static let pastTheCache: Int32 = 0o200000
  #else
    private static let pastTheCache: Int32 = 0o40000
  #endif

  let folder: String
  let now: () -> Double

  /// Writes and reads a file.
  func measure() throws(CollectorError) -> HostFigures.Disk {
    let buffer = UnsafeMutableRawPointer.allocate(
      byteCount: DiskProbe.partBytes, alignment: 4096)
    defer { buffer.deallocate() }
    fill(buffer)
    let (file, isDirect) = try openFile()
    defer { close(file) }
    let (written, writeSeconds) = try writeFile(file, from: buffer)
    if !isDirect { posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) }
    let (read, readSeconds) = try readFile(file, upTo: written, into: buffer)
    let latency = try readLatency(file, written, into: buffer)
    return HostFigures.Disk(
      bytes: written, writeGBPerSecond: Double(written) / writeSeconds / 1e9,
      readGBPerSecond: Double(read) / readSeconds / 1e9, latencyMicroseconds: latency * 1e6,
      mayBeCached: !isDirect)
  }

  /// Fills a buffer with numbers that no file system makes smaller (xorshift, Marsaglia 2003).
  private func fill(_ buffer: UnsafeMutableRawPointer) {
    var state: UInt64 = 88_172_645_463_325_252
    for offset in stride(from: 0, to: DiskProbe.partBytes, by: 8) {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      buffer.storeBytes(of: state, toByteOffset: offset, as: UInt64.self)
    }
  }

  // MARK: File

  /// Makes a file past the page cache where the file system can, and takes it out of its folder, so
  /// that nothing stays however the program ends.
  private func openFile() throws(CollectorError) -> (file: Int32, isDirect: Bool) {
    let path = "\(folder)/.planner-disk-\(getpid())"
    for extra in [DiskProbe.pastTheCache, 0] {
      let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | extra, 0o600)
      if file >= 0 {
        unlink(path)
        return (file, extra != 0)
      }
      if errno != EINVAL { break }
    }
    throw failure("no file can be made")
  }

  private func writeFile(
    _ file: Int32, from buffer: UnsafeMutableRawPointer
  ) throws(CollectorError) -> (bytes: Int, seconds: Double) {
    var bytes = 0
    let start = now()
    repeat {
      guard write(file, buffer, DiskProbe.partBytes) == DiskProbe.partBytes else {
        throw failure("the file can't be written")
      }
      guard fsync(file) == 0 else { throw failure("the file can't be forced to the disk") }
      bytes += DiskProbe.partBytes
    } while bytes < DiskProbe.fileBytes && now() - start < DiskProbe.phaseSeconds
    return (bytes, max(now() - start, 1e-9))
  }

  private func readFile(
    _ file: Int32, upTo limit: Int, into buffer: UnsafeMutableRawPointer
  ) throws(CollectorError) -> (bytes: Int, seconds: Double) {
    var bytes = 0
    let start = now()
    repeat {
      guard pread(file, buffer, DiskProbe.partBytes, bytes) == DiskProbe.partBytes else {
        throw failure("the file can't be read")
      }
      bytes += DiskProbe.partBytes
    } while bytes < limit && now() - start < DiskProbe.phaseSeconds
    return (bytes, max(now() - start, 1e-9))
  }

  /// The median time to read a page, at places spread over the file.
  private func readLatency(
    _ file: Int32, _ size: Int, into buffer: UnsafeMutableRawPointer
  ) throws(CollectorError) -> Double {
    var times: [Double] = []
    let pages = size / 4096
    let start = now()
    for index in 0..<64 where times.count < 3 || now() - start < DiskProbe.phaseSeconds {
      let before = now()
      guard pread(file, buffer, 4096, index * 2_654_435 % pages * 4096) == 4096 else {
        throw failure("the file can't be read")
      }
      times.append(now() - before)
    }
    return times.sorted()[times.count / 2]
  }

  private func failure(_ problem: String) -> CollectorError {
    .option(
      name: "folder \(folder)", problem: "\(problem) (\(String(cString: strerror(errno))))",
      remedy: "choose a folder with \(DiskProbe.fileBytes >> 20) MiB free that you may write to")
  }
}
