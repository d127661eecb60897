import Plans
import Profiles
import Simulation

/// Which stages of a plan run again, and from which kept inputs.
struct RepeatedStages {
  /// The names of all stages.
  let stages: [String]
  /// The positions of stages whose nodes repeat: a transformer's layers.
  let layers: [Int]
  /// How often each forward pass runs.
  let runs: [Int]
  /// Stages that run again from one kept input, in the first pass: `first...last`.
  let segments: [ClosedRange<Int>]
  /// The stages that keep some of their nodes and run the others again.
  let parts: [Int]

  init(_ report: StageReport) {
    stages = report.graph.stages
    let repeating = Set(report.graph.nodes.filter { $0.repeatGroup != nil }.map(\.stage))
    layers = stages.indices.filter(repeating.contains)
    runs = report.result.forwardRuns
    var segments: [ClosedRange<Int>] = []
    var parts: [Int] = []
    var stage = 0
    for case .forward(let name, let kept) in report.plan.schedule {
      // The first pass goes through the chain once, in order.
      guard stage < stages.count, name == stages[stage] else { break }
      switch kept {
      case .all: break
      case .nodes: parts.append(stage)
      case .input: segments.append(stage...stage)
      case .nothing:
        if let last = segments.last, last.upperBound == stage - 1 {
          segments[segments.count - 1] = last.lowerBound...stage
        } else {
          segments.append(stage...stage)
        }
      }
      stage += 1
    }
    self.segments = segments
    self.parts = parts
  }

  /// What programs that save or run again whole layers can't express; nil where no stage keeps a part.
  func lossOfParts(_ program: String) -> String? {
    guard let first = parts.first else { return nil }
    return
      "\(Quantity.count(parts.count, "stage")) keep some nodes' outputs and run the others again (\(stages[first])"
      + "\(parts.count > 1 ? " and more" : "")): \(program) saves all of them, and takes more memory"
  }

  /// Whether some stages run more than twice: checkpoints within checkpoints.
  var isNested: Bool { runs.contains { $0 > 2 } }

  /// The positions among the layers of those that run again.
  var repeatedLayers: [Int] { layers.indices.filter { runs[layers[$0]] > 1 } }

  /// The stages besides layers that run again.
  var others: [String] {
    stages.indices.filter { runs[$0] > 1 && !layers.contains($0) }.map { stages[$0] }
  }

  /// Returns the segments as names, each its first and last stage.
  var words: String {
    let list = segments.map { segment in
      segment.count == 1
        ? stages[segment.lowerBound]
        : "\(stages[segment.lowerBound])…\(stages[segment.upperBound])"
    }
    return list.count <= 8
      ? list.joined(separator: ", ")
      : list.prefix(8).joined(separator: ", ") + " and \(list.count - 8) more"
  }
}
