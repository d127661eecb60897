import Collectors
import Profiles
import Testing

@Suite("Memory snapshots")
struct SnapshotTests {
  static func collect(
    _ bytes: [UInt8], index: Int? = nil
  ) throws(CollectorError) -> (profile: Profile, lifetimes: LifetimeTable) {
    try SnapshotCollector(index: index)
      .collect(SourceFile(name: "step.pickle", bytes: bytes))
  }

  static func entry(_ action: String, _ address: Int, _ size: Int, _ time: Int)
    -> PickleWriter.Value
  {
    [
      "action": .text(action), "addr": .integer(address), "size": .integer(size), "stream": 0,
      "time_us": .integer(time),
      "frames": [
        ["name": "at::empty", "filename": "??", "line": 0],
        ["name": "forward", "filename": "model.py", "line": 7],
      ],
    ]
  }

  static func block(_ address: Int, _ size: Int, _ state: String) -> PickleWriter.Value {
    [
      "address": .integer(address), "size": .integer(size), "requested_size": .integer(size - 12),
      "state": .text(state),
    ]
  }

  /// 512 bytes older than the trace stay, 256 go; an address is used twice; one block stays.
  static let small: PickleWriter.Value = [
    "segments": [
      [
        "device": 0, "address": 0, "total_size": 4096,
        "blocks": [
          block(0, 524, "active_allocated"), block(2000, 1000, "inactive"),
          block(3000, 1012, "active_allocated"),
        ],
      ]
    ],
    "device_traces": [
      [
        entry("segment_alloc", 0, 4096, 90), entry("alloc", 1000, 100, 100),
        entry("alloc", 2000, 200, 110), entry("free_requested", 1000, 100, 115),
        entry("free_completed", 1000, 100, 120), entry("alloc", 1000, 50, 140),
        entry("free_completed", 600, 256, 150), entry("free_completed", 1000, 50, 160),
        entry("alloc", 3000, 1000, 170), entry("free_completed", 2000, 200, 190),
        entry("snapshot", 0, 0, 200),
      ], [],
    ],
    "allocator_settings": ["expandable_segments": 0],
  ]

  @Test("blocks are paired by address, and what is older is there from the start")
  func workedExample() throws {
    let (profile, lifetimes) = try Self.collect(PickleWriter.pickle(Self.small))
    #expect(profile.validate().isEmpty)
    #expect(profile.operators.map(\.id) == ["m0.forward", "m1.forward", "m2.forward"])
    #expect(profile.operators.map(\.durationMicroseconds) == [40, 30, 20])
    #expect(profile.operators.map(\.phase) == [.forward, .forward, .forward])
    #expect(profile.operators.map(\.writes) == [["b0", "b1"], ["b2"], ["b4"]])
    #expect(profile.operators.map(\.reads) == [[], ["b3"], ["b1"]])
    #expect(
      lifetimes.csv == """
        id,lower,upper,size
        b0,0,1,100
        b1,0,3,200
        b2,1,2,50
        b3,0,2,256
        b4,2,3,1000
        b5,0,3,512

        """)
    let demand = MemoryDemand(of: profile, storages: Storages(of: profile))
    #expect(demand.keptBytes == [1068, 1018, 1712])
    let kinds = Dictionary(uniqueKeysWithValues: profile.tensors.map { ($0.id, $0) })
    #expect(kinds["b5"]?.isPersistent == true && kinds["b5"]?.kind == .parameter)
    #expect(kinds["b3"]?.isPersistent == false && kinds["b3"]?.kind == .input)
  }

  @Test("the device with the most events is read, or the one that is asked for")
  func devices() throws {
    let bytes = PickleWriter.pickle(Self.small)
    #expect(throws: CollectorError.self) { try Self.collect(bytes, index: 1) }
    #expect(throws: CollectorError.self) { try Self.collect(bytes, index: 7) }
    #expect(try Self.collect(bytes, index: 0).profile.operators.count == 3)
  }

  @Test("a snapshot of random blocks keeps its memory curve", arguments: UInt64(0)..<20)
  func curve(seed: UInt64) throws {
    let trace = RandomTrace(seed: seed)
    let (profile, lifetimes) = try Self.collect(PickleWriter.pickle(trace.snapshot))
    #expect(profile.validate().isEmpty)
    let demand = MemoryDemand(of: profile, storages: Storages(of: profile))
    #expect(demand.unconstrainedPeak.bytes == trace.peakBytes)
    let live = profile.operators.indices.map { moment in
      lifetimes.rows.filter { $0.lower <= moment && moment < $0.upper }.reduce(0) { $0 + $1.size }
    }
    #expect(live == demand.keptBytes)
  }

  // MARK: Broken files

  @Test("what a snapshot lacks is told with its place")
  func broken() throws {
    let good = Self.entry("alloc", 0, 8, 1)
    let faults: [(PickleWriter.Value, String)] = [
      (7, "the snapshot: there is no 'device_traces'"),
      (["device_traces": 7], "the snapshot.device_traces: a whole number, not a list"),
      (["device_traces": []], "the snapshot has 0 devices"),
      (["device_traces": [[]]], "the snapshot: there is no 'segments'"),
      (["device_traces": [[]], "segments": []], "no block is allocated or freed"),
      (["device_traces": [[good, 3]], "segments": []], "device_traces[0][1]: there is no action"),
      (
        ["device_traces": [[["action": "alloc"]]], "segments": []],
        "device_traces[0][0]: there is no address"
      ),
      (
        ["device_traces": [[Self.entry("alloc", 0, -8, 1)]], "segments": []],
        "device_traces[0][0].size: -8, not a number of bytes"
      ),
      (
        ["device_traces": [[good]], "segments": [["device": 0, "total_size": 4]]],
        "segments[0]: there is no 'blocks'"
      ),
    ]
    for (value, expected) in faults {
      do {
        _ = try Self.collect(PickleWriter.pickle(value))
        Issue.record("\(expected): taken")
      } catch {
        #expect(error.description.contains(expected), "\(error)")
      }
    }
  }

  @Test("sizes that are possible one by one may be too many together")
  func hugeTotal() throws {
    let entries = (0..<4).map { Self.entry("alloc", $0, 1 << 53, $0) }
    let bytes = PickleWriter.pickle(["device_traces": [.list(entries)], "segments": []])
    #expect(try !Self.collect(bytes).profile.validate().isEmpty)
  }

  @Test("damaged snapshots never crash", arguments: UInt64(0)..<600)
  func damaged(seed: UInt64) throws {
    let bytes = Mutation.of(PickleWriter.pickle(Self.small), seed: seed)
    do throws(CollectorError) {
      _ = try Self.collect(bytes).profile.validate()
    } catch {}
  }
}
