public import Profiles

/// Predicts how long an iteration of Megatron-LM takes, from the profiles of its pipeline's stages.
///
/// `T = (m − 1) · max t(s) + Σ t(s) + max u(s) + fixed`, with
/// `t(s) = n · max(device, host) + ends(s)`
/// - `m`: micro-batches of each copy; `n`: layers of a stage
/// - `device`: the time of a layer's operators and exchanges for one micro-batch, forward, again and
///   backward; `host`: the time that the host needs to start them; `ends(s)`: embedding, loss, transfer
/// - `u(s)`: sum of the gradients over the copies, optimizer
public struct MegatronPredictor: Sendable {
  /// What the host takes, measured.
  public struct HostTimes: Sendable, Hashable {
    /// To start the operators of one layer for one micro-batch.
    public var microsecondsPerLayer: Double
    /// Once per iteration.
    public var fixedMicroseconds: Double

    /// Creates times.
    public init(microsecondsPerLayer: Double, fixedMicroseconds: Double) {
      self.microsecondsPerLayer = microsecondsPerLayer
      self.fixedMicroseconds = fixedMicroseconds
    }

    /// Fitted to 400 of the 1,440 iteration times on one node of A100 that vTrain's authors publish
    /// (VIA-Research/vTrain); none of the 400 is among the 200 that the tests compare with.
    public static let vTrain = HostTimes(microsecondsPerLayer: 3320, fixedMicroseconds: 16_000)
  }

  /// What a stage takes, in microseconds.
  struct StageTimes {
    var layer = 0.0
    var ends = 0.0
    var layerUpdate = 0.0
    var endsUpdate = 0.0
  }

  private let device: Device
  private let efficiency: EfficiencyCurve
  private let interconnect: Interconnect
  private let host: HostTimes

  /// Creates a predictor.
  public init(
    device: Device, efficiency: EfficiencyCurve, interconnect: Interconnect,
    host: HostTimes = .vTrain
  ) {
    self.device = device
    self.efficiency = efficiency
    self.interconnect = interconnect
    self.host = host
  }

  /// Returns how long one iteration takes.
  ///
  /// - Throws: `CollectorError.option` for numbers that don't divide each other.
  public func iterationMicroseconds(_ job: MegatronJob) throws(CollectorError) -> Double {
    try job.check()
    let layers = Double(job.layers / job.pipeline)
    let microBatches = Double(job.globalBatch / job.data / job.microBatch)
    var (slowest, sum, update) = (0.0, 0.0, 0.0)
    for stage in 0..<job.pipeline {
      let times = try stageTimes(job, stage: stage)
      let time = layers * max(times.layer, host.microsecondsPerLayer) + times.ends
      slowest = max(slowest, time)
      sum += time
      update = max(update, layers * times.layerUpdate + times.endsUpdate)
    }
    return (microBatches - 1) * slowest + sum + update + host.fixedMicroseconds
  }

  /// Adds up the profile of a stage with one layer.
  func stageTimes(_ job: MegatronJob, stage: Int) throws(CollectorError) -> StageTimes {
    let architecture = Architecture(
      family: "gpt", hidden: job.hidden, vocabulary: job.vocabulary,
      attention: .grouped(
        GroupedAttention(
          heads: job.heads, keyHeads: job.heads, headWidth: job.hidden / job.heads,
          hasInputBias: true, hasOutputBias: true)),
      feedForward: Array(
        repeating: .dense(intermediate: 4 * job.hidden), count: job.pipeline),
      normalization: .layer, isGated: false, hasFeedForwardBias: true, isTied: true,
      learnedPositions: job.sequence, attentionDropout: 0.1, hiddenDropout: 0.1)
    let collector = TransformerCollector(
      training: TransformerTraining(
        sequence: job.sequence, batch: job.microBatch, dtype: .float16, recompute: .full,
        attention: .eager,
        parallelism: Parallelism(
          tensor: job.tensor, pipeline: job.pipeline, data: job.data, stage: stage)),
      device: device, efficiency: efficiency, interconnect: interconnect)
    let builder = try collector.iteration(of: architecture, file: "the job")
    var times = StageTimes()
    for step in builder.operators {
      let isOfLayer = step.id.contains("layers.")
      switch (step.phase == .optimizer || step.id.hasPrefix("sum."), isOfLayer) {
      case (false, true): times.layer += step.durationMicroseconds
      case (false, false): times.ends += step.durationMicroseconds
      case (true, true): times.layerUpdate += step.durationMicroseconds
      case (true, false): times.endsUpdate += step.durationMicroseconds
      }
    }
    return times
  }
}
