import Plans

/// What a device holds between the passes of a replay.
struct StageMemory {
  private let stages: StageAmounts
  private let names: [String]
  /// Whether each stage's output is there by itself, not as a part of what the stage has saved.
  private var hasOutput: [Bool]
  /// Whether what each stage's backward pass needs is there, output included.
  private var hasSaved: [Bool]
  /// What is there of stages of which a part is kept: until the rest is made again, and until the backward pass.
  private var remains: [Int: StageRemains] = [:]
  private var extras: [Int]
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
    extras = names.map { _ in 0 }
    gradient = names.count - 1
    // What the last stage hands on is nothing, and so is its gradient.
    bytes = stages.stateBytes + stages.handed[names.count - 1]
  }

  private func hasInput(_ stage: Int) -> Bool {
    stage == 0 || hasOutput[stage - 1] || hasSaved[stage - 1] || remains[stage - 1] != nil
  }

  /// What is wrong with running a stage forward.
  private func fault(forward stage: Int) -> String? {
    let name = names[stage]
    guard hasInput(stage) else { return "the input of '\(name)' is not there" }
    if hasSaved[stage] { return "'\(name)' is saved already" }
    if remains[stage] != nil { return "a part of '\(name)' is saved already" }
    if hasOutput[stage] { return "the output of '\(name)' is there already" }
    return stage > gradient ? "the backward pass of '\(name)' is over" : nil
  }

  /// Runs a forward pass that keeps some nodes.
  ///
  /// - Returns: What is wrong with it.
  mutating func forward(_ stage: Int, leaving rest: StageRemains) -> String? {
    if let fault = fault(forward: stage) { return fault }
    bytes += rest.bytes + stages.handed[stage]
    peak = bytes + rest.firstRoom
    remains[stage] = rest
    return nil
  }

  /// Makes again what a stage has not kept.
  ///
  /// - Returns: What is wrong with it.
  mutating func again(_ stage: Int) -> String? {
    let name = names[stage]
    guard let rest = remains.removeValue(forKey: stage) else {
      return "no part of '\(name)' is saved"
    }
    guard hasInput(stage) else { return "the input of '\(name)' is not there" }
    bytes += stages.held[stage] + rest.extraBytes - rest.bytes
    peak = bytes + rest.againRoom
    hasSaved[stage] = true
    extras[stage] = rest.extraBytes
    return nil
  }

  /// Runs a forward pass.
  ///
  /// - Returns: What is wrong with it.
  mutating func forward(_ stage: Int, keeping kept: StagePlan.Kept) -> String? {
    if let fault = fault(forward: stage) { return fault }
    let name = names[stage]
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
    guard hasSaved[stage] else {
      return remains[stage] == nil
        ? "'\(name)' is not saved" : "the rest of '\(name)' is not made again yet"
    }
    guard hasInput(stage) else { return "the input of '\(name)' is not there" }
    let before = stage > 0 ? stages.handed[stage - 1] : 0
    bytes += before
    peak = bytes + stages.backwardRoom[stage]
    // What was saved, the output and its gradient go.
    bytes -= stages.held[stage] + extras[stage] + 2 * stages.handed[stage]
    extras[stage] = 0
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
