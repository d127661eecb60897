public import Plans

/// What the replay of a plan of strategies and checkpoints found.
public struct StageResult: Sendable, Hashable {
  /// What is wrong with the plan, the first ten faults.
  public private(set) var faults: [String] = []
  /// The number of all faults.
  public private(set) var faultCount = 0
  /// The time of an iteration, in picoseconds.
  public internal(set) var picoseconds: Int128 = 0
  /// The forward passes beyond one of each stage, and of parts of stages, in picoseconds.
  public internal(set) var recomputePicoseconds: Int128 = 0
  /// How often the forward pass of each stage ran.
  public internal(set) var forwardRuns: [Int] = []
  /// How often each node ran forward, alone or with its stage.
  public internal(set) var nodeRuns: [Int] = []
  /// The stages that kept a part and made the rest again.
  public internal(set) var partStages: [Int] = []
  /// Parameters, gradients and states of the optimizer.
  public internal(set) var stateBytes = 0
  /// The parameters among them.
  public internal(set) var parameterBytes = 0
  /// The gradients among them.
  public internal(set) var gradientBytes = 0
  /// The states of the optimizer among them.
  public internal(set) var optimizerStateBytes = 0
  /// The most memory during each step of the schedule, up to the last one that ran.
  public internal(set) var stepPeakBytes: [Int] = []
  /// The most memory of a device.
  public internal(set) var peakBytes = 0
  /// The pass that takes it; nil if there is none.
  public internal(set) var peakStep: StagePlan.Step?

  /// The time of an iteration.
  public var iterationMicroseconds: Double { Double(picoseconds) / 1e6 }
  /// The time of forward passes that run again.
  public var recomputeMicroseconds: Double { Double(recomputePicoseconds) / 1e6 }
  /// What became of the placement block; nil where the schedule doesn't run through.
  public internal(set) var placement: StagePlacementResult?
  /// Whether the plan holds.
  public var isValid: Bool { faultCount == 0 }

  mutating func addFault(_ fault: @autoclosure () -> String) {
    faultCount += 1
    if faults.count < 10 { faults.append(fault()) }
  }

  /// A step as messages call it.
  public static func words(for step: StagePlan.Step) -> String {
    switch step {
    case .forward(let stage, _): "the forward pass of '\(stage)'"
    case .again(let stage): "making the rest of '\(stage)' again"
    case .backward(let stage): "the backward pass of '\(stage)'"
    }
  }
}
