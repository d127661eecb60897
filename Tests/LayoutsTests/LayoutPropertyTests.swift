import Layouts
import Plans
import Profiles
import Simulation
import TestSupport
import Testing

/// What must hold of all paths, and what breaks a path.
@Suite struct LayoutPropertyTests {
  @Test("links of half the speed take twice as long", arguments: UInt64(0)..<20)
  func scaling(seed: UInt64) throws {
    let (tensor, mesh) = try Case.random(seed)
    let slow = try DeviceMesh(
      axes: mesh.axes.map {
        DeviceMesh.Axis(
          size: $0.size, latencyMicroseconds: $0.latencyMicroseconds * 2,
          gbPerSecond: $0.gbPerSecond / 2)
      })
    try compare(tensor, mesh, tensor, slow, seed) {
      $0
    } ratio: {
      2 * $0
    }
  }

  @Test("other numbers of axes and dimensions change nothing", arguments: UInt64(0)..<20)
  func renaming(seed: UInt64) throws {
    let (tensor, mesh) = try Case.random(seed)
    let reversed = try DeviceMesh(axes: mesh.axes.reversed())
    let turned = try MeshTensor(
      shape: tensor.shape.reversed(), elementBytes: tensor.elementBytes)
    let last = mesh.axes.count - 1
    try compare(tensor, mesh, turned, reversed, seed) { layout in
      TensorLayout(
        dimensions: layout.dimensions.reversed().map { $0.map { last - $0 } },
        partialAxes: layout.partialAxes.map { last - $0 })
    } ratio: {
      $0
    }
  }

  private func compare(
    _ tensor: MeshTensor, _ mesh: DeviceMesh, _ other: MeshTensor, _ otherMesh: DeviceMesh,
    _ seed: UInt64, renamed: (TensorLayout) -> TensorLayout, ratio: (Double) -> Double
  ) throws {
    var random = SeededGenerator(seed: seed)
    var first = LayoutPlanner(tensor: tensor, mesh: mesh)
    var second = LayoutPlanner(tensor: other, mesh: otherMesh)
    #expect(first.layouts.count == second.layouts.count)
    for _ in 0..<20 {
      let source = try #require(first.layouts.randomElement(using: &random))
      let target = try #require(first.layouts.randomElement(using: &random))
      let one = try first.microseconds(from: source, to: target)
      let two = try second.microseconds(from: renamed(source), to: renamed(target))
      guard let one, let two else {
        #expect(one == nil && two == nil)
        continue
      }
      #expect(abs(ratio(one) - two) <= 1e-9 * max(1, two))
    }
  }

  @Test("a higher cap is never slower, and the least cap works", arguments: UInt64(0)..<20)
  func caps(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (tensor, mesh) = try Case.random(seed)
    var free = LayoutPlanner(tensor: tensor, mesh: mesh)
    for _ in 0..<10 {
      let source = try #require(free.layouts.randomElement(using: &random))
      let target = try #require(free.layouts.randomElement(using: &random))
      guard case .path(let best) = try free.path(from: source, to: target), !best.stages.isEmpty
      else { continue }
      var before = Double.infinity
      for percent in [10, 40, 80, 100, 150, 300] {
        let cap = best.peakBytes * percent / 100
        var planner = LayoutPlanner(tensor: tensor, mesh: mesh, memoryCapBytes: cap)
        switch try planner.path(from: source, to: target) {
        case .path(let path):
          #expect(path.peakBytes <= cap)
          #expect(path.microseconds <= before)
          before = path.microseconds
        case .overCap(let least):
          #expect(before == .infinity && least > cap && least <= best.peakBytes)
          var other = LayoutPlanner(tensor: tensor, mesh: mesh, memoryCapBytes: least)
          guard case .path = try other.path(from: source, to: target) else {
            Issue.record("the least cap doesn't work")
            continue
          }
        case .unreachable: Issue.record("a cap can't make a layout unreachable")
        }
      }
      #expect(before == best.microseconds)
    }
  }

