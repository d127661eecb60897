import Foundation
import GLPK
import Layouts
import Optimization
import Plans
import Profiles
import Simulation
import TestSupport
import Testing

/// The fastest paths: by hand, against all paths, against the MathProg reference, replayed and carried out.
@Suite struct LayoutPathTests {
  static let mebibyte = 1 << 20

  /// 64×1024×4096 of two bytes are 512 MiB, on one of four devices 128 MiB. The fastest way from S0,R,R to
  /// R,S0,S1 cuts dimension 2 first, then trades a quarter: 10 + 3/4 · 33554432 / 10⁵ µs. During the trade a
  /// device holds 128 MiB of the tensor, and 32 MiB each of input, packed parts and output.
  @Test("a worked example, its peak, and the least cap")
  func workedExample() throws {
    let mesh = try Case.mesh((4, 10, 100), (4, 10, 100))
    let tensor = try MeshTensor(shape: [64, 1024, 4096], elementBytes: 2)
    let (from, to) = (try TensorLayout(text: "S0,R,R"), try TensorLayout(text: "R,S0,S1"))
    var planner = LayoutPlanner(tensor: tensor, mesh: mesh)
    guard case .path(let path) = try planner.path(from: from, to: to) else {
      Issue.record("no path")
      return
    }
    #expect(
      path.stages.map(\.step) == [
        .slice(axis: 1, dimension: 2), .allToAll(axis: 0, from: 0, to: 1),
      ])
    #expect(abs(path.microseconds - 261.65824) < 1e-6)
    #expect(path.stages.map(\.peakBytes) == [160 * Self.mebibyte, 224 * Self.mebibyte])

