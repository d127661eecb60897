import Codecs
import Collectors
import Profiles
import Testing

@Suite struct CalibrationTests {
  private static let grid = CalibrationGrid(
    bytes: [1 << 12, 1 << 14], densities: [0, 0.5, 1], rounds: 2, slowBytes: 1 << 14)

  @Test("a calibration gives a valid section with every codec, figures and errors")
  func section() throws {
    let figures = try CodecCalibration(grid: Self.grid).measure()
    #expect(figures.codecs.count == 10)
    for codec in figures.codecs {
      for table in [codec.encode, codec.decode] {
        #expect(table.bytes == [1 << 12, 1 << 14])
        #expect(table.densities == [0, 0.5, 1])
        #expect(table.gbPerSecond.allSatisfy { $0.allSatisfy { $0 > 0 } })
        #expect(table.copyRatios?.count == 2)
        #expect((table.fitError ?? -1) >= 0)
        #expect((table.worstFitError ?? -1) >= (table.fitError ?? 0))
      }
    }
    #expect(figures.baselines.map(\.bytes) == [1 << 12, 1 << 14])
    #expect(figures.baselines.allSatisfy { $0.probeRatios.count == 3 && $0.copyGBPerSecond > 0 })
    let profile = Profile(
      name: "p", tensors: [Tensor(id: "w", bytes: 4, kind: .parameter)],
      operators: [
        Operator(id: "f", phase: .forward, durationMicroseconds: 1, reads: ["w"], writes: [])
      ],
      codecs: figures.codecs)
    #expect(profile.validate() == [])
    #expect(try Profile.read(profile.encoded(), name: "p") == profile)
    let file = CodecFile.encoded(figures.codecs)
    #expect(try CodecFile.read(file, name: "c") == figures.codecs)
  }

  @Test("rates are shares of the copy's: a clock that counts calls makes both alike")
  func clock() throws {
    var ticks = 0.0
    let figures = try CodecCalibration(grid: Self.grid) {
      ticks += 1e-3
      return ticks
    }.measure()
    for codec in figures.codecs {
      #expect(codec.encode.copyRatios == [[1, 1, 1], [1, 1, 1]])
      // A copy of 16 KiB is repeated 64 times in a millisecond: 1.05 GB/s.
      #expect(codec.encode.rate(bytes: 1 << 14, density: 0.5) == 1.0486)
      #expect(codec.decode.rate(bytes: 1 << 12, density: 0.5) == 0.2621)
    }
  }

  @Test("a model's bytes are those of the codec", arguments: Codec.elementSizes)
  func bytes(elementBytes: Int) throws {
    let models = try CodecCalibration(grid: Self.grid).measure().codecs
    // Whole blocks, where the formulas have no remainder.
    var bytes = [UInt8](repeating: 0, count: 65536 * 2 * elementBytes)
    for place in stride(from: 0, to: bytes.count, by: 48) { bytes[place] = 1 }
    let count = try bytes.withUnsafeBytes {
      try SparsityCount(counting: $0, elementBytes: elementBytes)
    }
    for codec in Codec.allCases {
      let model = try #require(models.first { $0.id == "\(codec.rawValue)-\(elementBytes)" })
      #expect(model.isFor(bytes: bytes.count, elementBytes: elementBytes))
      for elements in [0, 1, 7, 9, 1000, 32767, 32769, 65537, 1 << 20] {
        #expect(
          try codec.worstBytes(elements: elements, elementBytes: elementBytes)
            <= model.worstBytes(of: elements * elementBytes), "\(codec) of \(elements)")
      }
      guard let exact = codec.encodedBytes(of: count) else { continue }
      let ratio = model.expectedRatio(density: count.density, cycle: count.cycle)
      let relative = ratio * Double(bytes.count) / Double(exact)
      // Runs that end with a block make one pair more.
      #expect(abs(relative - 1) < (codec == .runLength ? 1e-3 : 1e-12), "\(codec)")
    }
  }

  @Test("the catalogue's codecs are valid, sorted, and say where they are from")
  func catalogue() throws {
    let catalogue = try CodecCatalogue.builtIn()
    #expect(!catalogue.codecs.isEmpty)
    #expect(catalogue.codecs.map(\.id) == catalogue.codecs.map(\.id).sorted())
    #expect(catalogue.codecs.allSatisfy { $0.source != nil && $0.place == .device })
    let lz4 = try catalogue.codec(named: "nvcomp-lz4-a100")
    #expect(lz4.encode.rate(bytes: 1 << 20, density: 0.5) == 6.5)
    #expect(abs(lz4.expectedRatio(density: 0.2) - 0.317) < 1e-12)
    #expect(throws: CollectorError.self) { try catalogue.codec(named: "none") }
  }
}
