import Collectors
import Foundation
import Profiles
import TestSupport
import Testing

@Suite struct GradientCollectorTests {
  private let mesh = GradientExchange(
    nodes: 2, devicesPerNode: 1, betweenNodes: Link(latencyMicroseconds: 1, gbPerSecond: 1),
    selectionGBPerSecond: 10, buckets: [])

  private func collect(
    _ files: [(String, [UInt8])], timeline: String? = nil, curves: Profile? = nil,
    _ change: (inout GradientCollector) -> Void = { _ in }
  ) throws -> GradientExchange {
    var collector = GradientCollector(mesh: mesh)
    collector.blocks = [4]
    collector.densities = [0.25, 0.5]
    change(&collector)
    let profile = try collector.collect(
      files.map { TensorFiles.source($0.0, $0.1) },
      timeline: timeline.map { TensorFiles.source("ready.json", Array($0.utf8)) }, curves: curves)
    #expect(profile.validate() == [])
    return try #require(profile.gradients)
  }

  @Test("energies, curves and unions by hand")
  func byHand() throws {
    // Worker 0: 1 0 0 2 | 3 0 0 1, energy 15. Worker 1: 0 2 0 2 | 3 1 0 0, energy 18.
    let files = [
      ("g.bin", TensorFiles.bytes(of: [1, 0, 0, -2, 3, 0, 0, 1])),
      ("g.bin", TensorFiles.bytes(of: [0, 2, 0, 2, -3, 1, 0, 0])),
    ]
    let bucket = try collect(files).buckets[0]
    #expect(bucket.id == "g" && bucket.bytes == 32 && bucket.energy == 16.5)
    // The largest 2 of all: 9 + 4 of 15, and 9 + 4 of 18. The largest 4: 15, and all 18.
    let whole = try #require(bucket.energyCurves.first { $0.selection == .whole })
    #expect(whole.points.map(\.density) == [0.25, 0.5])
    #expect(whole.points.map(\.energy) == [26.0 / 33, 1])
    // One of each block: 4 + 9, and 4 + 9. Two of each: all of the first, all of the second.
    let equal = try #require(bucket.energyCurves.first { $0.selection == .equal })
    #expect(equal.block == 4 && equal.points.map(\.energy) == [26.0 / 33, 1])
    // The first worker's counts, the second one's energy: its larger elements, one of each block.
    let greedy = try #require(bucket.energyCurves.first { $0.selection == .greedy })
    #expect(greedy.points[0] == .init(density: 0.25, energy: 13.0 / 18))
    // One of each block: positions 3 and 4; of equals the first, so positions 1 and 4: 3 of 8.
    #expect(
      bucket.unionCurves[0]
        == .init(density: 0.25, points: [.init(workers: 2, growth: 1.5)]))
  }

  @Test("each kind of file and type gives the same curves")
  func kinds() throws {
    let plain = try collect([("act", TensorFiles.bytes(of: TensorFiles.values))])
    let header = #"{"act":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}"#
    // 0 0 1 2 0 0 0 3 as float16, bfloat16 and float64.
    let halves: [UInt16] = [0, 0, 0x3C00, 0x4000, 0, 0, 0, 0x4200]
    let brains: [UInt16] = [0, 0, 0x3F80, 0x4000, 0, 0, 0, 0x4040]
    func bytes(_ words: [UInt16]) -> [UInt8] {
      words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }
    let doubles = TensorFiles.values.flatMap { value in
      (0..<8).map { UInt8(truncatingIfNeeded: Double(value).bitPattern >> (8 * $0)) }
    }
    let brainHeader = #"{"act":{"dtype":"BF16","shape":[8],"data_offsets":[0,16]}}"#
    let files: [(String, [UInt8], Int)] = [
      ("act.npy", TensorFiles.npy(), 4), ("r.safetensors", TensorFiles.safetensors(header), 4),
      (
        "act.npy",
        TensorFiles.npy("{'descr':'<f2','fortran_order':False,'shape':(8,)}", bytes(halves)), 2
      ),
      (
        "act.npy", TensorFiles.npy("{'descr':'<f8','fortran_order':False,'shape':(8,)}", doubles), 4
      ),
      ("r.safetensors", TensorFiles.safetensors(brainHeader, bytes(brains)), 2),
    ]
    for (name, content, elementBytes) in files {
      let exchange = try collect([(name, content)])
      #expect(exchange.elementBytes == elementBytes)
      #expect(exchange.buckets[0].bytes == 8 * elementBytes)
      #expect(exchange.buckets[0].energyCurves == plain.buckets[0].energyCurves, "\(name)")
    }
    let raw = try collect([("act.raw", bytes(halves))]) { $0.rawType = .float16 }
    #expect(raw.buckets[0].energyCurves == plain.buckets[0].energyCurves)
  }

  static let timeline = """
    {"what": "x", "tensors": [{"name": "b", "elements": 8, "ready_us": 5}, \
    {"name": "a", "elements": 8, "ready_us": 2.5}, {"name": "c", "elements": 16, "ready_us": 9}]}
    """

  @Test("a timeline orders tensors and fills buckets; other curves stand for what wasn't recorded")
  func buckets() throws {
    let elements = TensorFiles.bytes(of: TensorFiles.values)
    let sample = try collect([("s", elements)])
    let profile = Profile(name: "s", tensors: [], operators: [], gradients: sample)
    let exchange = try collect(
      [("a", elements), ("b", elements)], timeline: Self.timeline, curves: profile
    ) { $0.bucketBytes = 64 }
    #expect(exchange.buckets.map(\.id) == ["a + 1", "c"])
    #expect(exchange.buckets.map(\.bytes) == [64, 64])
    #expect(exchange.buckets.map(\.readyMicroseconds) == [5, 9])
    // The sample has an energy of 14 in 8 elements.
    #expect(exchange.buckets.map(\.energy) == [28, 28])
    #expect(exchange.buckets[1].energyCurves == sample.buckets[0].energyCurves)
    let only = try collect([], timeline: Self.timeline, curves: profile)
    #expect(only.buckets.map(\.bytes) == [128] && only.buckets[0].energy == 56)
  }

  @Test("bad files, and what doesn't fit together, are refused with place and remedy")
  func refusals() throws {
    let elements = TensorFiles.bytes(of: TensorFiles.values)
    func error(
      _ files: [(String, [UInt8])], timeline: String? = nil, curves: Profile? = nil
    ) -> String {
      do {
        _ = try collect(files, timeline: timeline, curves: curves)
        return "none"
      } catch {
        return "\(error)"
      }
    }
    #expect(error([]).contains("there are neither gradients nor a timeline"))
    #expect(error([("a", [1, 2, 3])]).contains("3 bytes are no elements of float32"))
    #expect(error([("a", [])]).contains("0 bytes are no elements of float32"))
    #expect(
      error([("a", TensorFiles.bytes(of: [1, .nan]))])
        .contains("element 1 is nan; record a step whose gradients are finite"))
    #expect(
      error([("a", elements), ("a", TensorFiles.bytes(of: [1]))])
        .contains("1 elements, in a file before 8"))
    #expect(
      error([("a.npy", TensorFiles.npy("{'descr':'>f4','fortran_order':False,'shape':(8,)}"))])
        .contains("little-endian"))
    #expect(
      error([("a", elements)], timeline: Self.timeline).contains("nobody recorded this tensor"))
    #expect(
      error([("c", elements)], timeline: Self.timeline)
        .contains("16 elements, recorded were 8; give the timeline of the same model"))
    let other = Profile(name: "o", tensors: [], operators: [])
    #expect(error([("a", elements)], curves: other).contains("the profile \"o\" has no gradients"))
    for (text, words) in [
      ("", "ready.json"), ("[]", "no list of tensors"), ("{\"tensors\": []}", "no list of tensors"),
      ("{\"tensors\": [1]}", "tensors[0]: this is no object"),
      ("{\"tensors\": [{\"name\": \"a\"}]}", "tensors[0].elements"),
      ("{\"tensors\": [{\"name\": \"a\", \"elements\": 8}]}", "tensors[0].ready_us"),
      (Self.timeline.replacing("\"b\"", with: "\"a\""), "\"a\" stands twice"),
      (Self.timeline.replacing("2.5", with: "-2.5"), "out of range"),
    ] {
      #expect(error([("a", elements)], timeline: text).contains(words), "\(text)")
    }
    // Gradients that are all zero make no profile.
    #expect(throws: (any Error).self) {
      let exchange = try GradientCollector(mesh: mesh).collect([
        TensorFiles.source("z", TensorFiles.bytes(of: [0, 0]))
      ])
      let faults = exchange.validate()
      guard faults.isEmpty else { throw faults[0] }
    }
  }
}
