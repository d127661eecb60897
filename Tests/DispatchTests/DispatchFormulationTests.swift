import CBC
import Foundation
import GLPK
import Optimization
import Profiles
import TestSupport
import Testing
import TokenDispatch

/// The programs against the MathProg reference, both engines, and each other.
@Suite struct DispatchFormulationTests {
  static func reference() throws -> String {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Models/Formulations/dispatch.mod")
    return try String(contentsOf: url, encoding: .utf8)
  }

  private func least(_ model: Model) throws -> Double {
    let answer = try CBCSolver().relax(model, options: SolveOptions())
    #expect(answer.termination == .optimal)
    return try #require(answer.objective)
  }

  private func isNear(_ one: Double, _ other: Double) -> Bool {
    abs(one - other) <= 1e-5 * max(1, abs(other))
  }

  @Test(
    "one variable a pair, classes of one pair, CBC, GLPK and dispatch.mod agree",
    arguments: UInt64(0)..<60)
  func agreement(seed: UInt64) throws {
    let cluster = Clusters.random(
      seed: seed, devices: 2 + Int(seed % 5), latency: seed % 2 == 0)
    let instance = try Clusters.instance(cluster, tokens: 60 + Int(seed), tokenBytes: 1000)
    let deviation = Double(seed % 7) / 10
    let pairs = PairFormulation(instance, deviation: deviation, isInteger: false)
    let expected = try least(pairs.model)
    let glpk = try GLPKSolver().relax(pairs.model, options: SolveOptions())
    #expect(isNear(try #require(glpk.objective), expected))
    let single = ClassFormulation(instance, classes: .single(instance), deviation: deviation)
    #expect(isNear(try least(single.model), expected))
    let reference = try MathProg.read(
      model: Self.reference(), data: instance.mathProgData(deviation: deviation))
    let solved = try GLPKSolver().solve(reference, options: SolveOptions())
    #expect(isNear(try #require(solved.objective), expected))
  }

  @Test("the tiny example of the reference has the time that is worked out beside it")
  func tinyExample() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Models/Formulations/dispatch-tiny.dat")
    let data = try String(contentsOf: url, encoding: .utf8)
    let model = try MathProg.read(model: Self.reference(), data: data)
    let solved = try GLPKSolver().solve(model, options: SolveOptions())
    #expect(isNear(try #require(solved.objective), 40))
  }

  static let trees: [Cluster] = [
    Clusters.tree([[3], [3]]), Clusters.tree([[2, 2], [2, 2]], spine: 40),
    Clusters.tree([[2, 2], [2]], spine: 40), Clusters.tree([[4, 2, 2]]),
    Clusters.tree([[2, 2, 2]], isShared: true),
    Clusters.tree([[2, 2, 2]], slowNode: (1, 12.5)),
    Clusters.tree([[1, 3], [2, 2]], spine: 70, slowNode: (2, 9)),
  ]

  @Test(
    "as many variables as classes of pairs give the optimum of one variable a pair",
    arguments: trees.indices)
  func classes(index: Int) throws {
    let cluster = Self.trees[index]
    let instance = try Clusters.instance(cluster)
    let classes = PairClasses(of: instance)
    #expect(classes.count < instance.deviceCount * instance.deviceCount)
    #expect(classes.sizes.reduce(0, +) == instance.deviceCount * instance.deviceCount)
    for deviation in [0, 0.1, 0.3, 0.6] {
      let few = try least(
        ClassFormulation(instance, classes: classes, deviation: deviation).model)
      let all = try least(
        PairFormulation(instance, deviation: deviation, isInteger: false).model)
      #expect(isNear(few, all))
    }
  }

  @Test("measured pairs that are alike share a class, others don't")
  func pairClasses() throws {
    // A ring of four with fast neighbours: pairs at distance 0, 1 and 2.
    let rates = (0..<4).map { i in
      (0..<4).map { j in i == j ? 0 : abs(i - j) == 2 ? 10.0 : 50 }
    }
    var cluster = Cluster(
      deviceCount: 4, pairs: Cluster.PairMatrix(gbPerSecond: rates))
    #expect(PairClasses(of: try Clusters.instance(cluster)).count == 3)
    cluster.pairs?.gbPerSecond?[0][1] = 49
    #expect(PairClasses(of: try Clusters.instance(cluster)).count == 16)
    let tree = Clusters.tree([[8, 8], [8, 8]], spine: 100)
    #expect(PairClasses(of: try Clusters.instance(tree)).count == 4)
  }

  @Test("the lines of a link lie below its times at every number of tokens, and touch them")
  func lines() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      var points: [Link.Point] = []
      var (bytes, time) = (0, 0.0)
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        bytes += Int.random(in: 500...5000, using: &random)
        time += Double.random(in: 0.1...9, using: &random)
        points.append(Link.Point(bytes: bytes, gbPerSecond: Double(bytes) / time / 1e3))
      }
      let path = Link(latencyMicroseconds: Double.random(in: 0...5, using: &random), points: points)
      let least = Double(Int.random(in: 0...5, using: &random))
      let lines = CostLine.hull(of: path, tokenBytes: 100, from: least, to: 200)
      func bound(_ tokens: Int) -> Double {
        lines.map { $0.intercept + $0.slope * Double(tokens) }.max() ?? 0
      }
      for tokens in Int(least)...200 {
        let time = tokens == 0 ? 0 : path.copyMicroseconds(bytes: tokens * 100)
        #expect(bound(tokens) <= time + 1e-6)
      }
      #expect(abs(bound(200) - path.copyMicroseconds(bytes: 20000)) < 1e-6)
    }
  }
}
