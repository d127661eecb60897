public import Profiles

/// Turns a Hugging Face `config.json` into the profile of one device's training iteration.
///
/// The file gives the shapes of the weights, exactly; the training gives the rest. The backward pass
/// keeps what Megatron and PyTorch keep; times come from the same roofline as those of ONNX graphs.
public struct TransformerCollector: Sendable {
  /// How the model is trained.
  public let training: TransformerTraining
  /// The device that runs the iteration.
  public let device: Device
  /// The efficiency of matrix products.
  public let efficiency: EfficiencyCurve
  /// How the devices exchange data; needed where there are several.
  public let interconnect: Interconnect?

  /// Creates a collector.
  public init(
    training: TransformerTraining, device: Device, efficiency: EfficiencyCurve,
    interconnect: Interconnect? = nil
  ) {
    self.training = training
    self.device = device
    self.efficiency = efficiency
    self.interconnect = interconnect
  }

  /// Returns the number of trained parameters of the whole model.
  ///
  /// - Throws: `CollectorError` with the key and the remedy.
  public static func parameters(of source: SourceFile) throws(CollectorError) -> Int {
    var findings = Findings()
    return try architecture(of: source, &findings).parameters(file: source.name)
  }

  /// Reads a file and returns the profile of one iteration.
  ///
  /// - Throws: `CollectorError` with the key or the option, and the remedy.
  public func collect(_ source: SourceFile) throws(CollectorError) -> Profile {
    var findings = Findings()
    let architecture = try TransformerCollector.architecture(of: source, &findings)
    let parameters = try architecture.parameters(file: source.name)
    let builder = try iteration(of: architecture, file: source.name)
    findings.found(
      "\(architecture.family), \(architecture.layers) layers, \(parameters) trained parameters")
    noteAssumptions(&findings)
    return Profile(
      name: source.name,
      source: Profile.Source(
        collector: "config", file: source.name, sha256: source.sha256, notes: findings.notes),
      device: device, tensors: builder.tensors, operators: builder.operators)
  }

  private static func architecture(
    of source: SourceFile, _ findings: inout Findings
  ) throws(CollectorError) -> Architecture {
    var config = try ConfigReader(source.bytes, file: source.name)
    return try ModelFamily.architecture(&config, &findings)
  }

  /// Builds the iteration of a model.
  func iteration(
    of architecture: Architecture, file: String
  ) throws(CollectorError) -> TransformerBuilder {
    try training.check(architecture)
    if training.parallelism.communicates, interconnect == nil {
      throw .option(
        name: "device", problem: "nothing is known of how \(device.name) devices exchange data",
        remedy: "give the interconnect's latency and rate, or an entry for it in a catalogue")
    }
    let roofline = try Roofline(device: device, real: training.dtype, curve: efficiency)
    let builder = TransformerIteration.build(
      Extents(architecture: architecture, training: training),
      TransformerBuilder(real: training.dtype, roofline: roofline, interconnect: interconnect))
    try check(builder, file: file)
    return builder
  }

  private func check(_ builder: TransformerBuilder, file: String) throws(CollectorError) {
    if let name = builder.oversized {
      throw .tooLarge(
        file: file, place: "tensor \(name)", problem: "it has more elements than can be counted")
    }
    var total = 0
    for tensor in builder.tensors {
      let (sum, overflow) = total.addingReportingOverflow(tensor.bytes)
      guard !overflow, sum <= FaultList.maximumBytes else {
        throw .tooLarge(
          file: file, place: "tensor \(tensor.id)",
          problem: "the tensors together have more than 2^53 bytes")
      }
      total = sum
    }
  }

  // MARK: Assumptions

  private func noteAssumptions(_ findings: inout Findings) {
    let parallelism = training.parallelism
    let states = training.hasMasterWeights ? "float32 with a copy of the weights" : "the same type"
    findings.assumed(
      "\(parallelism.microBatches) micro-batch(es) of \(training.batch) × \(training.sequence) tokens,"
        + " weights and gradients in \(training.dtype.rawValue), optimizer"
        + " \(training.optimizer.rawValue) with states in \(states)")
    findings.assumed(
      "attention: \(training.attention.rawValue), recompute: \(training.recompute.rawValue)")
    findings.assumed(
      "fused activation, rotary and optimizer kernels; times by a roofline: 80 % of the memory's peak"
        + " rate, 3 µs per kernel")
    findings.assumed("efficiency of matrix products: \(efficiency.name), \(efficiency.source)")
    findings.assumed("experts: tokens spread evenly; the products of all experts run as one kernel")
    guard let interconnect, parallelism.communicates else { return }
    findings.assumed(
      "exchanges: \(interconnect.name), \(interconnect.latencyMicroseconds) µs,"
        + " \(interconnect.busGBPerSecond) GB/s on the bus, for all groups, not overlapped with"
        + " computation; \(interconnect.source)")
    if parallelism.pipeline > 1 {
      findings.missing(
        "the time that stage \(parallelism.stage) of \(parallelism.pipeline) waits for others")
    }
  }
}
