import Collectors
import Foundation
import Profiles
import Testing

/// The graphs of published networks, where the environment variable PLANNER_SAMPLES names a folder
/// that holds them; the project's own graphs cover the same operators without it.
@Suite(
  "Published networks",
  .enabled(
    if: ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] != nil,
    "PLANNER_SAMPLES names no folder with onnx/light_*.onnx"))
struct RealNetworksTests {
  static func profile(
    _ network: String, batch: Int, optimizer: Optimizer = .sgdMomentum
  ) throws -> Profile {
    let folder = ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] ?? ""
    let file = "light_\(network).onnx"
    let data = try Data(contentsOf: URL(filePath: folder).appending(path: "onnx/\(file)"))
    let device = try DeviceCatalogue.builtIn().device(named: "V100-SXM2-16GB")
    return try ONNXCollector(batch: batch, optimizer: optimizer, device: device)
      .collect(data, file: file)
  }

  /// Parameters with their running statistics, forward multiplications and additions of matrix
  /// products per image, and MiB of all forward outputs at batch 1.
  static let known: [(network: String, parameters: Double, gigaMACs: Double, activations: Double)] =
    [
      ("resnet50", 25.6, 4.1, 143), ("vgg19", 143.7, 19.6, 119),
      ("densenet121", 8.0, 2.85, 306), ("squeezenet", 1.24, 0.35, 27),
    ]

  @Test("totals are those that are published", arguments: known)
  func totals(network: String, parameters: Double, gigaMACs: Double, activations: Double) throws {
    let profile = try Self.profile(network, batch: 1)
    ProfileChecks.expectConsistent(profile)
    let trained = profile.operators.filter { $0.phase == .optimizer }.map(\.writes[0])
    let sizes = Dictionary(uniqueKeysWithValues: profile.tensors.map { ($0.id, $0.bytes) })
    let millions = Double(trained.reduce(0) { $0 + (sizes[$1] ?? 0) }) / 4e6
    let macs =
      profile.operators.filter { $0.phase == .forward }.compactMap(\.flops)
      .reduce(0, +) / 2e9
    let forward = profile.tensors.filter {
      ($0.kind == .activation || $0.kind == .output) && $0.dtype == "float32"
    }
    let mebibytes = Double(forward.reduce(0) { $0 + $1.bytes }) / 1_048_576
    print(network, millions, macs, mebibytes)
    #expect(abs(millions / parameters - 1) < 0.02)
    #expect(abs(macs / gigaMACs - 1) < 0.1)
    #expect(abs(mebibytes / activations - 1) < 0.05)
  }

  @Test("a batch of 64 in 32 bits", arguments: known.map(\.network))
  func batch64(network: String) throws {
    let profile = try Self.profile(network, batch: 64)
    ProfileChecks.expectConsistent(profile)
    let parameters = profile.tensors.filter { $0.kind == .parameter }.reduce(0) { $0 + $1.bytes }
    let time = profile.operators.reduce(0) { $0 + $1.durationMicroseconds }
    print(
      network, profile.operators.count, profile.tensors.count, parameters,
      Double(ProfileChecks.peakBytes(profile)) / 1_073_741_824, time / 1e3)
    for phase in Profiles.Operator.Phase.allCases {
      print(
        "  ", phase, profile.operators.filter { $0.phase == phase }.count,
        profile.operators.filter { $0.phase == phase }.reduce(0) { $0 + $1.durationMicroseconds }
          / 1e3)
    }
  }
}