  @Test("a path that is wrong is found out")
  func damage() throws {
    let mesh = try Case.mesh((2, 1, 10), (3, 1, 10))
    let tensor = try MeshTensor(shape: [12, 18], elementBytes: 4)
    let from = try TensorLayout(text: "R,R")
    func path(_ steps: [(LayoutStep, String)]) throws -> LayoutPath {
      LayoutPath(
        source: from, sourceBytes: tensor.bytes,
        stages: try steps.map {
          LayoutPath.Stage(
            step: $0.0, layout: try TensorLayout(text: $0.1), microseconds: 0, peakBytes: 0)
        })
    }
    let executor = LayoutExecutor(sizes: [2, 3])
    let right = try path([
      (.slice(axis: 0, dimension: 0), "S0,R"), (.slice(axis: 1, dimension: 0), "S01,R"),
    ])
    #expect(executor.fault(in: right) == nil)
    // The order of axes matters.
    let wrong = try path([
      (.slice(axis: 0, dimension: 0), "S0,R"), (.slice(axis: 1, dimension: 0), "S10,R"),
    ])
    #expect(executor.fault(in: wrong) == "device 1 doesn't hold what S10,R demands")
    let added = try path([(.allReduce(axis: 0), "R,R")])
    #expect(executor.fault(in: added)?.hasPrefix("device 0") == true)
    let replay = LayoutReplay(tensor: tensor, mesh: mesh)
    #expect(
      replay.run(added).faults == ["step 1, all-reduce: axis 0 holds no partial sums"])
    #expect(replay.run(wrong).layout == (try TensorLayout(text: "S01,R")))
    let gathered = try path([(.allGather(axis: 0, dimension: 0), "R,R")])
    #expect(
      replay.run(gathered).faults == [
        "step 1, all-gather: axis 0 is not the last to shard dimension 0"
      ])
    let far = try path([(.slice(axis: 7, dimension: 0), "R,R")])
    #expect(replay.run(far).faults == ["step 1, slice: the mesh has no axis 7"])
  }

  @Test("layouts have an order of axes; their number is a rising factorial")
  func counts() throws {
    // Three axes on four dimensions: sums of 4·5·6 …, each other axis replicating or partial.
    var planner = LayoutPlanner(
      tensor: try MeshTensor(shape: [64, 64, 64, 64], elementBytes: 2),
      mesh: try Case.mesh((2, 1, 1), (4, 1, 1), (4, 1, 1)))
    #expect(planner.layouts.count == 8 + 3 * 4 * 4 + 3 * 20 * 2 + 120)
    planner = LayoutPlanner(
      tensor: try MeshTensor(shape: [64, 64, 64], elementBytes: 2),
      mesh: try Case.mesh((4, 1, 1), (4, 1, 1)))
    #expect(planner.layouts.count { GreedyConversion.knows($0) } == 16)
    #expect(Set(planner.layouts).count == planner.layouts.count)
  }

  @Test("the greedy search's distances are the published ones")
  func scores() throws {
    func score(_ from: String, _ to: String) throws -> Int {
      GreedyConversion.score(try TensorLayout(text: from), try TensorLayout(text: to))
    }
    #expect(try score("R", "S01") == 5 + 6 + 5)
    #expect(try score("S01", "R") == 20 + 6 + 20)
    #expect(try score("S0", "S1") == 20 + 6 + 5)
    #expect(try score("S1", "S01") == 20 + 6 + 5 + 6 + 5)
    #expect(try score("S01", "S1") == 20 + 6 + 20 + 6 + 5)
    #expect(try score("S01", "S0") == 20)
    #expect(try score("S0,R", "S0,R") == 0)
  }

  @Test(
    "a layout is written as it is read, and what can't be read is told",
    arguments: ["R", "S0", "S01,R,P2", "S10,R,S2", "R,R,P01"])
  func text(layout: String) throws {
    #expect(try TensorLayout(text: layout).text == layout)
  }

  @Test(
    "texts that are no layouts",
    arguments: ["", "P0", "S", "R0", "Sx", "S00", "R,,R", "R,P0,R", "S-1", "s0", "R,P", "S٠"])
  func brokenText(layout: String) {
    #expect(throws: LayoutError.self) { try TensorLayout(text: layout) }
  }

  @Test("layouts that aren't of the tensor, and meshes out of range, are told")
  func checks() throws {
    let mesh = try Case.mesh((2, 1, 10), (3, 1, 10))
    let tensor = try MeshTensor(shape: [4, 5], elementBytes: 4)
    for text in ["R", "R,R,R", "S2,R", "S0,S0", "R,S0", "S01,R", "S0,R,P0"] {
      let layout = try TensorLayout(text: text)
      #expect(throws: LayoutError.self) { try tensor.check(layout, on: mesh) }
    }
    #expect(throws: LayoutError.self) { try DeviceMesh(axes: []) }
    #expect(throws: LayoutError.self) { try Case.mesh((0, 1, 1)) }
    #expect(throws: LayoutError.self) { try Case.mesh((2, -1, 1)) }
    #expect(throws: LayoutError.self) { try Case.mesh((2, 1, 0)) }
    #expect(throws: LayoutError.self) { try Case.mesh((4096, 1, 1), (2, 1, 1)) }
    #expect(throws: LayoutError.self) { try MeshTensor(shape: [], elementBytes: 2) }
    #expect(throws: LayoutError.self) {
      try MeshTensor(shape: [1 << 40, 1 << 40], elementBytes: 2)
    }
  }

  /// Two leaves of eight devices in nodes of four. Within nodes 160 GB/s; between them each has a card of 50,
  /// but four hops of the ring cross a leaf's uplink of 100 at once.
  @Test("the links of a cluster's mesh are those of its slowest hop")
  func cluster() throws {
    func link(_ rate: Double) -> Link { Link(latencyMicroseconds: 7, gbPerSecond: rate) }
    var cluster = Cluster(
      deviceCount: 16,
      levels: [
        Cluster.Level(name: "node", groups: (0..<4).map { Array($0 * 4..<$0 * 4 + 4) }),
        Cluster.Level(name: "leaf", groups: [Array(0..<8), Array(8..<16)]),
      ],
      links: [
        Cluster.SharedLink(name: "nvlink", within: "node", outgoing: link(160)),
        Cluster.SharedLink(name: "nic", outside: "node", outgoing: link(50)),
        Cluster.SharedLink(
          name: "spine", owner: "leaf", outside: "leaf", outgoing: link(100)),
      ])
    let mesh = try DeviceMesh(sizes: [4, 4], on: cluster)
    #expect(mesh.axes.map(\.gbPerSecond) == [25, 160])
    #expect(mesh.axes.map(\.latencyMicroseconds) == [7, 7])
    let flat = try DeviceMesh(sizes: [16], on: cluster)
    #expect(flat.axes[0].gbPerSecond == 50)
    #expect(throws: LayoutError.self) { try DeviceMesh(sizes: [3, 4], on: cluster) }
    cluster.links = []
    #expect(throws: LayoutError.self) { try DeviceMesh(sizes: [4, 4], on: cluster) }
  }

  @Test("the cache answers as a new planner does")
  func cache() throws {
    var planners = LayoutPlanners()
    let tensor = try MeshTensor(shape: [8, 8], elementBytes: 2)
    let (from, to) = (try TensorLayout(text: "S0,R"), try TensorLayout(text: "R,S0"))
    for rate in [10.0, 20, 10, 20] {
      let mesh = try Case.mesh((2, 1, rate), (2, 1, 1))
      var planner = LayoutPlanner(tensor: tensor, mesh: mesh)
      #expect(
        try planners.path(of: tensor, on: mesh, from: from, to: to)
          == planner.path(from: from, to: to))
    }
  }
}
