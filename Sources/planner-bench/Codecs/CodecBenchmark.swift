import Codecs
import Optimization

/// Codecs and the probe of zeros against a plain copy of the same size, by density.
struct CodecBenchmark: Benchmark {
  let title = "codecs"
  var subjects: [String] { ["probe"] + Self.codecs.map(\.name) }

  /// Codecs with the bytes of their elements and the largest tensor in MiB.
  private static let codecs: [(name: String, codec: Codec, elementBytes: Int, largest: Int)] = [
    ("zvc fp32", .zeroValue, 4, 64), ("zvc fp16", .zeroValue, 2, 64),
    ("csr16 fp32", .sparseRows, 4, 64), ("rle fp32", .runLength, 4, 64), ("lz4", .lz4, 4, 4),
    ("zstd", .zstd, 4, 4),
  ]

  private static let densities = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1]

  func run(_ setting: Setting, print: (Line) -> Void) throws {
    for mebibytes in setting.isQuick ? [4] : [64, 4] {
      for density in setting.isQuick ? [0.1, 0.5, 1] : Self.densities {
        let buffers = CodecBuffers(bytes: mebibytes << 20, density: density)
        let size = "\(mebibytes) MiB, density \(density)"
        if setting.includes("probe", of: self) {
          let seconds = try rounds(setting, buffers) {
            buffers.nonzeros = try SparsityCount(counting: buffers.raw, elementBytes: 4).nonzeros
          }
          print(line("probe, \(size)", "probe", buffers, seconds))
        }
        for (name, codec, elementBytes, largest) in Self.codecs
        where mebibytes <= largest && setting.includes(name, of: self) {
          let count = try SparsityCount(counting: buffers.raw, elementBytes: elementBytes)
          let encoding = try rounds(setting, buffers) {
            buffers.used = try codec.encode(
              buffers.raw, elementBytes: elementBytes, into: buffers.encoded)
          }
          let formula = codec.encodedBytes(of: count)
          let isExact =
            formula.map { $0 == buffers.used ? ", as the formula" : ", NOT \($0)" } ?? ""
          print(
            line(
              "\(name), \(size)", "encode", buffers, encoding,
              "\(buffers.used) bytes\(isExact)"))
          let decoding = try rounds(setting, buffers) {
            try codec.decode(
              UnsafeRawBufferPointer(rebasing: buffers.encoded[..<buffers.used]),
              elementBytes: elementBytes, into: buffers.decoded)
          }
          let isSame = buffers.decoded.elementsEqual(buffers.raw)
          print(
            line(
              "\(name), \(size)", "decode", buffers, decoding,
              isSame ? "" : "the tensor is NOT the same"))
        }
      }
    }
  }

  /// The seconds of an action and of a copy, in turn.
  private func rounds(
    _ setting: Setting, _ buffers: CodecBuffers, _ action: @escaping () throws -> Void
  ) throws -> ([Double], [Double]) {
    let seconds = try Contest.seconds(
      rounds: setting.rounds,
      [action, { PlainCopy.run(buffers.raw, into: buffers.copy) }])
    return (seconds[0], seconds[1])
  }

  private func line(
    _ subject: String, _ name: String, _ buffers: CodecBuffers, _ seconds: ([Double], [Double]),
    _ note: String = ""
  ) -> Line {
    .rates(
      subject, name, "copy", .megabytesPerSecond, amount: Double(buffers.raw.count) / 1e6, seconds,
      note: note)
  }
}

/// A tensor with zeros at random places, and room for what is made of it; a class, because it frees
/// them.
private final class CodecBuffers {
  let raw: UnsafeRawBufferPointer
  let copy: UnsafeMutableRawBufferPointer
  let decoded: UnsafeMutableRawBufferPointer
  let encoded: UnsafeMutableRawBufferPointer
  /// The bytes that encoding used.
  var used = 0
  /// What the probe found.
  var nonzeros = 0

  init(bytes: Int, density: Double) {
    func buffer(_ bytes: Int) -> UnsafeMutableRawBufferPointer {
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 4096)
      buffer.initializeMemory(as: UInt8.self, repeating: 1)
      return buffer
    }
    let source = buffer(bytes)
    var random = SplitMix(state: 7)
    for offset in stride(from: 0, to: bytes, by: 4) {
      let word = random.next()
      let isSet = Double(word >> 11) * 0x1p-53 < density
      // Numbers from 1 to 2, which have 23 random bits.
      let value = UInt32(0x3F80_0000) | UInt32(truncatingIfNeeded: random.next() >> 41)
      source.storeBytes(of: isSet ? value : 0, toByteOffset: offset, as: UInt32.self)
    }
    raw = UnsafeRawBufferPointer(source)
    copy = buffer(bytes)
    decoded = buffer(bytes)
    encoded = buffer(2 * bytes + 4096)
  }

  deinit {
    raw.deallocate()
    for buffer in [copy, decoded, encoded] { buffer.deallocate() }
  }
}
