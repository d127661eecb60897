import Layouts
import Plans
import Profiles

/// Ways between layouts: the fastest paths against Colossal-AI's greedy search, their times and how long both
/// search.
struct LayoutBenchmark: Benchmark {
  let title = "layouts"
  var subjects: [String] { Self.cases.map(\.name) }

  private static let cases: [(name: String, shape: [Int], axes: [(size: Int, rate: Double)])] =
    [("3-D", [64, 1024, 4096]), ("4-D", [64, 16, 1024, 4096])].flatMap { tensor in
      [
        ("4x4", [(4, 100.0), (4, 100.0)]), ("2x8, slow axis 0", [(2, 10), (8, 100)]),
        ("2x8, slow axis 1", [(2, 100), (8, 10)]), ("2x4x4", [(2, 100), (4, 100), (4, 100)]),
        ("2x4x4, slow axis 0", [(2, 10), (4, 100), (4, 100)]),
      ].map { mesh in ("\(tensor.0) on \(mesh.0)", tensor.1, mesh.1) }
    }

  func run(_ setting: Setting, print: (Line) -> Void) throws {
    for (name, shape, axes) in Self.cases where setting.includes(name, of: self) {
      let tensor = try MeshTensor(shape: shape, elementBytes: 2)
      let mesh = try DeviceMesh(
        axes: axes.map {
          DeviceMesh.Axis(size: $0.size, latencyMicroseconds: 10, gbPerSecond: $0.rate)
        })
      var planner = LayoutPlanner(tensor: tensor, mesh: mesh)
      let survey = LayoutSurvey(&planner)
      let both = survey.pairs.filter { $0.greedyMicroseconds != nil }
      let share = Double(survey.suboptimal) / Double(survey.pairs.count)
      print(
        Line(
          subject: "\(name), all pairs", first: "fastest", second: "greedy (Colossal-AI)",
          unit: .milliseconds, firstValues: [both.reduce(0) { $0 + $1.microseconds } / 1e3],
          secondValues: [both.reduce(0) { $0 + ($1.greedyMicroseconds ?? 0) } / 1e3],
          note: "\(survey.pairs.count) pairs, \(percent(share)) slower, "
            + "mean \(ratio(survey.meanRatio)), worst \(ratio(survey.worst?.ratio)), "
            + "\(survey.failures) without a path"))
      let greedy = GreedyConversion(tensor: tensor, mesh: mesh)
      let seconds = try Contest.seconds(
        rounds: setting.rounds,
        [
          { for pair in survey.pairs { _ = try planner.path(from: pair.source, to: pair.target) } },
          { for pair in survey.pairs { _ = greedy.path(from: pair.source, to: pair.target) } },
          {
            var fresh = LayoutPlanner(tensor: tensor, mesh: mesh)
            for layout in fresh.layouts { _ = try fresh.microseconds(from: layout, to: layout) }
          },
        ])
      let count = Double(survey.pairs.count)
      print(
        Line(
          subject: "\(name), a pair", first: "fastest, kept", second: "greedy (Colossal-AI)",
          unit: .milliseconds, firstValues: seconds[0].map { $0 * 1e3 / count },
          secondValues: seconds[1].map { $0 * 1e3 / count },
          note: "all \(survey.layoutCount)² pairs anew in "
            + "\(Int((seconds[2].median * 1e3).rounded(.up))) ms"))
    }
  }

  private func percent(_ share: Double) -> String {
    "\(Quantity.fixed(share * 100, decimals: 1)) %"
  }

  private func ratio(_ value: Double?) -> String {
    value.map { Quantity.fixed($0, decimals: 2) } ?? "–"
  }
}
