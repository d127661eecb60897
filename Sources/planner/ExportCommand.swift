import ArgumentParser
import Optimization
import Profiles
import Reports
import Simulation
import Swap

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract:
      "Write a profile's integer program for other solvers, or a plan for training programs.",
    discussion: """
      Of a profile: lp and mps keep the names of variables and rows. dat is the data of \
      Models/Formulations/swap.mod: glpsol -m swap.mod -d FILE.

      Of a plan of planner two-stage: megatron are flags of Megatron-LM, for pretrain_gpt.py $(cat FILE); \
      dtensor are PyTorch's placements of each tensor as JSON; deepspeed is a DeepSpeed configuration. \
      What the form can't express is an error with exit code 3 that says what would be lost; with --lossy the \
      file is written and standard error tells it.

      Example: planner export llama.profile.json.gz llama.plan.json --format megatron -o flags.txt
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case lp
    case mps
    case dat
    case megatron
    case dtensor
    case deepspeed

    /// The form of a plan; nil for those of a profile.
    var ofPlan: StageExport.Format? { StageExport.Format(rawValue: rawValue) }
  }

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Argument(help: "The plan, for megatron, dtensor and deepspeed; - for standard input.")
  var plan: String?

  @Option(help: "lp, mps or dat of a profile; megatron, dtensor or deepspeed of a plan")
  var format: Format

  @Option(help: "Device memory, as for solve; for lp, mps and dat.")
  var budget: BudgetArgument?

  @Flag(help: "Write the file even if it can't express all of the plan.")
  var lossy = false

  @Option(name: .shortAndLong, help: "Write to this file; - for standard output.")
  var output = "-"

  func validate() throws {
    if format.ofPlan == nil {
      if plan != nil || lossy {
        throw ValidationError(
          "--format \(format.rawValue) is of a profile alone; leave out the plan and --lossy")
      }
    } else {
      guard let plan else {
        throw ValidationError("--format \(format.rawValue) is of a plan; give PROFILE and PLAN")
      }
      if budget != nil { throw ValidationError("a plan has its budget; leave out --budget") }
      if plan == "-" && profile == "-" {
        throw ValidationError("standard input (-) can be read only once")
      }
    }
  }

  func run() throws {
    let loaded = try Inputs.profile(profile)
    if let form = format.ofPlan, let plan { return try write(plan, for: loaded, as: form) }
    let bytes = try Inputs.budgetBytes(budget, of: loaded)
    let problem: SwapProblem
    do {
      problem = try SwapProblem(profile: loaded.profile, budgetBytes: bytes)
    } catch {
      throw CommandFailure(.badInput, "\(profile): \(error)")
    }
    let text =
      switch format {
      case .mps: try problem.formulate().mpsText()
      case .dat: problem.mathProgData()
      default: try problem.formulate().lpText()
      }
    try Inputs.write(Array(text.utf8), to: output)
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
      try Inputs.stagePlan(path, for: loaded), name: loaded.profile.name, graph: graph)
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
    guard lossy || export.losses.isEmpty else {
      let lines = export.losses.map { "\(path): lost: \($0)" }.joined(separator: "\n")
      throw CommandFailure(
        .badInput,
        "\(lines)\n\(path): \(form.rawValue) can't express this plan; take --lossy to write the rest, or "
          + "leave strategies that it doesn't know out of the profile")
    }
    for note in export.notes { Console.note(note) }
    for loss in export.losses { Console.note("lost: \(loss)") }
    try Inputs.write(Array(export.text.utf8), to: output)
  }
}
