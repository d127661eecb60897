import CBC
import ExpertPlacement
import Foundation
import GLPK
import Optimization
import Plans
import Profiles
import TestSupport
import Testing

/// The integer program against enumeration, the MathProg reference, and both engines.
@Suite struct SplitFormulationTests {
  static let options = SolveOptions(absoluteGap: 1e-9)

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Models/Formulations")

  static func reference() throws -> String {
    try String(contentsOf: folder.appending(path: "expert-placement.mod"), encoding: .utf8)
  }

  static func problem(seed: UInt64) throws -> LayerProblem {
    var profile = Layers.profile(
      seed: seed, experts: 4, devices: 2, slots: [3, 2], scenarios: seed % 2 == 0 ? 1 : 2)
    if seed % 4 >= 2 { profile.moe?.placement = [[[0, 1], [2, 3]]] }
    if seed % 5 == 0 { profile.moe?.deviceSpeeds = [1, 2] }
    var settings = PlacementSettings()
    settings.robustness = seed % 3 == 0 ? .conditional(0.25) : .worst
    settings.split = .weighted
    if seed % 4 >= 2 { settings.maximumMoves = 1 }
    let instance = try PlacementInstance(of: profile, settings: settings)
    return instance.problem(
      layer: 0, redundancy: seed % 7 == 0 ? 0 : nil, moveLimit: settings.maximumMoves)
  }

  @Test("CBC, GLPK and the MathProg reference agree", arguments: UInt64(0)..<60)
  func agreement(seed: UInt64) throws {
    let problem = try Self.problem(seed: seed)
    let model = SplitFormulation(problem, bound: 0).model
    let cbc = try #require(try CBCSolver().solve(model, options: Self.options).objective)
    let glpk = try #require(try GLPKSolver().solve(model, options: Self.options).objective)
    let text = try MathProg.read(model: Self.reference(), data: problem.mathProgData())
    let solved = try #require(try GLPKSolver().solve(text, options: Self.options).objective)
    #expect(abs(cbc - glpk) < 1e-6 && abs(cbc - solved) < 1e-6)
  }

  @Test("every placement with its best shares is no better", arguments: UInt64(0)..<8)
  func enumeration(seed: UInt64) throws {
    let profile = Layers.profile(seed: seed, experts: 4, devices: 2, slots: [3, 2], scenarios: 2)
    var settings = PlacementSettings()
    settings.robustness = .worst
    settings.split = .weighted
    let instance = try PlacementInstance(of: profile, settings: settings)
    let problem = instance.problem(layer: 0)
    var best = Double.infinity
    PlacementEnumeration.all(experts: 4, slots: [3, 2]) { devices in
      let fixed = SplitFormulation(problem, bound: 0, placedAs: Assignment(devices: devices))
      let value = try? GLPKSolver().relax(fixed.model, options: SolveOptions()).objective
      best = min(best, value ?? .infinity)
    }
    let model = SplitFormulation(problem, bound: 0).model
    let value = try #require(try CBCSolver().solve(model, options: Self.options).objective)
    #expect(abs(value - best) < 1e-6)
  }

  @Test("the tiny data file is solved as its comment says")
  func tiny() throws {
    let data = try String(
      contentsOf: Self.folder.appending(path: "expert-placement-tiny.dat"), encoding: .utf8)
    let model = try MathProg.read(model: Self.reference(), data: data)
    let solved = try GLPKSolver().solve(model, options: Self.options)
    #expect(abs(try #require(solved.objective) - 1) < 1e-9)
  }

  @Test("cutting experts where a device is full balances exactly", arguments: UInt64(0)..<20)
  func wrapAround(seed: UInt64) throws {
    let profile = Layers.profile(
      seed: seed, experts: 32, devices: 4, slots: Array(repeating: 9, count: 4))
    let plan = try PlacementTests.plan(profile) {
      $0.split = .weighted
      $0.strategies = [.wrapAround, .greedy]
      $0.iterationLimit = 0
    }
    #expect(abs(try #require(plan.prediction?.value) - 1) < 1e-9)
  }
}
