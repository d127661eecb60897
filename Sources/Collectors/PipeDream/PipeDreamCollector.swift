public import Profiles

/// Turns a layer graph of PipeDream's profiler into the profile of one training iteration.
///
/// The file gives the layers' forward and backward times, the sizes of their outputs and parameters,
/// and the edges; what each backward pass reads follows PyTorch's autograd, layer by layer.
public struct PipeDreamCollector: Sendable {
  /// The device that the profile is for.
  public let device: Device
  /// How parameters change.
  public let optimizer: Optimizer

  /// Creates a collector.
  public init(device: Device, optimizer: Optimizer = .sgdMomentum) {
    self.device = device
    self.optimizer = optimizer
  }

  /// Reads a layer graph and returns the profile of one iteration.
  ///
  /// - Throws: `CollectorError` with the line and the remedy, if the text isn't a layer graph, names
  ///   an unknown layer, or its edges lead round in a circle.
  public func collect(_ file: SourceFile) throws(CollectorError) -> Profile {
    let graph = try LayerGraphReader.read(file)
    let curve = try DeviceCatalogue.builtIn().efficiency(of: device.name)
    let roofline = try Roofline(device: device, real: .float32, curve: curve)
    var iteration = LayerIteration(graph: graph, roofline: roofline, optimizer: optimizer)
    try iteration.addForward(file: file.name)
    iteration.addBackward()
    iteration.addOptimizer()
    var findings = Findings()
    iteration.describe(&findings)
    return Profile(
      name: file.name,
      source: Profile.Source(collector: "pipedream", file: file.name, notes: findings.notes),
      device: device, tensors: iteration.tensors, operators: iteration.operators)
  }
}