    let greedy = try #require(GreedyConversion(tensor: tensor, mesh: mesh).path(from: from, to: to))
    #expect(
      greedy.stages.map(\.step) == [
        .allToAll(axis: 0, from: 0, to: 1), .slice(axis: 1, dimension: 2),
      ])
    #expect(abs(greedy.microseconds - 1016.63296) < 1e-6)

    var tight = LayoutPlanner(
      tensor: tensor, mesh: mesh, memoryCapBytes: 224 * Self.mebibyte - 1)
    #expect(
      try tight.path(from: from, to: to) == .overCap(leastBytes: 224 * Self.mebibyte))
    var enough = LayoutPlanner(tensor: tensor, mesh: mesh, memoryCapBytes: 224 * Self.mebibyte)
    #expect(try enough.path(from: from, to: to) == .path(path))
  }

  @Test("partial sums are added up, scattered where that is wanted, and never made")
  func partialSums() throws {
    let mesh = try Case.mesh((4, 10, 100), (2, 5, 50))
    var planner = LayoutPlanner(
      tensor: try MeshTensor(shape: [1000, 1000], elementBytes: 4), mesh: mesh)
    func steps(_ from: String, _ to: String) throws -> [LayoutStep]? {
      guard
        case .path(let path) = try planner.path(
          from: try TensorLayout(text: from), to: try TensorLayout(text: to))
      else { return nil }
      return path.stages.map(\.step)
    }
    // 10 + 2 · 3/4 · 4·10⁶ / 10⁵ µs = 70 µs; scattering and gathering would pay the latency twice.
    #expect(try steps("R,R,P0", "R,R") == [.allReduce(axis: 0)])
    #expect(
      try planner.microseconds(
        from: try TensorLayout(text: "R,R,P0"), to: try TensorLayout(text: "R,R")) == 70)
    #expect(try steps("R,R,P0", "S0,R") == [.reduceScatter(axis: 0, dimension: 0)])
    // Sums are linear: what else changes may change before they are added up.
    #expect(try steps("S1,R,P0", "S1,R,P0") == [])
    #expect(try steps("S1,R,P0", "R,S1,P0") == [.allToAll(axis: 1, from: 0, to: 1)])
    #expect(try steps("R,R", "R,R,P0") == nil)
    #expect(
      try planner.path(from: try TensorLayout(text: "S0,R"), to: try TensorLayout(text: "R,R,P0"))
        == .unreachable)
  }

  @Test("every path is replayed and carried out, of all pairs of layouts", arguments: 0..<4)
  func allPairs(number: Int) throws {
    let mesh = try [
      Case.mesh((2, 3, 100), (3, 9, 20)), Case.mesh((4, 0, 50)), Case.mesh((2, 1, 9), (2, 1, 90)),
      Case.mesh((1, 5, 10), (2, 5, 10)),
    ][number]
    let tensor = try MeshTensor(shape: number == 2 ? [4, 8, 12] : [12, 36], elementBytes: 1000)
    var planner = LayoutPlanner(tensor: tensor, mesh: mesh)
    var count = 0
    for source in planner.layouts {
      for target in planner.layouts {
        guard case .path(let path) = try planner.path(from: source, to: target) else {
          #expect(!Set(target.partialAxes).isSubset(of: source.partialAxes))
          continue
        }
        try check(path, to: target, tensor, mesh)
        count += 1
      }
    }
    #expect(count >= planner.layouts.count)
  }

  @Test("random paths on up to three axes are replayed and carried out", arguments: UInt64(0)..<60)
  func randomPaths(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed &+ 1000)
    let (tensor, mesh) = try Case.random(seed)
    var planner = LayoutPlanner(tensor: tensor, mesh: mesh)
    for _ in 0..<12 {
      let source = try #require(planner.layouts.randomElement(using: &random))
      let target = try #require(planner.layouts.randomElement(using: &random))
      guard case .path(let path) = try planner.path(from: source, to: target) else {
        #expect(!Set(target.partialAxes).isSubset(of: source.partialAxes))
        continue
      }
      try check(path, to: target, tensor, mesh)
      if let greedy = GreedyConversion(tensor: tensor, mesh: mesh).path(from: source, to: target) {
        try check(greedy, to: target, tensor, mesh)
        #expect(path.microseconds <= greedy.microseconds * (1 + 1e-12))
      }
    }
  }

  private func check(
    _ path: LayoutPath, to target: TensorLayout, _ tensor: MeshTensor, _ mesh: DeviceMesh
  ) throws {
    let result = LayoutReplay(tensor: tensor, mesh: mesh).run(path)
    #expect(result.faults == [])
    #expect(result.layout == target && path.target == target)
    #expect(abs(result.microseconds - path.microseconds) <= 1e-9 * max(1, path.microseconds))
    #expect(result.peakBytes == path.peakBytes)
    #expect(LayoutExecutor(sizes: mesh.axes.map(\.size)).fault(in: path) == nil)
  }

  @Test("no path of all is faster, with and without a cap", arguments: UInt64(0)..<24)
  func exhaustive(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed &+ 77)
    // All paths of the smallest cases; of the others all that aren't late anywhere.
    let isTiny = seed % 2 == 0
    let axes = (0..<(seed % 4 == 2 ? 1 : 2)).map { _ in
      DeviceMesh.Axis(
        size: 2, latencyMicroseconds: Double.random(in: 0...20, using: &random),
        gbPerSecond: Double.random(in: 1...400, using: &random))
    }
    let mesh = try DeviceMesh(axes: axes)
    let tensor = try MeshTensor(
      shape: isTiny ? (seed % 4 == 2 ? [4, 4, 2] : [8]) : [4, 4, 8],
      elementBytes: Int.random(in: 1...99999, using: &random))
    let cap = seed % 3 == 0 ? nil : tensor.bytes * Int.random(in: 8...20, using: &random) / 10
    var planner = LayoutPlanner(tensor: tensor, mesh: mesh, memoryCapBytes: cap)
    let every = EveryPath(tensor, mesh, cap: cap ?? .max, skipsLate: !isTiny)
    for _ in 0..<8 {
      let source = try #require(planner.layouts.randomElement(using: &random))
      let target = try #require(planner.layouts.randomElement(using: &random))
      let value = try planner.microseconds(from: source, to: target)
      let least = every.fastest(from: source, to: target)
      if let value {
        #expect(abs(try #require(least) - value) <= 1e-9 * max(1, value))
      } else {
        #expect(least == nil)
      }
    }
  }

  @Test("the MathProg reference has the same optimum", arguments: UInt64(0)..<20)
  func reference(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (tensor, mesh) = try Case.random(seed)
    var planner = LayoutPlanner(tensor: tensor, mesh: mesh)
    let source = try #require(planner.layouts.randomElement(using: &random))
    let target = try #require(
      planner.layouts.filter { $0.partialAxes == [] }
        .randomElement(using: &random))
    let data = data(planner.layouts, source, target, tensor, mesh)
    let model = try MathProg.read(
      model: try String(contentsOf: Self.folder.appending(path: "reshard.mod"), encoding: .utf8),
      data: data)
    let solved = try GLPKSolver().relax(model, options: SolveOptions())
    let value = try #require(try planner.microseconds(from: source, to: target))
    #expect(abs(try #require(solved.objective) - value) < 1e-6 * max(1, value))
  }

  private func data(
    _ layouts: [TensorLayout], _ source: TensorLayout, _ target: TensorLayout,
    _ tensor: MeshTensor, _ mesh: DeviceMesh
  ) -> String {
    let names = Dictionary(uniqueKeysWithValues: layouts.enumerated().map { ($1, "l\($0)") })
    var fastest: [String: Double] = [:]
    for layout in layouts {
      for step in Case.steps(dimensions: tensor.shape.count, axes: mesh.axes.count) {
        guard let next = Case.make(step, from: layout, tensor, mesh), next.layout != layout else {
          continue
        }
        let key = "\(names[layout] ?? "") \(names[next.layout] ?? "")"
        fastest[key] = min(fastest[key] ?? .infinity, next.microseconds)
      }
    }
    let rows = fastest.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value) 0" }
    return """
      data;
      set LAYOUTS := \(names.values.sorted().joined(separator: " "));
      param : STEPS : time_us peak_bytes :=
      \(rows.joined(separator: "\n"));
      param cap_bytes := 0;
      param first := \(names[source] ?? "");
      param last := \(names[target] ?? "");
      end;
      """
  }

  @Test("the tiny data of the reference have the optimum worked out by hand")
  func tiny() throws {
    let text = { (name: String) in
      try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
    }
    let model = try MathProg.read(model: text("reshard.mod"), data: text("reshard-tiny.dat"))
    #expect(try GLPKSolver().relax(model, options: SolveOptions()).objective == 20)
    var planner = LayoutPlanner(
      tensor: try MeshTensor(shape: [1000, 1000], elementBytes: 4),
      mesh: try Case.mesh((2, 10, 100)))
    #expect(
      try planner.microseconds(
        from: try TensorLayout(text: "S0,R"), to: try TensorLayout(text: "R,S0")) == 20)
  }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Models/Formulations")
}
