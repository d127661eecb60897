import Plans
import Profiles
import Simulation

/// A plan of strategies and checkpoints in the form that a training program loads, and what that form can't
/// express.
public struct StageExport: Sendable, Hashable {
  /// The forms that are known.
  public enum Format: String, Sendable, Hashable, CaseIterable {
    /// Command-line flags of Megatron-LM, one a line.
    case megatron
    /// PyTorch's DTensor placements by tensor, as JSON.
    case dtensor
    /// A DeepSpeed configuration, as JSON.
    case deepspeed
  }

  /// The content of the file.
  public let text: String
  /// What the form can't express, in sentences: a program that loads the file does something else there.
  public let losses: [String]
  /// What a program does a little differently, without more memory or less than the plan's sharing.
  public let notes: [String]

  /// Why a plan has no such form.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason with its remedy.
    public let description: String
  }

  /// Converts a plan that its replay finds valid.
  ///
  /// - Throws: `Failure` where the plan has no placement block, or one of tensors that aren't samples × tokens ×
  ///   values.
  public init(_ report: StageReport, as format: Format) throws(Failure) {
    guard let placement = report.graph.placement, let block = report.plan.placement else {
      let reason: PlacementAbsence =
        report.graph.placement == nil ? .unknownToProfile : .notInPlan
      throw Failure(
        description:
          "\(reason.sentence) Collect the profile with `planner collect strategies` and plan "
          + "again")
    }
    switch format {
    case .dtensor:
      let export = TensorPlacements(block, placement, report.graph, RepeatedStages(report))
      (text, losses, notes) = (export.text, export.losses, export.notes)
    case .megatron:
      let use = try MeshUse(report, placement)
      let export = MegatronFlags(use, RepeatedStages(report))
      (text, losses, notes) = (export.text, export.losses, use.notes)
    case .deepspeed:
      let use = try MeshUse(report, placement)
      let export = DeepSpeedStages(use, RepeatedStages(report))
      (text, losses, notes) = (export.text, export.losses, use.notes)
    }
  }
}
