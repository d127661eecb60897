internal import Codecs
import Profiles

/// A codec with elements of one size.
struct CodecSample: Hashable {
  let codec: Codec
  let elementBytes: Int

  /// What the profile calls it.
  var name: String { "\(codec.rawValue)-\(elementBytes)" }

  /// The zeros that it is measured with: run length is for runs.
  var zeros: ActivationSample.Zeros { codec == .runLength ? .clustered : .independent }

  private var isSlow: Bool { codec == .lz4 || codec == .zstd }

  /// The sizes that it is measured with.
  func sizes(of grid: CalibrationGrid) -> [Int] {
    isSlow ? grid.bytes.filter { $0 <= grid.slowBytes } : grid.bytes
  }

  /// The codec as a profile has it.
  func model(
    _ points: [CodecBench.Point], grid: CalibrationGrid, copies: [Int: Double]
  ) throws(CollectorError) -> CodecModel {
    let sizes = sizes(of: grid)
    let largest = points.filter { $0.bytes == sizes.last && grid.densities.contains($0.density) }
    let ratio = ratio(largest)
    let workspace: Int
    do {
      workspace = try codec.workspaceBytes(
        elements: (sizes.last ?? 0) / elementBytes, elementBytes: elementBytes)
    } catch {
      throw .option(name: name, problem: "\(error)", remedy: "free some memory")
    }
    let (worst, extra) = bound(ratio)
    return CodecModel(
      id: name, place: .host, elementBytes: elementBytes, ratio: ratio, worstRatio: worst,
      worstExtraBytes: extra, workspaceBytes: workspace,
      encode: table(points, sizes, grid.densities, copies, \.encodeRatio),
      decode: table(points, sizes, grid.densities, copies, \.decodeRatio),
      source: "one thread, measured by planner calibrate; zeros "
        + (zeros == .clustered ? "in runs with a mean of 64" : "independent of each other"))
  }

  private func ratio(_ points: [CodecBench.Point]) -> CodecRatio {
    let worst = libraryRatio
    return switch codec {
    case .zeroValue: .zeroValue
    case .sparseRows: .sparseRows
    case .runLength: .runLength
    // What the library adds to small tensors is told beside the bound.
    case .lz4, .zstd:
      .byDensity(
        points.sorted { $0.density < $1.density }.map {
          .init(density: $0.density, ratio: min(Double($0.encodedBytes) / Double($0.bytes), worst))
        })
    }
  }

  /// The bound that `Codec.worstBytes` never exceeds, as a ratio and bytes beside it.
  private func bound(_ ratio: CodecRatio) -> (ratio: Double, extraBytes: Int) {
    switch codec {
    // The last byte of the mask may be for fewer than 8 elements.
    case .zeroValue: (ratio.worst(elementBytes: elementBytes), 1)
    // The last block may have fewer elements.
    case .sparseRows: (ratio.worst(elementBytes: elementBytes), 4)
    // As well, and vectors may be written past the end.
    case .runLength: (ratio.worst(elementBytes: elementBytes), 36)
    // LZ4_COMPRESSBOUND and ZSTD_COMPRESSBOUND of the libraries' headers.
    case .lz4: (libraryRatio, 16)
    case .zstd: (libraryRatio, 64)
    }
  }

  /// The larger part of a library's bound.
  private var libraryRatio: Double { codec == .lz4 ? 1 + 1.0 / 255 : 1 + 1.0 / 256 }

  private func table(
    _ points: [CodecBench.Point], _ sizes: [Int], _ densities: [Double], _ copies: [Int: Double],
    _ value: (CodecBench.Point) -> Double
  ) -> ThroughputTable {
    func point(_ bytes: Int, _ density: Double) -> Double {
      let found = points.first { $0.bytes == bytes && $0.density == density }
      return rounded(found.map(value) ?? 0)
    }
    func rate(_ bytes: Int, _ ratio: Double) -> Double { rounded(ratio * (copies[bytes] ?? 0)) }
    let ratios = sizes.map { size in densities.map { point(size, $0) } }
    var table = ThroughputTable(
      bytes: sizes, densities: densities,
      gbPerSecond: zip(sizes, ratios).map { size, row in row.map { rate(size, $0) } },
      copyRatios: ratios)
    let errors = points.filter { !(sizes.contains($0.bytes) && densities.contains($0.density)) }
      .map { found in
        let measured = rate(found.bytes, value(found))
        return abs(table.rate(bytes: found.bytes, density: found.density) - measured) / measured
      }
    table.fitError = errors.isEmpty ? nil : rounded(errors.middle)
    table.worstFitError = errors.max().map(rounded)
    return table
  }

  /// Four digits after the point, and not below them.
  private func rounded(_ value: Double) -> Double { max((value * 1e4).rounded() / 1e4, 1e-4) }
}
