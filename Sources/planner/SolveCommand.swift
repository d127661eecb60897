import ArgumentParser
import Foundation
import Optimization
import Plans
import Profiles
import Reports
import Simulation
import Swap

struct SolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solve",
    abstract: "Find the fastest plan that keeps a memory budget.",
    discussion: """
      Several profiles are solved one after the other; with --json each gives one line. The exit \
      code is that of the first one that failed.

      Example: planner solve resnet50.profile.json.gz --budget 50% -o resnet50.plan.json
      """)

  @Argument(help: "Profile files (JSON or its gzip); - for standard input.")
  var profiles: [String]

  @OptionGroup var options: SolveOptions

  @Option(name: .shortAndLong, help: "Write the plan to this file; - for standard output.")
  var output: String?

  @OptionGroup var pages: ReportOptions

  @OptionGroup var pictures: PictureOptions

  @Option(
    help: """
      Give every buffer of the planned iteration an address and write them to this CSV file. If they \
      don't fit the budget, plans for less memory until they do.
      """)
  var addresses: String?

  @Option(
    help: """
      Stop with the best plan so far when planner and its solver hold more memory than this, as 8GiB.
      """)
  var memoryLimit: BudgetArgument?

  @Flag(help: "Print one line of JSON per profile instead of the summary.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws {
    if profiles.isEmpty { throw ValidationError("name at least one profile") }
    if output != nil && profiles.count > 1 {
      throw ValidationError("-o takes the plan of one profile; solve them one by one")
    }
    if pages.report != nil && profiles.count > 1 {
      throw ValidationError("--report takes the plan of one profile; solve them one by one")
    }
    if pictures.svg != nil && profiles.count > 1 {
      throw ValidationError("--svg draws the plan of one profile; solve them one by one")
    }
    try pages.check(beside: output, pictures.svg, addresses)
    if addresses != nil && profiles.count > 1 {
      throw ValidationError("--addresses takes the plan of one profile; solve them one by one")
    }
    if addresses == "-" && (json || output == "-") {
      throw ValidationError("--addresses - and what else goes to standard output would be mixed")
    }
    if case .share = memoryLimit {
      throw ValidationError("--memory-limit takes an amount such as 8GiB, not a share")
    }
    if profiles.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  func run() throws {
    var memoryBytes: Int?
    if case .bytes(let bytes) = memoryLimit { memoryBytes = bytes }
    let interrupt = Interrupt(
      timeLimit: profiles.count == 1 ? options.timeLimit?.seconds : nil, memoryBytes: memoryBytes)
    let solver = ProfileSolver(
      options: options, engines: EngineStore(), cancellation: interrupt.cancellation)
    var first: ExitStatus = .success
    for path in profiles {
      let status: ExitStatus
      do {
        status = try solve(path, solver, interrupt)
      } catch let failure as CommandFailure where profiles.count > 1 {
        try report(failure, path: path)
        status = failure.status
      }
      if first == .success { first = status }
      if interrupt.cancellation.isCancelled { break }
    }
    try interrupt.check()
    if first != .success { throw first.code }
  }

  /// Tells of one profile that failed among several.
  private func report(_ failure: CommandFailure, path: String) throws {
    Console.error(failure.description)
    if json {
      try Console.write(
        FailureLine(
          profile: path, status: failure.status.rawValue, message: failure.description
        ).json())
    }
  }

  private func solve(
    _ path: String, _ solver: ProfileSolver, _ interrupt: Interrupt
  ) throws -> ExitStatus {
    let begin = ContinuousClock.now
    let stored = try Inputs.stored(path)
    if let instance = try solver.shardingInstance(in: stored) {
      try runSharding(instance, path: path, solver, interrupt)
      return .success
    }
    let loaded = try Inputs.profile(stored)
    let problem = solver.problem(of: loaded)
    if problem != "swap" {
      try runCommand(of: problem, on: loaded, solver, interrupt)
      return .success
    }
    let result = try solver.planSwaps(loaded)
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    switch result {
    case .plan(var plan, let planner):
      if let addresses {
        plan = try place(plan, loaded, planner, solver, output: addresses)
      }
      return try finish(plan, loaded, path: path, seconds: seconds, interrupt)
    case .infeasible(let report):
      try Console.write(json ? report.json() + "\n" : report.text())
      return .infeasible
    }
  }

  /// Places the buffers of a plan, or of one for less memory, within the budget, and writes them.
  private func place(
    _ plan: Plan, _ loaded: Inputs.LoadedProfile, _ planner: SwapPlanner, _ solver: ProfileSolver,
    output: String
  ) throws -> Plan {
    let simulator = try Inputs.simulator(loaded)
    let capacity = plan.budget.deviceBytes
    var plan = plan
    for _ in 0..<4 {
      let placement = try AddressPlacement(
        of: plan, simulator, capacity: capacity,
        limit: SearchLimit(
          seconds: loaded.searchTime(of: solver.options.timeLimit),
          cancellation: solver.cancellation))
      if !quiet { Console.note(placement.summary) }
      if placement.fits {
        try Inputs.write(placement.table.encoded(), to: output)
        return plan
      }
      let less = plan.budget.deviceBytes - (placement.height - capacity)
      let problem = try solver.swapProblem(loaded, budgetBytes: less)
      var again = SwapPlanner(
        problem.limited(to: loaded.searchTime(of: solver.options.timeLimit)),
        solver: planner.solver)
      again.cancellation = planner.cancellation
      again.progressHandler = planner.progressHandler
      guard case .plan(var smaller) = try again.plan() else { break }
      Console.clearProgress()
      smaller.profile.sha256 = loaded.sha256
      plan = smaller
    }
    throw CommandFailure(
      solver.cancellation.isCancelled ? .interrupted : .limitWithoutPlan,
      "\(loaded.path): no layout of the planned buffers fits \(Quantity.exactBytes(capacity)); raise the "
        + "budget, or leave out --addresses")
  }

  /// Simulates the plan, writes it, and prints what came of it.
  private func finish(
    _ plan: Plan, _ loaded: Inputs.LoadedProfile, path: String, seconds: Double,
    _ interrupt: Interrupt
  ) throws -> ExitStatus {
    let simulator = try Inputs.simulator(loaded)
    let result = simulator.run(plan)
    if let output { try Inputs.write(plan.encoded(), to: output) }
    interrupt.settle()
    let report = SwapReport(plan, simulator: simulator, result: result)
    try pages.write(report.page(hasSeconds: true))
    try pictures.write(report.picture())
    let isOutputTaken = [output, pages.report, pictures.svg].contains("-")
    if json && !isOutputTaken {
      try Console.write(report.json() + "\n")
    } else if !quiet && !isOutputTaken {
      try Console.write(
        report.text(isColored: Console.isColored, hasTimeline: Console.isOutputTerminal))
      try Console.write(String(format: "\nSolved in %.1f s.\n", seconds))
    }
    guard result.isValid else {
      throw CommandFailure(
        .validationFailed, "\(path): the simulator rejects the plan: \(result.verdict.sentence)")
    }
    return .success
  }
}
