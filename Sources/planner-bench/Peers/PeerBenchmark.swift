import Foundation
import Optimization
import Plans
import Profiles
import Simulation
import Swap

/// Other programs on the same problems.
struct PeerBenchmark: Benchmark {
  let title = "peers from PyPI"
  var subjects: [String] { Network.all.map(\.title) + ["knapsack"] }

  func run(_ setting: Setting, print: (Line) -> Void) throws {
    guard let python = Python(setting) else { return print(.remark("all", Python.remedy)) }
    let networks = setting.isQuick ? [Network.all[0]] : Array(Network.all.prefix(3))
    for network in networks where setting.includes(network.title, of: self) {
      try compareSolvers(network, python, setting, print)
    }
    if setting.includes("knapsack", of: self) { try compareKnapsacks(python, setting, print) }
  }

  // MARK: The swap model in other solvers

  /// The same formulation, modelled and solved elsewhere, its point turned into a plan by our reading.
  private func compareSolvers(
    _ network: Network, _ python: Python, _ setting: Setting, _ print: (Line) -> Void
  ) throws {
    let problem = try network.problem(setting)
    let model = problem.formulate()
    let path = try python.store(Array(try model.mpsText().utf8), as: "\(network.name).mps")
    let simulator = try Simulator(profile: problem.profile)
    let solver = try Engines.cbc(setting)
    for (command, name) in [("highs", "HiGHS (highspy)"), ("pulp", "PuLP with its CBC")] {
      var whole: Plan?
      let seconds = try Contest.once {
        if case .plan(let plan) = try SwapPlanner(problem, solver: solver).plan() { whole = plan }
      }
      let gap = problem.settings.relativeGap / 4
      let answer = python.run([command, path, "\(setting.limit)", "\(gap)"])
      guard let whole, let ours = SwapBenchmark.milliseconds(of: whole, simulator),
        let theirs = answer.seconds, let building = answer.building_seconds
      else {
        print(.remark("\(network.title), \(name)", answer.words))
        continue
      }
      let objective = answer.objective.map { String(format: ", model %.2f ms", $0) } ?? ""
      print(
        Line(
          subject: "\(network.title), planning", first: "portfolio", second: name, unit: .seconds,
          firstValues: [seconds], secondValues: [theirs + building],
          note: String(
            format: "%@%@, building %.2f s, %@", answer.status ?? "", objective, building,
            answer.version ?? "")))
      let variables = model.variableCount
      guard let point = answer.point, point.count >= variables,
        let plan = problem.plan(atPoint: Array(point.prefix(variables))),
        let iteration = SwapBenchmark.milliseconds(of: plan, simulator)
      else {
        print(.remark("\(network.title), iteration", "\(name) has no plan: \(answer.words)"))
        continue
      }
      print(
        Line(
          subject: "\(network.title), iteration", first: "portfolio", second: name,
          unit: .milliseconds, firstValues: [ours], secondValues: [iteration]))
    }
  }

  // MARK: PyTorch's knapsack

  private func compareKnapsacks(
    _ python: Python, _ setting: Setting, _ print: (Line) -> Void
  ) throws {
    let network = Network.all[setting.isQuick ? 0 : 1]
    let profile = try network.profile(setting)
    let knapsack = Knapsack(profile, budget: 0.5)
    let path = try python.store(try knapsack.encoded(), as: "knapsack.json")
    let model = knapsack.model
    let solver = try Engines.cbc(setting)
    let subject = "\(network.name), knapsack of \(knapsack.memory.count)"
    let titles = (time: "\(subject), solving", saved: "\(subject), time saved")
    for (command, name) in [("greedy", "PyTorch's greedy"), ("dp", "PyTorch's dynamic program")] {
      var ours: [Double] = []
      var theirs: [Double] = []
      var objective = 0.0
      var last = Python.Answer()
      for _ in 0..<setting.rounds {
        ours.append(
          try Contest.once {
            objective = try solver.solve(model, options: SolveOptions()).objective ?? 0
          })
        last = python.run([command, path])
        guard let seconds = last.seconds else { return print(.remark(titles.time, last.words)) }
        theirs.append(seconds)
      }
      let words = "\(last.words), \(last.version ?? "")"
      print(
        Line(
          subject: titles.time, first: "CBC, exact", second: name, unit: .seconds,
          firstValues: ours,
          secondValues: theirs, note: words))
      print(
        Line(
          subject: titles.saved, first: "CBC, exact", second: name,
          unit: .milliseconds, firstValues: [objective],
          secondValues: [(last.objective ?? .nan) / 1e3], note: "more is better"))
      let kept = last.kept ?? []
      try compareIterations(network, profile, knapsack, kept: kept, name, setting, print)
    }
  }

  /// Replays a knapsack's choice, and lets the portfolio plan within the memory that it takes.
  ///
  /// Each dropped tensor is made again by a chain of its own, as the execution model has it; PyTorch
  /// makes neighbours again together, and may be faster than this.
  private func compareIterations(
    _ network: Network, _ profile: Profile, _ knapsack: Knapsack, kept: [Int], _ name: String,
    _ setting: Setting, _ print: (Line) -> Void
  ) throws {
    let dropped = Set(knapsack.tensors).subtracting(kept.map { knapsack.tensors[$0] })
    let simulator = try Simulator(profile: profile)
    let peak = simulator.demand.unconstrainedPeak.bytes
    let subject = "\(network.name), iteration at its peak"
    // Making tensors again may take more memory than keeping them; any amount is measured.
    let roomy = try SwapProblem(profile: profile, budgetBytes: 2 * peak)
    guard let plan = roomy.plan(recomputing: dropped) else {
      return print(.remark(subject, "what \(name) chose can't be replayed"))
    }
    let result = simulator.run(plan)
    guard result.isValid else { return print(.remark(subject, "the simulator rejects it")) }
    var settings = SwapSettings()
    settings.allowsSwap = false
    let problem = try SwapProblem(
      profile: profile, budgetBytes: result.peakDeviceBytes, settings: settings)
    guard case .plan(let whole) = try SwapPlanner(problem, solver: Engines.cbc(setting)).plan(),
      let ours = SwapBenchmark.milliseconds(of: whole, simulator)
    else { return print(.remark(subject, "the portfolio finds no plan in the memory of \(name)")) }
    let share = 100 * result.peakDeviceBytes / peak
    print(
      Line(
        subject: subject, first: "portfolio, no swaps", second: name, unit: .milliseconds,
        firstValues: [ours], secondValues: [result.iterationMicroseconds / 1e3],
        note: "its peak is \(share) % of the unconstrained one; one chain for each tensor"))
  }
}
