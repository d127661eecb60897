internal import Codecs
import Glibc
public import Profiles

/// Measures the codecs on the machine that planner runs on, each round in turn with a plain copy.
///
/// One thread; the memory is three to five times the largest tensor.
public struct CodecCalibration {
  /// What was measured.
  public struct Figures: Sendable, Hashable {
    /// A plain copy and the probe of zeros, of tensors of one size.
    public struct Baseline: Sendable, Hashable {
      /// The bytes of the tensor.
      public let bytes: Int
      /// The median rate of the copy, in 10⁹ bytes per second.
      public let copyGBPerSecond: Double
      /// The probe's rate as a share of the copy's: the median of pairs, for each density.
      public let probeRatios: [Double]
    }

    /// The codecs, for the section of a profile.
    public let codecs: [CodecModel]
    /// What they are compared with.
    public let baselines: [Baseline]
  }

  private let grid: CalibrationGrid
  private let clock: () -> Double

  /// Creates a calibration.
  ///
  /// - Parameters:
  ///   - grid: The sizes and densities to measure.
  ///   - clock: A clock in seconds; nil for the system's monotonic one.
  public init(grid: CalibrationGrid = .full, clock: (() -> Double)? = nil) {
    self.grid = grid
    self.clock = clock ?? CodecCalibration.monotonicSeconds
  }

  /// Measures all codecs for elements of 2 and 4 bytes.
  ///
  /// - Parameter progress: Told what is measured next.
  /// - Throws: `CollectorError.option` if a codec fails or gives back something else.
  public func measure(progress: (String) -> Void = { _ in }) throws(CollectorError) -> Figures {
    let bench = CodecBench(largest: grid.bytes.last ?? 0, rounds: grid.rounds, clock: clock)
    var samples: [CodecSample: [CodecBench.Point]] = [:]
    for elementBytes in Codec.elementSizes.reversed() {
      let sample = ActivationSample(bytes: grid.bytes.last ?? 0, elementBytes: elementBytes)
      for codec in Codec.allCases {
        progress("\(codec.rawValue), elements of \(elementBytes) bytes")
        let key = CodecSample(codec: codec, elementBytes: elementBytes)
        samples[key] = try measure(key, sample, bench)
      }
    }
    progress("probe")
    let copies = bench.copyRates
    let baselines = try self.baselines(bench)
    var models: [CodecModel] = []
    for codec in Codec.allCases {
      for elementBytes in Codec.elementSizes.reversed() {
        let key = CodecSample(codec: codec, elementBytes: elementBytes)
        models.append(try key.model(samples[key] ?? [], grid: grid, copies: copies))
      }
    }
    return Figures(codecs: models, baselines: baselines)
  }

  private func measure(
    _ key: CodecSample, _ sample: ActivationSample, _ bench: CodecBench
  ) throws(CollectorError) -> [CodecBench.Point] {
    let sizes = key.sizes(of: grid)
    let points =
      sizes.flatMap { size in grid.densities.map { (bytes: size, density: $0) } }
      + grid.between(sizes)
    var measured: [CodecBench.Point] = []
    // Filling takes longer than measuring: one filling for all sizes of a density.
    for density in Set(points.map(\.density)).sorted() {
      sample.fill(bench.source, density: density, zeros: key.zeros)
      for point in points where point.density == density {
        do {
          measured.append(
            try bench.measure(
              key.codec, bytes: point.bytes, density: density, elementBytes: key.elementBytes))
        } catch {
          throw .option(
            name: key.name, problem: "\(point.bytes) bytes: \(error)",
            remedy: "report this, with the processor's name")
        }
      }
    }
    return measured
  }

  private func baselines(_ bench: CodecBench) throws(CollectorError) -> [Figures.Baseline] {
    let sample = ActivationSample(bytes: grid.bytes.last ?? 0, elementBytes: 4)
    var ratios = [[Double]](repeating: [], count: grid.bytes.count)
    for density in grid.densities {
      sample.fill(bench.source, density: density, zeros: .independent)
      for (row, bytes) in grid.bytes.enumerated() {
        do {
          ratios[row].append(try bench.probeRatio(bytes: bytes))
        } catch {
          throw .option(name: "probe", problem: "\(error)", remedy: "report this")
        }
      }
    }
    return zip(grid.bytes, ratios).map { bytes, ratios in
      Figures.Baseline(
        bytes: bytes, copyGBPerSecond: bench.copyRates[bytes] ?? 0, probeRatios: ratios)
    }
  }

  private static func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
