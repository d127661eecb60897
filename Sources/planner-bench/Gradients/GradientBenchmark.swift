import Codecs
import Gradients
import Optimization
import Plans
import Profiles
import Simulation

/// Gradients: choosing elements against a copy, the energy of balanced blocks against that of the exact
/// largest elements, and planned exchanges against the best single algorithm, as the replay measures both.
struct GradientBenchmark: Benchmark {
  let title = "gradients"
  var subjects: [String] { ["selection", "energy", "exchange", "planning"] }

  func run(_ setting: Setting, print: (Line) -> Void) throws {
    let gradient = SyntheticGradient(elements: setting.isQuick ? 1 << 20 : 1 << 24)
    if setting.includes("selection", of: self) {
      try select(gradient.values, setting, print)
    }
    if setting.includes("energy", of: self) { try compareEnergy(gradient, print) }
    let solver = try Engines.cbc(setting)
    if setting.includes("exchange", of: self) {
      for nodes in [4, 16] {
        for rate in [1.25, 12.5, 50] { try exchange(nodes: nodes, rate: rate, solver, print) }
      }
    }
    if setting.includes("planning", of: self) {
      for buckets in setting.isQuick ? [13] : [13, 100, 400] {
        let profile = SyntheticGradient.profile(buckets: buckets, nodes: 16, rate: 12.5)
        var gap = ""
        let all = try Contest.once {
          let plan = try GradientPlanner(profile: profile).plan(solver: solver)
          gap = plan?.gap.map { "gap \(Int(($0 * 1e6).rounded())) millionths" } ?? ""
        }
        var settings = GradientSettings()
        settings.strategy = .greedy
        let greedy = try Contest.once {
          _ = try GradientPlanner(profile: profile, settings: settings).plan(solver: solver)
        }
        print(
          Line(
            subject: "planning, \(buckets) buckets", first: "all strategies",
            second: "greedy and bound", unit: .seconds, firstValues: [all],
            secondValues: [greedy], note: gap))
      }
    }
  }

  private func select(
    _ gradient: [Float], _ setting: Setting, _ print: (Line) -> Void
  ) throws {
    var copy = gradient
    for (block, count) in [(1024, 1), (1024, 10), (1024, 102), (4096, 41), (65536, 655)] {
      let counts = BlockSelection.equalCounts(count, elements: gradient.count, block: block)
      for level in KernelLevel.available {
        let seconds = try Contest.seconds(
          rounds: setting.rounds,
          [
            {
              try gradient.withUnsafeBufferPointer { buffer in
                _ = try BlockSelection(of: buffer, block: block, counts: counts, level: level)
              }
            },
            {
              gradient.withUnsafeBytes { source in
                copy.withUnsafeMutableBytes { PlainCopy.run(source, into: $0) }
              }
            },
          ])
        print(
          .rates(
            "selection, \(count) of \(block)", level.rawValue, "copy", .megabytesPerSecond,
            amount: Double(gradient.count * 4) / 1e6, (seconds[0], seconds[1])))
      }
    }
  }

  private func compareEnergy(_ gradient: SyntheticGradient, _ print: (Line) -> Void) throws {
    for density in [0.01, 0.001] {
      let exact = try gradient.exactEnergy(density: density)
      let total = gradient.energy
      for (name, energy) in [
        ("equal counts", try gradient.equalEnergy(density: density)),
        ("greedy counts", try gradient.greedyEnergy(density: density)),
      ] {
        print(
          Line(
            subject: "energy at \(density * 100) %", first: name, second: "exact largest",
            unit: .energy, firstValues: [energy / total], secondValues: [exact / total],
            note: "counts from another gradient with the same scales"))
      }
    }
  }

  private func exchange(
    nodes: Int, rate: Double, _ solver: any Solver, _ print: (Line) -> Void
  ) throws {
    let profile = SyntheticGradient.profile(buckets: 13, nodes: nodes, rate: rate)
    guard let plan = try GradientPlanner(profile: profile).plan(solver: solver) else { return }
    let result = GradientReplay(plan, on: profile).run()
    let single = plan.search.filter { GradientPlan.Algorithm(rawValue: $0.strategy) != nil }
    let best = single.filter { $0.valueMicroseconds != nil }.min {
      ($0.valueMicroseconds ?? 0) < ($1.valueMicroseconds ?? 0)
    }
    guard result.isValid, let best, let value = best.valueMicroseconds else {
      return print(.remark("exchange", "the replay rejects the plan"))
    }
    print(
      Line(
        subject: "exchange, \(nodes) nodes, \(rate) GB/s", first: "plan", second: best.strategy,
        unit: .milliseconds, firstValues: [result.endMicroseconds / 1e3],
        secondValues: [value / 1e3],
        note: "\(Int((result.energy * 100).rounded())) % of the energy"))
  }
}
