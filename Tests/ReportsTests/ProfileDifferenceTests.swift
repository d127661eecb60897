import Profiles
import TestSupport
import Testing

@testable import Reports

@Suite("Differences of profiles")
struct ProfileDifferenceTests {
  /// The sample after a change of everything that a difference tells.
  static let changed: Profile = {
    var profile = ProfileSample.profile
    profile.name = "five-steps"
    profile.operators[0].durationMicroseconds = 80
    profile.operators[1].flops = 2e6
    profile.operators.remove(at: 2)
    profile.operators.append(
      Operator(
        id: "step", phase: .optimizer, durationMicroseconds: 30, reads: ["g", "w"], writes: ["w"]))
    profile.operators.append(
      Operator(
        id: "done", phase: .optimizer, durationMicroseconds: 1, reads: ["w"], writes: ["end"]))
    profile.tensors[2].bytes = 30_000
    profile.tensors.append(Tensor(id: "end", bytes: 8, kind: .output))
    return profile
  }()

  @Test("what was added, removed and changed, with totals by phase and kind, worked out by hand")
  func text() {
    #expect(
      ProfileDifference(ProfileSample.profile, Self.changed).text() == """
        four-steps and five-steps
                         first     second               change
          iteration   0.500 ms   0.361 ms  -0.139 ms (-27.8 %)
          peak       28.42 KiB  38.18 KiB  +9.77 KiB (+34.4 %)

        Time by phase
          forward        2  0.150 ms  2  0.130 ms   -0.020 ms (-13.3 %)
          backward       1  0.200 ms  1  0.200 ms                     –
          optimizer      0  0.000 ms  2  0.031 ms             +0.031 ms
          communication  1  0.150 ms  0  0.000 ms  -0.150 ms (-100.0 %)

        Bytes by kind
          activation  1   19.53 KiB  1   29.30 KiB  +9.77 KiB (+50.0 %)
          parameter   1    3.91 KiB  1    3.91 KiB                    –
          gradient    1    3.91 KiB  1    3.91 KiB                    –
          input       1  1000 bytes  1  1000 bytes                    –
          output      1   100 bytes  2   108 bytes    +8 bytes (+8.0 %)

        Operators: 2 added, 1 removed, 2 changed, 3 in both
          removed  sum   0.150 ms         –  -0.150 ms (-100.0 %)
          added    step         –  0.030 ms             +0.030 ms
          changed  f     0.100 ms  0.080 ms   -0.020 ms (-20.0 %)
          added    done         –  0.001 ms             +0.001 ms
          changed  loss  0.050 ms  0.050 ms                     –  flops 1000000 → 2000000

        Tensors: 1 added, 0 removed, 1 changed, 6 in both
          changed  a    19.53 KiB  29.30 KiB  +9.77 KiB (+50.0 %)
          added    end          –    8 bytes             +8 bytes

        """)
  }

  @Test("a profile differs from itself in nothing", arguments: UInt64(0)..<10)
  func itself(seed: UInt64) throws {
    let profile = RandomProfile.layered(layers: 5, seed: seed)
    var renamed = profile
    renamed.name = "other"
    renamed.source = .init(collector: "csv")
    let difference = ProfileDifference(profile, renamed)
    #expect(difference.isEmpty)
    #expect(difference.matchedOperators == profile.operators.count)
    #expect(difference.matchedTensors == profile.tensors.count)
    #expect(difference.text().contains("The same: "))
    #expect(difference.phases.allSatisfy { $0.change == 0 })
    #expect(try difference.json().contains("\"same\":true"))
  }

  @Test("the other way round, what came has gone and nothing else", arguments: UInt64(0)..<40)
  func mirror(seed: UInt64) {
    let first = RandomProfile.layered(layers: 5, seed: seed)
    let second = Self.random(first, seed: seed)
    let (one, other) = (ProfileDifference(first, second), ProfileDifference(second, first))
    #expect(one.operators == other.operators.map { .init(first: $0.second, second: $0.first) })
    #expect(one.tensors == other.tensors.map { .init(first: $0.second, second: $0.first) })
    #expect(one.phases.map(\.change) == other.phases.map { -$0.change })
    #expect(one.kinds.map(\.change) == other.kinds.map { -$0.change })
    #expect(one.isReordered == other.isReordered)
    #expect(one.matchedOperators == other.matchedOperators)
    #expect(!one.isEmpty)
    // The changes add up to the difference of the totals.
    let time = one.operators.reduce(0) {
      $0 + ($1.second?.durationMicroseconds ?? 0) - ($1.first?.durationMicroseconds ?? 0)
    }
    #expect(abs(time - one.phases.reduce(0) { $0 + $1.change }) < 1e-6)
    let bytes = one.tensors.reduce(0) { $0 + ($1.second?.bytes ?? 0) - ($1.first?.bytes ?? 0) }
    #expect(Double(bytes) == one.kinds.reduce(0) { $0 + $1.change })
    for line in one.text().split(separator: "\n") { #expect(line.count <= 100) }
  }

  @Test("other numbers in names change nothing: the order tells what belongs together")
  func renumbered() {
    func rename(_ name: String) -> String { "900.\(name)" }
    var second = ProfileSample.profile
    for index in second.tensors.indices {
      second.tensors[index].id = rename(second.tensors[index].id)
      second.tensors[index].aliasOf = second.tensors[index].aliasOf.map(rename)
    }
    for index in second.operators.indices {
      second.operators[index].id = rename(second.operators[index].id)
      second.operators[index].reads = second.operators[index].reads.map(rename)
      second.operators[index].writes = second.operators[index].writes.map(rename)
    }
    #expect(second.validate().isEmpty)
    let difference = ProfileDifference(ProfileSample.profile, second)
    #expect(difference.isEmpty)
    second.operators[3].durationMicroseconds = 1
    let changed = ProfileDifference(ProfileSample.profile, second)
    #expect(changed.operators.map { $0.name(\.id) } == ["b → 900.b"])
  }

  @Test("another order of the same operators is told, and another device")
  func orderAndDevice() {
    var second = ProfileSample.profile
    second.operators.swapAt(1, 2)
    second.tensors[3].kind = .input
    #expect(ProfileDifference(ProfileSample.profile, second).isReordered)
    second = ProfileSample.profile
    second.device?.memoryBytes = 7
    let difference = ProfileDifference(ProfileSample.profile, second)
    #expect(difference.isDeviceChanged && !difference.isEmpty)
    #expect(difference.text().contains("The device 'Example' has other figures."))
  }

  @Test("a name's number at its beginning or end doesn't count")
  func stems() {
    let names = [
      "469.all_reduce", "all_reduce#3", "all_reduce_12", "all_reduce", "conv2d", "12", "a1b",
    ]
    #expect(
      names.map(NameStem.of) == [
        "all_reduce", "all_reduce", "all_reduce", "all_reduce", "conv2d", "12", "a1b",
      ])
  }

  /// A profile with some operators and tensors changed, some left out and some new.
  static func random(_ profile: Profile, seed: UInt64) -> Profile {
    var random = SeededGenerator(seed: seed ^ 0xD1FF)
    var changed = profile
    for index in changed.operators.indices where Int.random(in: 0..<4, using: &random) == 0 {
      changed.operators[index].durationMicroseconds += Double(Int.random(in: 0..<3, using: &random))
    }
    for index in changed.tensors.indices where Int.random(in: 0..<4, using: &random) == 0 {
      changed.tensors[index].bytes += 512
    }
    changed.operators.removeLast(Int.random(in: 1...2, using: &random))
    for number in 0..<Int.random(in: 1...3, using: &random) {
      changed.tensors.append(Tensor(id: "new\(number)", bytes: 4096, kind: .output))
      changed.operators.append(
        Operator(
          id: "extra\(number)", phase: .optimizer, durationMicroseconds: 7,
          reads: [profile.tensors[0].id], writes: ["new\(number)"]))
    }
    return changed
  }
}
