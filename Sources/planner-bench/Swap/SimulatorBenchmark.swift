import Plans
import Simulation
import Swap

/// The simulator against the planner's own timetable, on the same plan.
struct SimulatorBenchmark: Benchmark {
  let title = "simulator"
  var subjects: [String] { Network.all.map(\.title) }

  func run(_ setting: Setting, print: (Line) -> Void) throws {
    for network in Network.chosen(setting) where setting.includes(network.title, of: self) {
      let problem = try network.problem(setting)
      guard let plan = problem.plan(of: .greedy), let own = OwnReplay(of: plan, for: problem) else {
        print(.remark(network.title, "greedy finds no plan to replay"))
        continue
      }
      let simulator = try Simulator(profile: problem.profile)
      let result = simulator.run(plan)
      guard let time = own.iterationMicroseconds(), result.isValid,
        abs(time - result.iterationMicroseconds) <= 1e-6 * time
      else {
        print(.remark(network.title, "the two replays don't agree"))
        continue
      }
      let seconds = try Contest.seconds(
        rounds: setting.rounds,
        [{ _ = simulator.run(plan) }, { _ = own.iterationMicroseconds() }])
      let count = result.tasks.count
      print(
        .rates(
          network.title, "simulator", "the planner's timetable", .operatorsPerSecond,
          amount: Double(count), (seconds[0], seconds[1]),
          note: "\(count) tasks; the simulator also keeps stalls, copies and memory over time"))
    }
  }
}
