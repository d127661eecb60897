import Optimization
import Profiles

/// Ways that others take, to compare with.
struct Baselines {
  let instance: StageInstance
  /// Choices that are best for some price of memory, all activations saved.
  private let saved: [(choice: [Int], figures: StageFigures)]

  init(_ instance: StageInstance, choices: [[Int]]) {
    self.instance = instance
    saved = choices.map { ($0, instance.figures(of: $0)) }
  }

  /// The fastest candidate of which no stage runs again.
  func savingAll(within budget: Int) -> StageCandidate? {
    best(within: budget) { figures in
      figures.chain.plan(
        of: CheckpointChain.Schedule.saving(from: 0, to: figures.forward.count - 1))
    }
  }

  /// The fastest candidate of which every stage but the last keeps its input alone.
  func recomputingAll(within budget: Int) -> StageCandidate? {
    best(within: budget) { figures in
      let last = figures.forward.count - 1
      // The first stage's input is there; each next one is a checkpoint.
      return figures.chain.plan(of: .checkpointing(from: 0, to: last))
    }
  }

  private func best(
    within budget: Int, _ plan: (StageFigures) -> CheckpointChain.Plan
  ) -> StageCandidate? {
    var best: StageCandidate?
    for (choice, figures) in saved {
      let candidate = StageCandidate(choice: choice, figures: figures, schedule: plan(figures))
      if candidate.peakBytes <= budget, candidate.microseconds < best?.microseconds ?? .infinity {
        best = candidate
      }
    }
    return best
  }

  // MARK: - Names

  /// The placements whose names are agreed, in the order in which they are shown.
  static let placements = ["data_parallel", "zero1", "zero2", "zero3", "megatron"]

  /// The choice of the strategies of a name, or that begin with it and a colon: the first of each node; nil if
  /// a node has none.
  func choice(named name: String) -> [Int]? {
    var choice: [Int] = []
    for nodes in instance.nodesOfVariable {
      let position = instance.graph.nodes[nodes[0]].strategies.firstIndex {
        $0.id == name || $0.id.hasPrefix(name + ":")
      }
      guard let position else { return nil }
      choice.append(position)
    }
    return choice
  }
}
