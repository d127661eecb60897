import ArgumentParser
import Optimization
import Simulation
import Swap

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the integer program of a profile for other solvers.",
    discussion: """
      lp and mps keep the names of variables and rows. dat is the data of \
      Models/Formulations/swap.mod: glpsol -m swap.mod -d FILE.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case lp
    case mps
    case dat
  }

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Option(help: "lp, mps or dat")
  var format: Format

  @Option(help: "Device memory, as for solve.")
  var budget: BudgetArgument?

  @Option(name: .shortAndLong, help: "Write to this file; - for standard output.")
  var output = "-"

  func run() throws {
    let loaded = try Inputs.profile(profile)
    let bytes = try Inputs.budgetBytes(budget, of: loaded)
    let problem: SwapProblem
    do {
      problem = try SwapProblem(profile: loaded.profile, budgetBytes: bytes)
    } catch {
      throw CommandFailure(.badInput, "\(profile): \(error)")
    }
    let text =
      switch format {
      case .lp: try problem.formulate().lpText()
      case .mps: try problem.formulate().mpsText()
      case .dat: problem.mathProgData()
      }
    try Inputs.write(Array(text.utf8), to: output)
  }
}
