import Collectors
import Foundation
import Profiles
import Testing

/// What is published of a network.
struct KnownNetwork: Sendable, CustomTestStringConvertible {
  var name: String
  /// Trained parameters.
  var parameters: Int
  /// MiB of parameters and running statistics.
  var weights: Double
  /// MiB of all forward outputs of one image in 32 bits.
  var activations: Double
  /// Multiplications with additions in the convolutions and linear layers of one image, in 10⁹.
  var products: Double
  /// What 64 images need at their peak when nothing is evicted, in GiB; measured here.
  var peak: Double

  var testDescription: String { name }
}

/// The graphs of published networks, where the environment variable PLANNER_SAMPLES names a folder
/// that holds them as `onnx/light_*.onnx`; the graphs in `Graphs` cover the same operators.
@Suite(
  "Published networks",
  .enabled(
    if: ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] != nil,
    "PLANNER_SAMPLES names no folder with onnx/light_*.onnx"))
struct RealNetworksTests {
  /// Parameters as the papers' reference implementations count them. DenseNet-121 has 7,978,856
  /// there; this file has each of its 41,824 normalised channels scaled and shifted twice, by the
  /// normalisation and by nodes of their own.
  static let known = [
    KnownNetwork(
      name: "resnet50", parameters: 25_557_032, weights: 97.7, activations: 143, products: 4.09,
      peak: 5.37),
    KnownNetwork(
      name: "vgg19", parameters: 143_667_240, weights: 548, activations: 119, products: 19.63,
      peak: 6.24),
    KnownNetwork(
      name: "densenet121", parameters: 7_978_856 + 2 * 41_824, weights: 31, activations: 306,
      products: 2.83, peak: 11.59),
    KnownNetwork(
      name: "squeezenet", parameters: 1_235_496, weights: 4.7, activations: 27, products: 0.349,
      peak: 1.33),
  ]

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

  @Test("totals of one image are those that are published", arguments: known)
  func totals(network: KnownNetwork) throws {
    let profile = try Self.profile(network.name, batch: 1, optimizer: .adam)
    ProfileChecks.expectConsistent(profile)
    let sizes = Dictionary(uniqueKeysWithValues: profile.tensors.map { ($0.id, $0.bytes) })
    let trained = profile.operators.filter { $0.phase == .optimizer }
    #expect(trained.reduce(0) { $0 + (sizes[$1.writes[0]] ?? 0) } == 4 * network.parameters)
    #expect(mebibytes(profile) { $0.kind == .optimizerState } == 8 * network.mebiparameters)

    let weights = mebibytes(profile) { $0.kind == .parameter }
    #expect(abs(weights / network.weights - 1) < 0.02)
    // Every output of a node, views included, without what is kept for the backward pass alone.
    let activations = mebibytes(profile) {
      [.activation, .output].contains($0.kind) && $0.dtype == "float32"
        && !$0.id.contains(".saved")
    }
    #expect(abs(activations / network.activations - 1) < 0.01)
    let gradients = profile.operators.filter { $0.id.hasSuffix(".grad_weight") }
    let products = Set(gradients.map { String($0.id.dropLast(".grad_weight".count)) })
    let flops = profile.operators.filter { products.contains($0.id) }.compactMap(\.flops)
    let billions = flops.reduce(0, +) / 2e9
    #expect(abs(billions / network.products - 1) < 0.01, "\(billions)")
  }

  @Test(
    "64 images need the memory of 64, and no less than their kept activations", arguments: known)
  func batch(network: KnownNetwork) throws {
    let profile = try Self.profile(network.name, batch: 64)
    ProfileChecks.expectConsistent(profile)
    let peak = Double(ProfileChecks.peakBytes(profile)) / 1_073_741_824
    #expect(abs(peak - network.peak) < 0.01)
  }

  @Test("ResNet-50 trains about as fast as a V100 does: 360 images a second in 32 bits")
  func speed() throws {
    let profile = try Self.profile("resnet50", batch: 64)
    let microseconds = profile.operators.reduce(0) { $0 + $1.durationMicroseconds }
    let rate = 64 / (microseconds / 1e6)
    #expect(abs(rate / 360 - 1) < 0.1)
  }

  private func mebibytes(_ profile: Profile, where matches: (Tensor) -> Bool) -> Double {
    Double(profile.tensors.filter(matches).reduce(0) { $0 + $1.bytes }) / 1_048_576
  }
}

extension KnownNetwork {
  /// The parameters in 2²⁰.
  var mebiparameters: Double { Double(parameters) / 1_048_576 }
}
