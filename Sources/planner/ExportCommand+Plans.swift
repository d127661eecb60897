import Optimization
import Plans
import Profiles
import Reports
import Simulation

extension ExportCommand {
  /// What is written: the bytes, what they don't express, and how to plan so that they would.
  private struct Export {
    var bytes: [UInt8]
    var losses: [String]
    var notes: [String] = []
    var remedy: String?
  }

  /// Writes a plan in the form of another program.
  func export(_ path: String) throws {
    let plan = try Inputs.anyPlan(path)
    guard PlanForms.has(format.name, of: plan) else {
      throw PlanForms.unknown(format.name, of: plan, path: path)
    }
    let loaded = try Inputs.profile(profile)
    if case .twoStage = plan, loaded.profile.stageGraph == nil {
      throw CommandFailure(
        .badInput,
        "\(profile): two_stage: absent; \(format.name) is a form of plans of planner two-stage")
    }
    try Inputs.check(plan, path, for: loaded)
    try write(try converted(plan, path, for: loaded), path)
  }

  /// Converts a plan that its replay finds valid.
  private func converted(
    _ plan: AnyPlan, _ path: String, for loaded: Inputs.LoadedProfile
  ) throws -> Export {
    switch plan {
    case .swap(let plan): return try swaps(plan, path, for: loaded)
    case .twoStage(let plan): return try stages(plan, path, for: loaded)
    case .chunks(let plan):
      let report = ChunkReport(plan, profile: loaded.profile)
      try confirm(report.result.isValid, report.result.faults.first, path)
      let export = ChunkConfiguration(report, as: try form())
      return Export(bytes: Array(export.text.utf8), losses: export.losses)
    case .expertPlacement(let plan):
      let report = PlacementReport(plan, profile: loaded.profile)
      try confirm(report.result.isValid, report.result.faults.first, path)
      let form: PlacementExport.Format = try form()
      do throws(PlacementExport.Failure) {
        let export = try PlacementExport(plan, as: form, profile: loaded.profile)
        return Export(bytes: Array(export.text.utf8), losses: export.losses)
      } catch {
        throw CommandFailure(.badInput, "\(path): \(error)")
      }
    case .dispatch(let plan):
      let report = DispatchReport(plan, profile: loaded.profile)
      try confirm(report.result.isValid, report.result.faults.first, path)
      return Export(bytes: DispatchFile(plan).bytes(as: try form()), losses: [])
    case .gradients(let plan):
      let report = GradientReport(plan, profile: loaded.profile)
      try confirm(report.result.isValid, report.result.faults.first, path)
      let form: GradientExport.Format = try form()
      do throws(GradientExport.Failure) {
        let export = try GradientExport(plan, profile: loaded.profile, as: form)
        return Export(
          bytes: export.bytes, losses: export.losses,
          remedy: "use ddp-json, which says all of it")
      } catch {
        throw CommandFailure(.badInput, "\(profile): \(error)")
      }
    case .sharding: throw PlanForms.unknown(format.name, of: plan, path: path)
    }
  }

  /// The form, of the kind that is wanted.
  private func form<Form: RawRepresentable>() throws -> Form where Form.RawValue == String {
    guard let form = Form(rawValue: format.name) else {
      preconditionFailure("a form is looked up before a plan is converted")
    }
    return form
  }

  /// Refuses a plan that fails in its replay.
  private func confirm(_ isValid: Bool, _ fault: String?, _ path: String) throws {
    guard isValid else {
      throw CommandFailure(.validationFailed, "\(path): \(fault ?? "the plan doesn't hold")")
    }
  }

  private func swaps(
    _ plan: Plan, _ path: String, for loaded: Inputs.LoadedProfile
  ) throws -> Export {
    let report = SwapReport(plan, simulator: try Inputs.simulator(loaded))
    guard report.result.isValid else {
      throw CommandFailure(
        .validationFailed,
        "\(path): the simulator rejects the plan: \(report.result.verdict.sentence)")
    }
    let form: SwapExport.Format = try form()
    do throws(SwapExport.Failure) {
      let export = try SwapExport(report, as: form)
      return Export(
        bytes: export.bytes, losses: export.losses,
        remedy: "plan with --no-swap or --no-recompute, whichever it speaks of")
    } catch {
      throw CommandFailure(.badInput, "\(loaded.path): \(error)")
    }
  }

  private func stages(
    _ plan: StagePlan, _ path: String, for loaded: Inputs.LoadedProfile
  ) throws -> Export {
    guard let graph = loaded.profile.stageGraph else {
      preconditionFailure("a profile without stages is refused before a plan is converted")
    }
    let report = StageReport(plan, name: loaded.profile.name, graph: graph)
    try confirm(report.result.isValid, report.result.faults.first, path)
    let form: StageExport.Format = try form()
    do throws(StageExport.Failure) {
      let export = try StageExport(report, as: form)
      return Export(
        bytes: Array(export.text.utf8), losses: export.losses, notes: export.notes,
        remedy: "leave strategies that it doesn't know out of the profile")
    } catch {
      throw CommandFailure(.badInput, "\(path): \(error)")
    }
  }

  /// Writes a file that says all of the plan, or one that doesn't if that is wanted.
  private func write(_ export: Export, _ path: String) throws {
    guard lossy || export.losses.isEmpty else {
      let lines = export.losses.map { "\(path): lost: \($0)" }.joined(separator: "\n")
      let remedy = export.remedy.map { ", or \($0)" } ?? ""
      throw CommandFailure(
        .badInput,
        "\(lines)\n\(path): \(format.name) can't express this plan; take --lossy to write the rest\(remedy)"
      )
    }
    for note in export.notes { Console.note(note) }
    for loss in export.losses { Console.note("lost: \(loss)") }
    try Inputs.write(export.bytes, to: output)
  }
}
