import Profiles

/// Four operators on a device whose rates make every figure a short number.
///
/// The device does 10¹² operations and moves 100 × 10⁹ bytes a second: 10⁶ operations and 10⁵ bytes
/// in a microsecond.
enum ProfileSample {
  static let link = Link(latencyMicroseconds: 10, gbPerSecond: 1)

  static let profile = Profile(
    name: "four-steps",
    device: Device(
      name: "Example", memoryBytes: 1 << 20, hostToDevice: link, deviceToHost: link,
      peakFlops: ["float32": 1e12], memoryBandwidthGBPerSecond: 100),
    tensors: [
      Tensor(id: "x", bytes: 1000, dtype: "float32", kind: .input),
      Tensor(id: "w", bytes: 4000, dtype: "float32", kind: .parameter),
      Tensor(id: "a", bytes: 20_000, dtype: "float32", kind: .activation),
      Tensor(id: "l", bytes: 100, dtype: "int64", kind: .output),
      Tensor(id: "g", bytes: 4000, dtype: "float32", kind: .gradient),
      Tensor(id: "view", bytes: 0, kind: .activation, aliasOf: "a"),
    ],
    operators: [
      Operator(
        id: "f", phase: .forward, durationMicroseconds: 100, reads: ["x", "w"], writes: ["a"],
        workspaceBytes: 500, flops: 80e6, bytesAccessed: 2e6),
      Operator(
        id: "loss", phase: .forward, durationMicroseconds: 50, reads: ["view"], writes: ["l"],
        flops: 1e6, bytesAccessed: 1e6),
      Operator(
        id: "sum", phase: .communication, durationMicroseconds: 150, reads: ["l"], writes: ["l"]),
      Operator(
        id: "b", phase: .backward, durationMicroseconds: 200, reads: ["l", "a", "x", "w"],
        writes: ["g"], flops: 400e6),
    ])
}
