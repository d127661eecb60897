import ArgumentParser
import Optimization
import Profiles
import Reports
import Swap

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract:
      "Write a profile's integer program for other solvers, or a plan for other programs.",
    discussion: """
      Of a profile: lp and mps keep the names of variables and rows. dat is the data of \
      Models/Formulations/swap.mod: glpsol -m swap.mod -d FILE.

      Of a plan of planner solve: perfetto is a trace of the planned iteration for ui.perfetto.dev; memory-viz \
      a memory snapshot for pytorch.org/memory_viz; minimalloc the planned buffers as CSV; chakra an execution trace \
      (.et). pytorch-eager and torch-compile are Python modules that carry the plan out, of profiles recorded with \
      planner collect hook. megatron, deepspeed, gemini and transformer-engine say what happens to whole layers and to \
      shares of a model's states.

      Of a plan of planner two-stage: megatron are flags of Megatron-LM, for pretrain_gpt.py $(cat FILE); \
      dtensor are PyTorch's placements of each tensor as JSON; deepspeed is a DeepSpeed configuration.

      Of a plan of planner chunks: gemini and deepspeed. Of planner place: sglang, tensorrt-llm and vllm-ascend. Of \
      planner dispatch: ta-moe, the matrix for --topo_file, and capacities, as JSON. Of planner gradients: ddp-hook, a \
      Python module with a communication hook, and ddp-json, what that is told.

      What the form can't express is an error with exit code 3 that says what would be lost; with --lossy the \
      file is written and standard error tells it.

      Example: planner export llama.profile.json.gz llama.plan.json --format megatron -o flags.txt
      """)

  /// A form of a profile or of a plan, by its name.
  struct Format: ExpressibleByArgument, Hashable {
    let name: String

    init?(argument: String) {
      guard PlanForms.all.contains(argument) else { return nil }
      name = argument
    }

    static var allValueStrings: [String] { PlanForms.all }

    /// Whether it is a form of plans.
    var isOfPlan: Bool { !PlanForms.ofProfile.contains(name) }
  }

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Argument(help: "The plan, for all but lp, mps and dat; - for standard input.")
  var plan: String?

  @Option(help: "The form: lp, mps or dat of a profile, or one of those of its plan's problem.")
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
          "--format \(format.name) is of a profile alone; leave out the plan and --lossy")
      }
    } else {
      guard let plan else {
        throw ValidationError("--format \(format.name) is of a plan; give PROFILE and PLAN")
      }
      if budget != nil { throw ValidationError("a plan has its budget; leave out --budget") }
      if plan == "-" && profile == "-" {
        throw ValidationError("standard input (-) can be read only once")
      }
    }
  }

  func run() throws {
    if format.isOfPlan, let plan { return try export(plan) }
    let loaded = try Inputs.profile(profile)
    let bytes = try Inputs.budgetBytes(budget, of: loaded)
    let problem: SwapProblem
    do {
      problem = try SwapProblem(profile: loaded.profile, budgetBytes: bytes)
    } catch {
      throw CommandFailure(.badInput, "\(profile): \(error)")
    }
    let text =
      switch format.name {
      case "mps": try problem.formulate().mpsText()
      case "dat": problem.mathProgData()
      default: try problem.formulate().lpText()
      }
    try Inputs.write(Array(text.utf8), to: output)
  }
}
