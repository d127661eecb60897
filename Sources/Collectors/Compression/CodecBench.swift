internal import Codecs
import Glibc

/// Buffers for one tensor, and the timing of what is done with it.
final class CodecBench {
  /// One codec at one size and density.
  struct Point {
    let bytes: Int
    let density: Double
    /// The bytes after encoding.
    let encodedBytes: Int
    /// The rates as shares of the copy's: the median of pairs.
    let encodeRatio: Double
    let decodeRatio: Double
  }

  /// The tensor's elements; a class, because it frees them.
  let source: UnsafeMutableRawBufferPointer
  private let copy: UnsafeMutableRawBufferPointer
  private let decoded: UnsafeMutableRawBufferPointer
  private var encoded: UnsafeMutableRawBufferPointer
  private let rounds: Int
  private let clock: () -> Double
  /// The rates of all copies by their size, in 10⁹ bytes per second.
  private var copies: [Int: [Double]] = [:]

  /// A copy of fewer bytes is repeated, so that the clock's steps don't matter.
  private static let leastBytes = 1 << 23

  init(largest: Int, rounds: Int, clock: @escaping () -> Double) {
    func buffer(_ bytes: Int) -> UnsafeMutableRawBufferPointer {
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 4096)
      // Pages exist once they were written to.
      buffer.initializeMemory(as: UInt8.self, repeating: 1)
      return buffer
    }
    source = buffer(largest)
    copy = buffer(largest)
    decoded = buffer(largest)
    encoded = buffer(2 * largest + 4096)
    self.rounds = rounds
    self.clock = clock
  }

  deinit {
    for buffer in [source, copy, decoded, encoded] { buffer.deallocate() }
  }

  /// The median rate of copies, by their size, in 10⁹ bytes per second.
  var copyRates: [Int: Double] { copies.mapValues(\.middle) }

  /// Encodes and decodes the first bytes of the source, in turn with copies.
  func measure(
    _ codec: Codec, bytes: Int, density: Double, elementBytes: Int
  ) throws(CodecError) -> Point {
    let raw = UnsafeRawBufferPointer(rebasing: source[..<bytes])
    let target = UnsafeMutableRawBufferPointer(rebasing: decoded[..<bytes])
    let needed = try codec.worstBytes(elements: bytes / elementBytes, elementBytes: elementBytes)
    guard needed <= encoded.count else {
      throw .targetTooSmall(bytes: encoded.count, needed: needed)
    }
    let room = encoded
    var used = 0
    var encodes: [Double] = []
    var decodes: [Double] = []
    for round in 0...rounds {
      let copying = timeOfCopy(raw)
      let encoding = try time(bytes) { () throws(CodecError) in
        used = try codec.encode(raw, elementBytes: elementBytes, into: room)
      }
      let result = UnsafeRawBufferPointer(rebasing: room[..<used])
      let decoding = try time(bytes) { () throws(CodecError) in
        try codec.decode(result, elementBytes: elementBytes, into: target)
      }
      if round == 0 {
        // Not counted: caches and pages are cold, and what comes back is compared.
        guard isEqual(target, raw) else { throw .failed("decoding gives something else") }
        continue
      }
      copies[bytes, default: []].append(Double(bytes) / copying / 1e9)
      encodes.append(copying / encoding)
      decodes.append(copying / decoding)
    }
    return Point(
      bytes: bytes, density: density, encodedBytes: used, encodeRatio: encodes.middle,
      decodeRatio: decodes.middle)
  }

  /// Counts the zeros of the first bytes of the source, in turn with copies; the share of their rate.
  func probeRatio(bytes: Int) throws(CodecError) -> Double {
    let raw = UnsafeRawBufferPointer(rebasing: source[..<bytes])
    var ratios: [Double] = []
    for round in 0...rounds {
      let copying = timeOfCopy(raw)
      let probing = try time(bytes) { () throws(CodecError) in
        _ = try SparsityCount(counting: raw, elementBytes: 4)
      }
      if round > 0 { ratios.append(copying / probing) }
    }
    return ratios.middle
  }

  private func isEqual(
    _ one: UnsafeMutableRawBufferPointer, _ other: UnsafeRawBufferPointer
  ) -> Bool {
    guard let first = one.baseAddress, let second = other.baseAddress else { return true }
    return one.count == other.count && memcmp(first, second, one.count) == 0
  }

  private func timeOfCopy(_ raw: UnsafeRawBufferPointer) -> Double {
    let target = copy
    return time(raw.count) { PlainCopy.run(raw, into: target) }
  }

  /// The seconds of an action on some bytes.
  private func time<Failure: Error>(
    _ bytes: Int, _ action: () throws(Failure) -> Void
  ) throws(Failure) -> Double {
    let times = max(1, min(64, CodecBench.leastBytes / max(1, bytes)))
    let start = clock()
    for _ in 0..<times { try action() }
    return max(clock() - start, 1e-9) / Double(times)
  }
}

extension [Double] {
  /// The middle value, the upper of two; 0 for none.
  var middle: Double { isEmpty ? 0 : sorted()[count / 2] }
}
