import ArgumentParser
import Optimization
import Profiles
import Reports
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
      dtensor are PyTorch's placements of each tensor as JSON; deepspeed is a DeepSpeed configuration.

      Of a plan of planner solve: perfetto is a trace of the planned iteration for ui.perfetto.dev; memory-viz \
      a memory snapshot for pytorch.org/memory_viz; minimalloc the planned buffers as CSV; chakra an execution trace \
      (.et). pytorch-eager and torch-compile are Python modules that carry the plan out, of profiles recorded with \
      planner collect hook.

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
    case perfetto
    case memoryViz = "memory-viz"
    case pytorchEager = "pytorch-eager"
    case torchCompile = "torch-compile"
    case minimalloc
    case chakra

    /// The form of a plan of two stages, if it is one.
    var ofStages: StageExport.Format? { StageExport.Format(rawValue: rawValue) }
    /// The form of a plan of swaps, if it is one.
    var ofSwaps: SwapExport.Format? { SwapExport.Format(rawValue: rawValue) }
    /// Whether it is a form of plans.
    var isOfPlan: Bool { ofStages != nil || ofSwaps != nil }
  }

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Argument(help: "The plan, for all but lp, mps and dat; - for standard input.")
  var plan: String?

  @Option(
    help: """
      lp, mps or dat of a profile; megatron, dtensor or deepspeed of a plan of two-stage; perfetto, memory-viz, \
      pytorch-eager, torch-compile, minimalloc or chakra of a plan of solve
      """)
  var format: Format

  @Option(help: "Device memory, as for solve; for lp, mps and dat.")
  var budget: BudgetArgument?

  @Flag(help: "Write the file even if it can't express all of the plan.")
  var lossy = false

  @Option(name: .shortAndLong, help: "Write to this file; - for standard output.")
  var output = "-"

  func validate() throws {
    if !format.isOfPlan {
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
    if format.isOfPlan, let plan { return try export(plan, for: loaded) }
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
}
