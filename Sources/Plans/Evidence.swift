/// What the planner expects of a plan.
public struct Prediction: Sendable, Hashable {
  /// From the start of the first operator to the end of the last.
  public var iterationMicroseconds: Double
  /// The operators' own time.
  public var computeMicroseconds: Double
  /// The time in which the compute stream waits.
  public var stallMicroseconds: Double
  /// The time of operators that run again.
  public var recomputeMicroseconds: Double
  /// The time of encoding and decoding.
  public var codecMicroseconds: Double
  /// The largest amount of device memory in use.
  public var peakDeviceBytes: Int
  /// The largest amount of host memory in use.
  public var peakHostBytes: Int
  /// The largest amount of NVMe room in use.
  public var peakNVMeBytes: Int

  /// Creates a prediction.
  public init(
    iterationMicroseconds: Double, computeMicroseconds: Double, stallMicroseconds: Double,
    recomputeMicroseconds: Double, codecMicroseconds: Double = 0, peakDeviceBytes: Int,
    peakHostBytes: Int, peakNVMeBytes: Int = 0
  ) {
    self.iterationMicroseconds = iterationMicroseconds
    self.computeMicroseconds = computeMicroseconds
    self.stallMicroseconds = stallMicroseconds
    self.recomputeMicroseconds = recomputeMicroseconds
    self.codecMicroseconds = codecMicroseconds
    self.peakDeviceBytes = peakDeviceBytes
    self.peakHostBytes = peakHostBytes
    self.peakNVMeBytes = peakNVMeBytes
  }
}

/// What no plan of the same kind can beat.
public struct LowerBound: Sendable, Hashable {
  /// The least iteration time.
  public var iterationMicroseconds: Double
  /// How the bound was found, and of what it is a bound.
  public var method: String
  /// What more memory and faster links would be worth; nil if nothing is known of it.
  public var prices: ShadowPrices?

  /// Creates a bound.
  public init(iterationMicroseconds: Double, method: String, prices: ShadowPrices? = nil) {
    self.iterationMicroseconds = iterationMicroseconds
    self.method = method
    self.prices = prices
  }
}

/// How much lower the bound would be with a little more of something: the duals of a relaxation.
public struct ShadowPrices: Sendable, Hashable {
  /// For each GiB of device memory, in microseconds.
  public var memoryMicrosecondsPerGiB: Double
  /// The operator whose memory is worth most; nil if none is worth anything.
  public var bindingOperator: String?
  /// For each 10⁹ bytes per second from device to host, in microseconds.
  public var toHostMicrosecondsPerGBPerSecond: Double
  /// For each 10⁹ bytes per second from host to device, in microseconds.
  public var toDeviceMicrosecondsPerGBPerSecond: Double

  /// Creates prices.
  public init(
    memoryMicrosecondsPerGiB: Double, bindingOperator: String?,
    toHostMicrosecondsPerGBPerSecond: Double, toDeviceMicrosecondsPerGBPerSecond: Double
  ) {
    self.memoryMicrosecondsPerGiB = memoryMicrosecondsPerGiB
    self.bindingOperator = bindingOperator
    self.toHostMicrosecondsPerGBPerSecond = toHostMicrosecondsPerGBPerSecond
    self.toDeviceMicrosecondsPerGBPerSecond = toDeviceMicrosecondsPerGBPerSecond
  }
}

/// How far a plan may be from the best.
public struct Gap: Sendable, Hashable {
  /// `(time − bound) / time` of the whole iteration.
  public var ofIteration: Double
  /// The same of the time added to the unconstrained iteration; nil if nothing is added.
  public var ofAddedTime: Double?

  /// Creates a gap.
  public init(ofIteration: Double, ofAddedTime: Double?) {
    self.ofIteration = ofIteration
    self.ofAddedTime = ofAddedTime
  }
}

/// One strategy that was tried.
public struct SearchEntry: Sendable, Hashable {
  /// The strategy of a two-stage search in which blocks that are alike share one decision.
  public static let tiedBlocks = "blocks alike"

  /// What the strategy is called.
  public var strategy: String
  /// The iteration time that its plan is predicted to take; nil if it found none.
  public var valueMicroseconds: Double?
  /// The lower bound that it proved, if any.
  public var boundMicroseconds: Double?
  /// Nodes, moves or evaluations, as the strategy counts.
  public var nodes: Int
  /// The engine with its version, or `planner`.
  public var engine: String
  /// How the strategy ended, in a few words.
  public var termination: String
  /// How long the strategy took. Told on standard output and in reports, never in the plan's file.
  public var seconds: Double

  /// Creates an entry.
  public init(
    strategy: String, valueMicroseconds: Double?, boundMicroseconds: Double? = nil, nodes: Int = 0,
    engine: String, termination: String, seconds: Double = 0
  ) {
    self.strategy = strategy
    self.valueMicroseconds = valueMicroseconds
    self.boundMicroseconds = boundMicroseconds
    self.nodes = nodes
    self.engine = engine
    self.termination = termination
    self.seconds = seconds
  }
}

/// Why a decision that costs something was taken.
public struct Reason: Sendable, Hashable {
  /// The tensor.
  public var tensor: String
  /// The operator after which the tensor leaves.
  public var after: String
  /// The operator before which the tensor is back.
  public var before: String
  /// The bytes that are free meanwhile.
  public var freedBytes: Int
  /// The time that the decision adds if nothing hides it.
  public var costMicroseconds: Double
  /// The operator at which the freed memory is needed most.
  public var neededAt: String
  /// The reason as a sentence.
  public var text: String

  /// Creates a reason.
  public init(
    tensor: String, after: String, before: String, freedBytes: Int, costMicroseconds: Double,
    neededAt: String, text: String
  ) {
    self.tensor = tensor
    self.after = after
    self.before = before
    self.freedBytes = freedBytes
    self.costMicroseconds = costMicroseconds
    self.neededAt = neededAt
    self.text = text
  }
}
