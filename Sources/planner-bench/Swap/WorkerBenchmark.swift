import CBC
import Optimization

/// What a process of its own costs.
struct WorkerBenchmark: Benchmark {
  let title = "worker process"
  var subjects: [String] { ["knapsack of 12", "start and solve"] }

  func run(_ setting: Setting, print: (Line) -> Void) throws {
    let model = Self.model
    let inProcess = CBCSolver()
    let worker = try Engines.cbc(setting)
    do {
      _ = try inProcess.solve(model, options: SolveOptions())
    } catch {
      return print(.remark("knapsack of 12", "\(error)"))
    }
    let seconds = try Contest.seconds(
      rounds: setting.rounds,
      [
        { _ = try worker.solve(model, options: SolveOptions()) },
        { _ = try inProcess.solve(model, options: SolveOptions()) },
        { _ = try Engines.cbc(setting).solve(model, options: SolveOptions()) },
      ])
    let cost = (seconds[0].median - seconds[1].median) * 1e3
    print(
      Line(
        subject: "knapsack of 12", first: "waiting worker", second: "in process", unit: .seconds,
        firstValues: seconds[0], secondValues: seconds[1],
        note: "\(Int((cost * 1e3).rounded())) µs for each solve"))
    print(
      Line(
        subject: "start and solve", first: "new worker", second: "in process", unit: .seconds,
        firstValues: seconds[2], secondValues: seconds[1]))
  }

  /// A knapsack that CBC solves at its root.
  private static var model: Model {
    var model = Model(name: "knapsack", sense: .maximize)
    var value = LinearExpression()
    var weight = LinearExpression()
    for item in 0..<12 {
      let isTaken = model.addBinary("taken[\(item)]")
      value.add(Double(7 + item * 5 % 11), isTaken)
      weight.add(Double(3 + item * 7 % 13), isTaken)
    }
    model.addRow("weight", weight, atMost: 40)
    model.setObjective(value)
    return model
  }
}
