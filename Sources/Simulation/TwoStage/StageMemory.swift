import Plans

/// What a device holds between the passes of a replay.
struct StageMemory {
  private let stages: StageAmounts
  private let names: [String]
  /// Whether each stage's output is there by itself, not as a part of what the stage has saved.
  private var hasOutput: [Bool]
  /// Whether what each stage's backward pass needs is there, output included.
  private var hasSaved: [Bool]
  /// The stage whose output's gradient is there; the last one's at the start.
  private var gradient: Int
  private var bytes: Int
  /// The most memory of the pass that ran last.
  private(set) var peak = 0

  init(_ stages: StageAmounts, names: [String]) {
    self.stages = stages
    self.names = names
    hasOutput = names.map { _ in false }
    hasSaved = hasOutput
    gradient = names.count - 1
    // What the last stage hands on is nothing, and so is its gradient.
    bytes = stages.stateBytes + stages.handed[names.count - 1]
  }

  private func hasInput(_ stage: Int) -> Bool {
    stage == 0 || hasOutput[stage - 1] || hasSaved[stage - 1]
  }

  /// Runs a forward pass.
  ///
  /// - Returns: What is wrong with it.
  mutating func forward(_ stage: Int, keeping kept: StagePlan.Kept) -> String? {
    let name = names[stage]
    guard hasInput(stage) else { return "the input of '\(name)' is not there" }
    if hasSaved[stage] { return "'\(name)' is saved already" }
    if hasOutput[stage] { return "the output of '\(name)' is there already" }
    if stage > gradient { return "the backward pass of '\(name)' is over" }
    let own = kept == .all ? stages.held[stage] : 0
    let room = kept == .all ? stages.savingRoom[stage] : stages.passingRoom[stage]
    bytes += own + stages.handed[stage]
    peak = bytes + room
    if kept == .all { hasSaved[stage] = true } else { hasOutput[stage] = true }
    if kept == .nothing && stage > 0 {
      guard hasOutput[stage - 1] else {
        return "the input of '\(name)' is a part of what '\(names[stage - 1])' has saved"
      }
      hasOutput[stage - 1] = false
      bytes -= stages.handed[stage - 1]
    }
    return nil
  }

  /// Runs a backward pass.
  ///
  /// - Returns: What is wrong with it.
  mutating func backward(_ stage: Int) -> String? {
    let name = names[stage]
    guard gradient == stage else {
      return stage > gradient
        ? "the backward pass of '\(name)' is over already"
        : "the gradient of '\(name)' is not there yet"
    }
    guard hasSaved[stage] else { return "'\(name)' is not saved" }
    guard hasInput(stage) else { return "the input of '\(name)' is not there" }
    let before = stage > 0 ? stages.handed[stage - 1] : 0
    bytes += before
    peak = bytes + stages.backwardRoom[stage]
    // What was saved, the output and its gradient go.
    bytes -= stages.held[stage] + 2 * stages.handed[stage]
    hasSaved[stage] = false
    if stage > 0, hasOutput[stage - 1] {
      hasOutput[stage - 1] = false
      bytes -= before
    }
    gradient = stage - 1
    return nil
  }

  /// What is wrong when the schedule is over.
  var faultAtEnd: String? {
    if gradient >= 0 { return "the backward pass of '\(names[gradient])' never runs" }
    if let stage = hasOutput.firstIndex(of: true) {
      return "the output of '\(names[stage])' is never freed"
    }
    return nil
  }
}
