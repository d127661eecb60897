import Collectors
import Foundation
import Profiles
import Testing

/// What the catalogue and the roofline say against measured times, where the environment variable
/// PLANNER_SAMPLES names a folder that holds them.
@Suite(
  "Measured efficiency",
  .enabled(
    if: ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] != nil,
    "PLANNER_SAMPLES names no folder with gemm/*.csv and onnx/*.onnx"))
struct MeasuredEfficiencyTests {
  @Test(
    "a curve's points are the medians of the measured products by half decade of work",
    arguments: [("A100", "a100"), ("H100", "h100"), ("H200", "h200")])
  func medians(name: String, file: String) throws {
    let folder = ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] ?? ""
    let url = URL(filePath: folder).appending(path: "gemm/\(file)_sxm_gemm_bf16.csv")
    let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    let curve = try #require(try DeviceCatalogue.builtIn().curves[name])
    var shares: [Int: [Double]] = [:]
    for line in text.split(whereSeparator: \.isNewline).dropFirst() {
      let numbers = line.split(separator: ",").compactMap { Double($0) }
      guard numbers.count == 4 else { continue }
      let flops = 2 * numbers[0] * numbers[1] * numbers[2]
      let bin = Int((2 * log10(flops / 1e9)).rounded(.down))
      shares[bin, default: []].append(flops / (numbers[3] * 1e-3) / curve.peakFlops)
    }
    for point in curve.points {
      let bin = Int((2 * log10(point.gigaflops)).rounded(.down))
      let measured = try #require(shares[bin]).sorted()
      #expect(abs(measured[measured.count / 2] - point.share) < 0.005, "\(point.gigaflops)")
    }
  }

  /// PyTorch's trace of ResNet-50 (batch 32, float32, V100): kernels of one step that were started
  /// by the forward pass, by autograd's thread and by the optimizer take 32.8, 64.4 and 1.31 ms; the
  /// step takes 176 ms, because the host is slower.
  @Test("ResNet-50 on a V100 keeps the device busy about as long as measured, phase by phase")
  func residualNetwork() throws {
    let profile = try RealNetworksTests.profile("resnet50", batch: 32)
    let measured: [(Profiles.Operator.Phase, Double)] = [
      (.forward, 32.8), (.backward, 64.4), (.optimizer, 1.31),
    ]
    for (phase, milliseconds) in measured {
      let told = profile.operators.filter { $0.phase == phase }
        .reduce(0) { $0 + $1.durationMicroseconds }
      #expect(abs(told / 1e3 / milliseconds - 1) < 0.10, "\(phase): \(told / 1e3) ms")
    }
  }
}
