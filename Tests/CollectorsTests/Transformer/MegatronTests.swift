import Foundation
import Profiles
import TestSupport
import Testing

@testable import Collectors

@Suite("Iterations of Megatron-LM")
struct MegatronTests {
  static func predictor() throws -> MegatronPredictor {
    let catalogue = try DeviceCatalogue.builtIn()
    let device = try catalogue.device(named: "A100-SXM4-80GB")
    return MegatronPredictor(
      device: device, efficiency: try catalogue.efficiency(of: device.name),
      interconnect: try #require(catalogue.interconnect(of: device.name)))
  }

  static let job = MegatronJob(
    layers: 12, hidden: 1024, heads: 16, sequence: 1024, vocabulary: 51200, globalBatch: 32,
    microBatch: 4)

  @Test("more layers, more samples and more stages to wait for take longer")
  func monotone() throws {
    let predictor = try Self.predictor()
    let base = try predictor.iterationMicroseconds(Self.job)
    var job = Self.job
    job.layers = 24
    #expect(try predictor.iterationMicroseconds(job) > 1.5 * base)
    job = Self.job
    job.globalBatch = 64
    #expect(try predictor.iterationMicroseconds(job) > 1.8 * base)
    job = Self.job
    job.data = 2
    #expect(try predictor.iterationMicroseconds(job) < base)
    job = Self.job
    job.pipeline = 4
    let piped = try predictor.iterationMicroseconds(job)
    // Four stages of a quarter each, with (m + 3) / m = 11/8 of the work's time.
    #expect(piped < base && piped > 0.25 * base * 11 / 8)
  }

  @Test("numbers that don't divide each other are refused")
  func refused() throws {
    let predictor = try Self.predictor()
    var job = Self.job
    job.microBatch = 5
    #expect(
      throws: CollectorError.option(
        name: "global batch", problem: "32 isn't a multiple of 5", remedy: "give a multiple")
    ) { try predictor.iterationMicroseconds(job) }
    job = Self.job
    job.hidden = 0
    #expect(throws: CollectorError.self) { try predictor.iterationMicroseconds(job) }
  }

  /// The rows are shuffled with seed 1: the first 200 are compared, the next 400 were fitted. Measured
  /// at the time of the fit: 6.1 % in the median, 18.7 % at nine tenths of the rows.
  @Test(
    "vTrain's measured iteration times are met within 15 % in the median",
    .enabled(
      if: ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] != nil,
      "PLANNER_SAMPLES names no folder with vtrain/a100_single_node_iteration_times.csv"))
  func measured() throws {
    let predictor = try Self.predictor()
    var generator = SeededGenerator(seed: 1)
    let rows = try Self.rows().shuffled(using: &generator)
    #expect(rows.count == 1440)
    let errors = try rows.prefix(200).map { row in
      abs(try predictor.iterationMicroseconds(row.job) / 1e3 / row.milliseconds - 1)
    }.sorted()
    #expect(errors[100] < 0.15, "median \(errors[100])")
    #expect(errors[180] < 0.25, "90 % \(errors[180])")
  }

  private static func rows() throws -> [(job: MegatronJob, milliseconds: Double)] {
    let folder = ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] ?? ""
    let url = URL(filePath: folder).appending(path: "vtrain/a100_single_node_iteration_times.csv")
    let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).dropFirst().compactMap { line in
      let fields = line.split(separator: ",")
      let numbers = fields.dropLast().compactMap { Int($0) }
      guard numbers.count == 10, let last = fields.last, let time = Double(last) else { return nil }
      let job = MegatronJob(
        layers: numbers[5], hidden: numbers[3], heads: numbers[4], sequence: numbers[6],
        vocabulary: 51200, globalBatch: numbers[1], microBatch: numbers[2], tensor: numbers[7],
        pipeline: numbers[9], data: numbers[8])
      return (job, time)
    }
  }
}
