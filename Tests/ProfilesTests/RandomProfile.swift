import Profiles
import TestSupport

/// Makes valid profiles at random that use every key of the format.
enum RandomProfile {
  /// Returns the profile of a seed.
  static func make(seed: UInt64, operators count: Int = 12) -> Profile {
    var random = SeededGenerator(seed: seed)
    var tensors: [Tensor] = []
    var operators: [Operator] = []
    for index in 0..<count {
      let name = "step/\(index)" + (Bool.random(using: &random) ? " é\"\\\u{1F600}" : "")
      var reads: [String] = []
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        if let tensor = tensors.randomElement(using: &random) { reads.append(tensor.id) }
      }
      let parameter = tensor(&random, id: "w\(index)", kind: .parameter)
      let activation = tensor(&random, id: "a\(index)", kind: .activation)
      tensors += [parameter, activation]
      if Bool.random(using: &random) {
        var alias = tensor(&random, id: "view\(index)", kind: .output)
        alias.bytes = activation.bytes / 2
        alias.isPersistent = false
        alias.isMovable = true
        alias.aliasOf = activation.id
        tensors.append(alias)
      }
      operators.append(
        Operator(
          id: name, phase: Operator.Phase.allCases.randomElement(using: &random) ?? .forward,
          durationMicroseconds: number(&random), reads: reads + [parameter.id],
          writes: [activation.id], workspaceBytes: Int.random(in: 0...3, using: &random) * 512,
          flops: maybe(&random) { number(&$0) }, bytesAccessed: maybe(&random) { number(&$0) },
          isRecomputable: Bool.random(using: &random)))
    }
    return Profile(
      name: "random \(seed)", source: maybe(&random, source),
      problem: maybe(&random) { _ in "swap" }, device: maybe(&random, device), tensors: tensors,
      operators: operators, codecs: maybe(&random, codecs) ?? [])
  }

  private static func codecs(_ random: inout SeededGenerator) -> [CodecModel] {
    let forms: [CodecRatio] = [
      .zeroValue, .sparseRows, .runLength, .constant(0.75),
      .byDensity([.init(density: 0.25, ratio: 0.5), .init(density: 1, ratio: 1.004)]),
    ]
    return forms.prefix(Int.random(in: 1...5, using: &random)).enumerated().map { index, form in
      CodecModel(
        id: "codec \(index)",
        place: CodecModel.Place.allCases.randomElement(using: &random) ?? .host,
        elementBytes: form.needsElementBytes ? 4 : maybe(&random) { _ in 2 }, ratio: form,
        worstRatio: 1.75, worstExtraBytes: Int.random(in: 0...1, using: &random) * 36,
        leastBytes: Int.random(in: 0...1, using: &random) << 19,
        workspaceBytes: Int.random(in: 0...1, using: &random) << 12, encode: throughput(&random),
        decode: throughput(&random),
        contention: maybe(&random) { random in
          .init(computeShare: 0.25, memoryBytesPerByte: maybe(&random) { _ in 1.5 })
        },
        loss: maybe(&random) { _ in .init(metric: "relative_error", value: 0.001) },
        source: maybe(&random) { _ in "made up" })
    }
  }

  private static func throughput(_ random: inout SeededGenerator) -> ThroughputTable {
    guard Bool.random(using: &random) else {
      return ThroughputTable(
        gbPerSecond: 100, launchMicroseconds: Double(Int.random(in: 0...3, using: &random)))
    }
    return ThroughputTable(
      launchMicroseconds: 2.5, bytes: [4096, 1 << 20], densities: [0, 0.5, 1],
      gbPerSecond: [[1, 2, 3], [4.5, 5, 6]],
      copyRatios: maybe(&random) { _ in [[0.5, 0.25, 1], [1, 1, 2]] },
      fitError: maybe(&random) { _ in 0.02 }, worstFitError: maybe(&random) { _ in 0.125 })
  }

  private static func tensor(
    _ random: inout SeededGenerator, id: String, kind: Tensor.Kind
  ) -> Tensor {
    Tensor(
      id: id, bytes: Int.random(in: 0...(1 << 40), using: &random),
      dtype: maybe(&random) { _ in "float32" },
      shape: maybe(&random) { random in
        (0..<Int.random(in: 0...3, using: &random)).map { $0 * 7 }
      },
      kind: kind,
      sparsity: maybe(&random) { random in
        Sparsity(
          history: (0...Int.random(in: 0...2, using: &random)).map { epoch in
            Sparsity.Sample(
              epoch: epoch * 3, density: Double.random(in: 0...1, using: &random),
              cycle: maybe(&random) { Double.random(in: 2...99, using: &$0) })
          })
      },
      isPersistent: maybe(&random) { Bool.random(using: &$0) },
      isMovable: Bool.random(using: &random))
  }

  private static func device(_ random: inout SeededGenerator) -> Device {
    let hasNVMe = Bool.random(using: &random)
    return Device(
      name: "H200", memoryBytes: 150_000_000_000,
      reservedBytes: Int.random(in: 0...1, using: &random) << 30,
      hostMemoryBytes: maybe(&random) { _ in 1 << 40 }, hostToDevice: maybe(&random, link),
      deviceToHost: maybe(&random, link), nvmeMemoryBytes: maybe(&random) { _ in 1 << 41 },
      hostToNVMe: hasNVMe ? link(&random) : nil, nvmeToHost: hasNVMe ? link(&random) : nil,
      peakFlops: maybe(&random) { ["float16": number(&$0) + 1, "float32": 6.7e13] } ?? [:],
      memoryBandwidthGBPerSecond: maybe(&random) { _ in 4800 })
  }

  private static func link(_ random: inout SeededGenerator) -> Link {
    let duplex = maybe(&random) { _ in 20.5 }
    guard Bool.random(using: &random) else {
      return Link(latencyMicroseconds: 10.25, gbPerSecond: 55.1, duplexGBPerSecond: duplex)
    }
    let points = [
      Link.Point(bytes: 4096, gbPerSecond: 1.5), Link.Point(bytes: 1 << 20, gbPerSecond: 22),
    ]
    return Link(
      latencyMicroseconds: 10.25,
      points: Array(points.prefix(Int.random(in: 1...2, using: &random))),
      duplexGBPerSecond: duplex)
  }

  private static func source(_ random: inout SeededGenerator) -> Profile.Source {
    Profile.Source(
      collector: "onnx", file: maybe(&random) { _ in "net.onnx" },
      sha256: maybe(&random) { _ in String(repeating: "0a", count: 32) },
      date: maybe(&random) { _ in "2026-02-28" },
      notes: maybe(&random) { _ in ["no times: estimated", "line one\nline two"] } ?? [])
  }

  /// A number of any size that a quantity of the format may have.
  private static func number(_ random: inout SeededGenerator) -> Double {
    switch Int.random(in: 0...3, using: &random) {
    case 0: 0
    case 1: Double(Int.random(in: 1...1_000_000, using: &random))
    case 2: Double.random(in: 0...1, using: &random) * 1e-300
    default: Double.random(in: 0...1e12, using: &random)
    }
  }

  private static func maybe<Value>(
    _ random: inout SeededGenerator, _ make: (inout SeededGenerator) -> Value
  ) -> Value? {
    Bool.random(using: &random) ? make(&random) : nil
  }
}
