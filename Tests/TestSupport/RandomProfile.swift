public import Profiles

/// Small made-up training iterations, for tests.
public enum RandomProfile {
  /// Returns a chain of layers with forward, backward and optimizer operators.
  ///
  /// Each layer is a weighted operator and an activation, with a skip connection now and then. Sizes
  /// are whole mebibytes, durations whole microseconds.
  ///
  /// - Parameters:
  ///   - layers: How many layers.
  ///   - seed: What the sizes and durations depend on.
  ///   - gbPerSecond: The rate of both links.
  ///   - duplexGBPerSecond: The rate while both directions are busy.
  public static func layered(
    layers: Int, seed: UInt64, gbPerSecond: Double = 12, duplexGBPerSecond: Double? = nil,
    latencyMicroseconds: Double = 0
  ) -> Profile {
    var random = SeededGenerator(seed: seed)
    let mebibyte = 1_048_576
    func size() -> Int { Int.random(in: 4...64, using: &random) * mebibyte }
    func time() -> Double { Double(Int.random(in: 200...6000, using: &random)) }
    var tensors = [Tensor(id: "batch", bytes: size(), kind: .input)]
    var forward: [Operator] = []
    var backward: [Operator] = []
    var optimizer: [Operator] = []
    var previous = "batch"
    for layer in 0..<layers {
      let weight = Int.random(in: 1...8, using: &random) * mebibyte
      let (pre, act) = ("pre\(layer)", "act\(layer)")
      let bytes = size()
      tensors += [
        Tensor(id: "w\(layer)", bytes: weight, kind: .parameter),
        Tensor(id: pre, bytes: bytes, kind: .activation),
        Tensor(id: act, bytes: bytes, kind: .activation),
        Tensor(id: "grad_\(pre)", bytes: bytes, kind: .gradient),
        Tensor(id: "grad_\(act)", bytes: bytes, kind: .gradient),
        Tensor(id: "grad_w\(layer)", bytes: weight, kind: .gradient),
      ]
      let (linear, activation) = (time(), time() / 4)
      let skip = layer > 1 && Int.random(in: 0..<3, using: &random) == 0
      forward += [
        Operator(
          id: "linear\(layer)", phase: .forward, durationMicroseconds: linear,
          reads: [previous, "w\(layer)"], writes: [pre],
          workspaceBytes: Int.random(in: 0...4, using: &random) * mebibyte, isRecomputable: true),
        Operator(
          id: "activation\(layer)", phase: .forward, durationMicroseconds: activation,
          reads: skip ? [pre, "act\(layer - 2)"] : [pre], writes: [act], isRecomputable: true),
      ]
      var gradients = ["grad_w\(layer)"]
      if layer > 0 { gradients.append("grad_act\(layer - 1)") }
      backward.insert(
        contentsOf: [
          Operator(
            id: "activation\(layer).grad", phase: .backward, durationMicroseconds: activation,
            reads: ["grad_\(act)", Bool.random(using: &random) ? act : pre],
            writes: ["grad_\(pre)"]),
          Operator(
            id: "linear\(layer).grad", phase: .backward, durationMicroseconds: 2 * linear,
            reads: ["grad_\(pre)", previous, "w\(layer)"], writes: gradients),
        ], at: 0)
      optimizer.append(
        Operator(
          id: "sgd\(layer)", phase: .optimizer, durationMicroseconds: 100,
          reads: ["grad_w\(layer)", "w\(layer)"], writes: ["w\(layer)"]))
      previous = act
    }
    let loss = Operator(
      id: "loss", phase: .forward, durationMicroseconds: time(), reads: [previous],
      writes: ["grad_\(previous)"])
    let link = Link(
      latencyMicroseconds: latencyMicroseconds, gbPerSecond: gbPerSecond,
      duplexGBPerSecond: duplexGBPerSecond)
    return Profile(
      name: "layered-\(layers)-\(seed)",
      device: Device(
        name: "test", memoryBytes: 1 << 34, hostToDevice: link, deviceToHost: link),
      tensors: tensors, operators: forward + [loss] + backward + optimizer)
  }
}
