import CBC
import Foundation
import GLPK
import Gradients
import Optimization
import Profiles
import TestSupport
import Testing

/// The integer program against enumeration, the MathProg reference, and both engines.
@Suite struct GradientFormulationTests {
  static let options = SolveOptions(absoluteGap: 1e-9)
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Models/Formulations").standardized

  /// The text of `Models/Formulations/gradients.mod` without its output statements.
  static func reference() throws -> String {
    let text = try String(contentsOf: folder.appending(path: "gradients.mod"), encoding: .utf8)
    return text.components(separatedBy: "\nsolve;")[0] + "\nend;\n"
  }

  @Test("CBC, GLPK, the reference and enumeration agree", arguments: UInt64(0)..<120)
  func agreement(seed: UInt64) throws {
    let profile = RandomGradients.profile(seed: seed, buckets: 2 + Int(seed % 2))
    #expect(profile.validate() == [])
    let budget = [0, 0.3, 0.6, 0.8, 0.9, 1][Int(seed % 6)]
    let instance = try GradientInstance(of: profile, energyBudget: budget)
    let expected = try #require(RandomGradients.optimum(of: instance, frontierOnly: false))
    #expect(RandomGradients.optimum(of: instance, frontierOnly: true) == expected)
    let origin = instance.buckets[0].ready
    func isExpected(_ objective: Double?) throws -> Bool {
      abs(try #require(objective) * 1e3 + origin - expected) < 1e-5 * max(1, expected)
    }
    let formulation = GradientFormulation(instance)
    let cbc = try CBCSolver().solve(formulation.model, options: Self.options)
    #expect(try isExpected(cbc.objective))
    #expect(
      try isExpected(GLPKSolver().solve(formulation.model, options: Self.options).objective))
    let selection = formulation.selection(at: try #require(cbc.point))
    #expect(instance.isWithinBudget(selection))
    #expect(abs(instance.end(of: selection) - expected) < 1e-6 * max(1, expected))
    let reference = try MathProg.read(model: Self.reference(), data: instance.mathProgData())
    #expect(try isExpected(GLPKSolver().solve(reference, options: Self.options).objective))
  }

  @Test("the tiny data of the reference have the optimum worked out by hand")
  func tiny() throws {
    let data = try String(
      contentsOf: Self.folder.appending(path: "gradients-tiny.dat"), encoding: .utf8)
    let model = try MathProg.read(model: Self.reference(), data: data)
    let solved = try GLPKSolver().solve(model, options: Self.options)
    #expect(abs(try #require(solved.objective) - 8) < 1e-9)
  }
}
