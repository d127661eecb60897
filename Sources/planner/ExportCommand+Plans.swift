import Optimization
import Plans
import Profiles
import Reports
import Simulation

extension ExportCommand {
  /// Writes a plan in the form of another program.
  func export(_ path: String, for loaded: Inputs.LoadedProfile) throws {
    if let form = format.ofSwaps { return try write(path, for: loaded, as: form) }
    guard let form = format.ofStages else { return }
    // Standard input can be read only once; there the reader of the plan tells of other kinds.
    if path != "-", case .swap? = try? AnyPlan.read(try Inputs.bytes(path), name: path) {
      let known = SwapExport.Format.allCases.map(\.rawValue).joined(separator: ", ")
      throw CommandFailure(
        .badInput,
        "\(path): problem: this is a swap plan, and \(form.rawValue) is a form of plans of planner two-stage: it says "
          + "what layers do, not what single tensors do. Use \(known)")
    }
    try write(path, for: loaded, as: form)
  }

  /// Writes a plan of swaps that the simulator finds valid.
  private func write(
    _ path: String, for loaded: Inputs.LoadedProfile, as form: SwapExport.Format
  ) throws {
    let plan = try Inputs.plan(path, for: loaded)
    let report = SwapReport(plan, simulator: try Inputs.simulator(loaded))
    guard report.result.isValid else {
      throw CommandFailure(
        .validationFailed,
        "\(path): the simulator rejects the plan: \(report.result.verdict.sentence)")
    }
    let export: SwapExport
    do throws(SwapExport.Failure) {
      export = try SwapExport(report, as: form)
    } catch {
      throw CommandFailure(.badInput, "\(loaded.path): \(error)")
    }
    try write(
      export.bytes, losses: export.losses, path,
      remedy: "plan with --no-swap or --no-recompute, whichever it speaks of")
  }

  /// Writes a plan that holds in the form of a training program.
  private func write(
    _ path: String, for loaded: Inputs.LoadedProfile, as form: StageExport.Format
  ) throws {
    guard let graph = loaded.profile.stageGraph else {
      throw CommandFailure(
        .badInput,
        "\(profile): two_stage: absent; \(form.rawValue) is a form of plans of planner two-stage")
    }
    let report = StageReport(
      try Inputs.plan(path, for: loaded), name: loaded.profile.name, graph: graph)
    guard report.result.isValid else {
      throw CommandFailure(
        .validationFailed, "\(path): \(report.result.faults.first ?? "the plan doesn't hold")")
    }
    let export: StageExport
    do throws(StageExport.Failure) {
      export = try StageExport(report, as: form)
    } catch {
      throw CommandFailure(.badInput, "\(path): \(error)")
    }
    if lossy || export.losses.isEmpty {
      for note in export.notes { Console.note(note) }
    }
    try write(
      Array(export.text.utf8), losses: export.losses, path,
      remedy: "leave strategies that it doesn't know out of the profile")
  }

  /// Writes a file that says all of the plan, or one that doesn't if that is wanted.
  private func write(
    _ bytes: [UInt8], losses: [String], _ path: String, remedy: String
  ) throws {
    guard lossy || losses.isEmpty else {
      let lines = losses.map { "\(path): lost: \($0)" }.joined(separator: "\n")
      throw CommandFailure(
        .badInput,
        "\(lines)\n\(path): \(format.rawValue) can't express this plan; take --lossy to write the rest, or \(remedy)"
      )
    }
    for loss in losses { Console.note("lost: \(loss)") }
    try Inputs.write(bytes, to: output)
  }
}
