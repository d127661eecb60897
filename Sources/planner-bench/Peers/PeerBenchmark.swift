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
    let network = Network.all[setting.isQuick ? 0 : 3]
    let knapsack = Knapsack(try network.profile(setting), budget: 0.5)
    let path = try python.store(try knapsack.encoded(), as: "knapsack.json")
    let model = knapsack.model
    let solver = try Engines.cbc(setting)
    let subject = "\(network.name), knapsack of \(knapsack.memory.count)"
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
        guard let seconds = last.seconds else { return print(.remark(subject, last.words)) }
        theirs.append(seconds)
      }
      let words = "\(last.words), \(last.version ?? "")"
      print(
        Line(
          subject: subject, first: "CBC, exact", second: name, unit: .seconds, firstValues: ours,
          secondValues: theirs, note: words))
      print(
        Line(
          subject: subject + ", time saved", first: "CBC, exact", second: name,
          unit: .milliseconds, firstValues: [objective],
          secondValues: [(last.objective ?? .nan) / 1e3], note: "more is better"))
    }
  }
}
