import Collectors
import Profiles
import Testing

@Suite("Raw memory timelines")
struct TimelineTests {
  static func collect(
    _ text: String
  ) throws(CollectorError) -> (profile: Profile, lifetimes: LifetimeTable) {
    try TimelineCollector().collect(SourceFile(name: "t.raw.json", bytes: Array(text.utf8)))
  }

  /// Parameters, an activation changed in place, a buffer that becomes a gradient.
  static let small = """
    [[-1, 1, 100, 0], [-1, 1, 7, 2], [1000, 2, 40, 4], [2000, 3, -40, 4], [2000, 3, 40, 7],
     [3000, 4, -7, 2], [4000, 2, 30, 7], [5000, 3, -30, 7], [5000, 3, 30, 5], [6000, 4, -40, 7],
     [7000, 2, 5, 5], [8000, 4, -5, 5], [9000, 2, 9, 1]]
    """

  @Test("rows become the buffers and moments that one finds by hand")
  func workedExample() throws {
    let (profile, lifetimes) = try Self.collect(Self.small)
    #expect(profile.validate().isEmpty)
    let lines = profile.operators.map {
      "\($0.id) \($0.phase): \($0.reads.joined(separator: " ")) > \($0.writes.joined(separator: " "))"
    }
    #expect(
      lines == [
        "m0 forward: b1 > b2", "m1 forward: b2 > b3", "m2 backward:  > b4", "m3 optimizer: b3 > b5",
      ])
    #expect(profile.operators.map(\.durationMicroseconds) == [3, 3, 2, 0])
    #expect(
      profile.tensors.map(\.kind) == [
        .parameter, .input, .activation, .gradient, .gradient, .optimizerState,
      ])
    #expect(profile.tensors.map(\.isPersistent) == [true, false, false, false, false, false])
    #expect(lifetimes.rows.map(\.upper) == [4, 1, 2, 4, 3, 4])
    #expect(
      profile.source?.notes.contains(
        "found: a peak of 0.0 MiB: parameter 0.0 MiB, none 0.0 MiB") == true)
    let demand = MemoryDemand(of: profile, storages: Storages(of: profile))
    #expect(demand.keptBytes == [147, 170, 135, 139])
  }

  @Test("broken rows are told with their place")
  func broken() throws {
    let faults = [
      ("", "line 1, column 1"), ("{}", "it isn't a list of rows"), ("[]", "it holds no events"),
      ("[[1, 2, 3]]", "row 0: not four whole numbers"),
      ("[[1, 2, 3.5, 4]]", "row 0: not four whole numbers"),
      ("[[1, 2, 3, 8]]", "row 0: there is no category 8"),
      ("[[1, 2, 99999999999999999, 4]]", "row 0: 99999999999999999 bytes are more than 8 PiB"),
      ("[[1, 2, -3, 4]]", "row 0: action 2 with -3 bytes"),
      ("[[1, 9, 3, 4]]", "row 0: action 9 with 3 bytes"),
      ("[[1, 4, -3, 4]]", "row 0: no open buffer of 3 bytes is of the category activation"),
      ("[[1, 2, 3, 4], [0, 4, -3, 4]]", "row 1: time 0 comes after 1"),
      ("[[1, 2, 3, 4], [2, 3, -3, 4], [2, 4, -3, 4]]", "row 2: the next version"),
      ("[[1, 2, 3, 4], [2, 3, -3, 4]]", "row 2: the next version"),
      ("[[1, 2, 3, 4], [2, 3, -3, 4], [2, 3, 4, 4]]", "row 2: a version of 4 bytes"),
      (
        "[[1, 2, 9007199254740992, 4], [1, 2, 1, 4]]",
        "row 1: the buffers together have more than 8 PiB"
      ),
      (String(repeating: "[", count: 100_000), "levels of nesting"),
    ]
    for (text, expected) in faults {
      do {
        _ = try Self.collect(text)
        Issue.record("\(expected): taken")
      } catch {
        #expect(error.description.contains(expected), "\(error)")
      }
    }
  }

  @Test("damaged timelines never crash", arguments: UInt64(0)..<400)
  func damaged(seed: UInt64) throws {
    let text = String(decoding: Mutation.of(Array(Self.small.utf8), seed: seed), as: UTF8.self)
    do throws(CollectorError) {
      _ = try Self.collect(text).profile.validate()
    } catch {}
  }

  @Test(
    "a real timeline has the peak that its rows add up to",
    .enabled(if: Samples.folder != nil, Samples.remedy))
  func sample() throws {
    let file = try Samples.file("memory/resnet50_memory_timeline.raw.json.gz")
    let (profile, lifetimes) = try TimelineCollector().collect(file)
    #expect(profile.validate().isEmpty)
    #expect(profile.operators.count == 1191 && profile.tensors.count == 3990)
    let demand = MemoryDemand(of: profile, storages: Storages(of: profile))
    #expect(demand.unconstrainedPeak.bytes == 3_082_832_104)
    #expect(
      profile.source?.notes[1]
        == "found: a peak of 2940.0 MiB: activation 2472.4 MiB, none 128.0 MiB, parameter 97.7 MiB, "
        + "optimizer state 97.5 MiB, gradient 64.7 MiB, autograd detail 61.3 MiB, input 18.5 MiB")
    let time = profile.operators.reduce(0) { $0 + $1.durationMicroseconds }
    #expect(abs(time - 987_186.231) < 1)
    #expect(lifetimes.rows.count == 3990)
  }
}
