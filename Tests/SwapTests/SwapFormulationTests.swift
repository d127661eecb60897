import CBC
import Foundation
import GLPK
import Optimization
import Profiles
import Swap
import TestSupport
import Testing

/// The integer program against three other ways to the same number.
@Suite struct SwapFormulationTests {
  /// A small instance without split choices, tight enough that something must move.
  static func problem(seed: UInt64) throws -> SwapProblem {
    var random = SeededGenerator(seed: seed ^ 0xABCD)
    let profile = RandomProfile.layered(
      layers: 2, seed: seed, gbPerSecond: [6, 12, 24][Int(seed % 3)],
      duplexGBPerSecond: seed % 2 == 0 ? 4.5 : nil)
    var settings = SwapSettings()
    settings.minorShare = 0
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40, settings: settings)
    let share = Double.random(in: 0...0.9, using: &random)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    let budget = low + Int(share * Double(high - low))
    return try SwapProblem(profile: profile, budgetBytes: budget, settings: settings)
  }

  @Test(
    "CBC, GLPK, the MathProg reference and enumeration agree", arguments: UInt64(0)..<30)
  func agreement(seed: UInt64) throws {
    let problem = try Self.problem(seed: seed)
    let model = problem.formulate()
    let options = SolveOptions(absoluteGap: 1e-9)
    let cbc = try CBCSolver().solve(model, options: options)
    let glpk = try GLPKSolver().solve(model, options: options)
    let expected = try #require(try Enumeration.optimum(of: model))
    let value = try #require(cbc.objective)
    #expect(cbc.termination == .optimal)
    #expect(glpk.termination == .optimal)
    #expect(abs(value - expected) < 1e-5)
    #expect(abs((glpk.objective ?? .infinity) - expected) < 1e-5)

    let reference = try MathProg.read(model: Self.reference(), data: problem.mathProgData())
    let solved = try GLPKSolver().solve(reference, options: options)
    #expect(abs((solved.objective ?? .infinity) - expected) < 1e-5)
  }

  /// A tiny instance with NVMe and a host that holds a part of what may leave.
  static func nvmeProblem(seed: UInt64) throws -> SwapProblem {
    let profile = RandomProfile.tiny(seed: seed, hasNVMe: true)
    var settings = SwapSettings()
    settings.minorShare = 0
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40, settings: settings)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    let sizes = profile.tensors.map(\.bytes).sorted()
    let host = sizes[sizes.count / 2]
    return try SwapProblem(
      profile: profile, budgetBytes: low + (high - low) / [8, 4, 2][Int(seed % 3)],
      hostBudgetBytes: host + Int(seed % 2) * (1 << 20),
      nvmeBudgetBytes: seed % 5 == 0 ? host : nil, settings: settings)
  }

  @Test("with NVMe the four agree as well", arguments: UInt64(0)..<60)
  func agreementOnNVMe(seed: UInt64) throws {
    let problem = try Self.nvmeProblem(seed: seed)
    let model = problem.formulate()
    let options = SolveOptions(absoluteGap: 1e-9)
    let reference = try MathProg.read(model: Self.reference(), data: problem.mathProgData())
    let solved = try GLPKSolver().solve(reference, options: options)
    let cbc = try CBCSolver().solve(model, options: options)
    guard let expected = try Enumeration.optimum(of: model) else {
      #expect(cbc.termination == .infeasible)
      #expect(solved.termination == .infeasible)
      return
    }
    #expect(cbc.termination == .optimal)
    #expect(abs((cbc.objective ?? .infinity) - expected) < 1e-5)
    let glpk = try GLPKSolver().solve(model, options: options)
    #expect(abs((glpk.objective ?? .infinity) - expected) < 1e-5)
    #expect(abs((solved.objective ?? .infinity) - expected) < 1e-5)
  }

  @Test("the instances with NVMe use it")
  func nvmeVariety() throws {
    var (offered, used) = (0, 0)
    for seed in UInt64(0)..<100 {
      let model = try Self.nvmeProblem(seed: seed).formulate()
      let stays = (0..<model.variableCount).filter { model.variableNames[$0].hasPrefix("nvme[") }
      if stays.isEmpty { continue }
      offered += 1
      let point = try CBCSolver().solve(model, options: SolveOptions(absoluteGap: 1e-9)).point
      if let point, stays.contains(where: { point[$0] > 0.5 }) { used += 1 }
    }
    #expect(offered >= 50, "\(offered)")
    #expect(used >= 10, "\(used)")
  }

  /// The text of `Models/Formulations/swap.mod` without its output statements.
  static func reference() throws -> String {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = folder.appending(path: "../../Models/Formulations/swap.mod")
    let text = try String(contentsOf: file.standardized, encoding: .utf8)
    return text.components(separatedBy: "\nsolve;")[0] + "\nend;\n"
  }
}

/// The optimum of a mixed-integer program by trying every assignment of its integer variables.
enum Enumeration {
  static func optimum(of model: Model) throws -> Double? {
    let integers = (0..<model.variableCount).filter { model.kinds[$0] == .integer }
    var best: Double?
    var relaxed = model
    relaxed.relaxIntegrality()
    try visit(model, &relaxed, integers[...], &best)
    return best
  }

  /// Fixes the first variable at each of its values, and goes on where the rest can still be better.
  private static func visit(
    _ model: Model, _ part: inout Model, _ open: ArraySlice<Int>, _ best: inout Double?
  ) throws {
    let relaxation = try GLPKSolver().relax(part, options: SolveOptions())
    guard relaxation.termination == .optimal, let value = relaxation.objective else { return }
    if let best, value >= best - 1e-9 { return }
    guard let first = open.first else {
      best = value
      return
    }
    let variable = Variable(index: first)
    for fixed in [0.0, 1.0] {
      part.setBounds(of: variable, lower: fixed, upper: fixed)
      try visit(model, &part, open.dropFirst(), &best)
    }
    part.setBounds(of: variable, lower: 0, upper: 1)
  }
}
