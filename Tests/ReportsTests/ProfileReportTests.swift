import Profiles
import TestSupport
import Testing

@testable import Reports

@Suite("Reports of profiles")
struct ProfileReportTests {
  @Test("memory, time, headroom, gaps and what is missing, worked out by hand")
  func text() {
    #expect(
      ProfileReport(ProfileSample.profile).text() == """
        four-steps on Example (1.00 MiB)
        4 operators, 5 tensors with memory of their own, 0.500 ms an iteration

        Memory at the peak: 28.42 KiB at 'b', 0.300 ms into the iteration
          kind             bytes   share      in use     idle     at most
          activation   19.53 KiB  68.7 %   19.53 KiB  0 bytes   19.53 KiB
          parameter     3.91 KiB  13.7 %    3.91 KiB  0 bytes    3.91 KiB
          gradient      3.91 KiB  13.7 %    3.91 KiB  0 bytes    3.91 KiB
          input       1000 bytes   3.4 %  1000 bytes  0 bytes  1000 bytes
          output       100 bytes  0.34 %   100 bytes  0 bytes   100 bytes
          workspace      0 bytes  0.00 %     0 bytes  0 bytes   500 bytes
          No plan runs with less than 28.42 KiB, which 'b' needs.

        Memory over time
          0.000 ms  24.90 KiB  █████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░      f
          0.125 ms  24.51 KiB  █████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░       loss
          0.250 ms  28.42 KiB  █████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒░  b
          0.375 ms  28.42 KiB  █████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒░  b
          █ parameters and optimizer states ▓ activations ▒ gradients ░ inputs, outputs, workspaces

        Largest tensors
          a   19.53 KiB  activation  f … b     at the peak
          w    3.91 KiB  parameter   f … b     at the peak
          g    3.91 KiB  gradient    b         at the peak
          x  1000 bytes  input       f … b     at the peak
          l   100 bytes  output      loss … b  at the peak

        Time
          phase          operators      time   share     FLOP rate  memory rate
          forward                2  0.150 ms  30.0 %  0.54 TFLOP/s    20.0 GB/s
          backward               1  0.200 ms  40.0 %  2.00 TFLOP/s            –
          communication          1  0.150 ms  30.0 %             –            –

        Largest headroom first
          operator      time  saved at best              FLOP rate         memory rate  bound by
          loss      0.050 ms       0.040 ms   0.02 TFLOP/s (2.0 %)  20.0 GB/s (20.0 %)  memory
          f         0.100 ms       0.020 ms  0.80 TFLOP/s (80.0 %)  20.0 GB/s (20.0 %)  compute
          At their rooflines 3 operators would save 0.060 ms (12.0 % of the iteration): 1 bound by compute
          0.020 ms, 1 bound by memory 0.040 ms, 1 bound by either 0.000 ms.
          1 operator beat the roofline, such as 'b' with 0.200 ms instead of 0.400 ms: a time, an amount or
          a peak rate is wrong.

        Idle gaps worth moving
          tensor       bytes      idle  GiB × ms  copies  between
          a        19.53 KiB  0.150 ms      0.00  fit     loss … b
          w         3.91 KiB  0.200 ms      0.00  fit     f … b
          x       1000 bytes  0.200 ms      0.00  fit     f … b
          In 3 of 3 gaps a copy to the host and one back fit in the idle time.

        Transfers: time = α + bytes × β, by least relative squares
          transfer  samples  sizes           α  1/β  mean error  largest
          sum             1  100 bytes only  –    –           –        –

        Missing
          - flops of 1 of 4 operators
          - bytes_accessed of 2 of 4 operators

        """)
  }

  @Test("the kinds add up to the memory of each operator", arguments: UInt64(0)..<40)
  func kindsAddUp(seed: UInt64) throws {
    let report = ProfileReport(RandomProfile.layered(layers: 6, seed: seed))
    for step in report.profile.operators.indices {
      let sum = report.composition.bytesByKind.values.reduce(0) { $0 + $1[step] }
      #expect(sum == report.demand.keptBytes[step])
    }
    let peak = report.composition.peak.values.reduce(0) { $0 + $1.bytes }
    #expect(peak == report.demand.unconstrainedPeak.bytes)
    let time = report.phases.reduce(0) { $0 + $1.durationMicroseconds }
    #expect(abs(time - report.iterationMicroseconds) < 1e-6)
    #expect(report.phases.reduce(0) { $0 + $1.operatorCount } == report.profile.operators.count)
    let rows = MemoryTimeline(
      keptBytes: report.demand.keptBytes, starts: report.startMicroseconds, count: 5
    ).rows
    #expect(rows.map(\.bytes).max() == report.demand.unconstrainedPeak.bytes)
    #expect(
      report.gaps.map(\.byteMicroseconds) == report.gaps.map(\.byteMicroseconds).sorted(by: >))
    #expect(try !report.json().isEmpty)
    for line in report.text().split(separator: "\n") { #expect(line.count <= 100) }
  }

  @Test("an operator is bound by what takes longer at the peak rates")
  func rooflines() throws {
    let report = ProfileReport(ProfileSample.profile)
    // f: 80 µs of operations against 20 µs of bytes; loss: 1 µs against 10 µs; b: 400 µs, though it
    // took 200 µs; sum tells neither.
    #expect(report.rooflines.map(\.step) == [1, 0, 3])
    #expect(report.rooflines.map(\.headroomMicroseconds) == [40, 20, 0])
    #expect(report.rooflines.map(\.limit) == [.memory, .compute, .unknown])
    #expect(report.rooflines.map(\.isImpossible) == [false, false, true])
    #expect(report.rooflines[1].computeShare == 0.8)
    #expect(report.rooflines[1].memoryShare == 0.2)
    #expect(report.headroomMicroseconds == 60)
  }

  @Test("without a device, what can't be told is named")
  func missing() {
    var profile = ProfileSample.profile
    profile.device = nil
    let report = ProfileReport(profile)
    #expect(report.rooflines.isEmpty)
    #expect(
      report.missing == [
        "device: no peak rates, no links", "flops of 1 of 4 operators",
        "bytes_accessed of 2 of 4 operators",
      ])
    #expect(report.gaps.allSatisfy { $0.fits == nil })
    profile.device = Device(name: "bare", memoryBytes: 1, hostToDevice: ProfileSample.link)
    profile.operators[2].phase = .forward
    #expect(
      ProfileReport(profile).missing == [
        "device.peak_flops: no share of the peak rate of operations",
        "device.memory_bandwidth_gb_per_s: no share of the memory's peak rate",
        "device.links (d2h): whether copies fit in the idle gaps", "flops of 1 of 4 operators",
        "bytes_accessed of 2 of 4 operators",
        "copies, collectives with bytes, and links measured at several sizes: no fit of transfers",
      ])
    profile.device?.peakFlops = ["float16": 1]
    #expect(
      ProfileReport(profile).missing.contains(
        "a dtype with a peak rate (float16) on the tensors of 3 operators with flops"))
  }

  @Test("the JSON has the memory of each operator by kind, and snake case throughout")
  func json() throws {
    let json = try ProfileReport(ProfileSample.profile).json(limit: 1)
    #expect(
      json.contains(
        """
        "bytes_by_kind":{"activation":[20000,20000,20000,20000],"gradient":[0,0,0,4000],\
        "input":[1000,1000,1000,1000],"output":[0,100,100,100],"parameter":[4000,4000,4000,4000],\
        "workspace":[500,0,0,0]}
        """))
    #expect(
      json.contains(
        """
        "largest_headroom":[{"beats_roofline":false,"bound_by":"memory","bound_us":10,\
        "dtype":"float32","duration_us":50,"headroom_us":40,"id":"loss",\
        "share_of_memory_bandwidth":0.2,"share_of_peak_flops":0.02}]
        """))
    #expect(json.contains("\"schema\":\"planner.profile-report/1\""))
    #expect(!json.contains("\n"))
  }

  @Test(
    "figures at the ends of their ranges are told, not computed with",
    arguments: [0, Double.leastNonzeroMagnitude, 1e-300, 1e12],
    [0, Double.leastNonzeroMagnitude, 1e30])
  func extremes(time: Double, amount: Double) throws {
    var profile = ProfileSample.profile
    for index in profile.operators.indices {
      profile.operators[index].durationMicroseconds = time
      profile.operators[index].flops = amount
      profile.operators[index].bytesAccessed = amount * Double(index + 1) / 4
    }
    for index in 0..<4 {
      profile.operators.append(
        Operator(
          id: "sum\(index)", phase: .communication, durationMicroseconds: time, reads: [],
          writes: [], bytesAccessed: amount / Double(index + 1)))
    }
    for index in 0..<3 {
      profile.tensors.append(Tensor(id: "huge\(index)", bytes: 1 << 51, kind: .parameter))
    }
    #expect(profile.validate().isEmpty)
    let report = ProfileReport(profile)
    #expect(!report.text().isEmpty)
    #expect(try !report.json().isEmpty)
    let difference = ProfileDifference(ProfileSample.profile, profile)
    #expect(!difference.text().isEmpty)
    #expect(try !difference.json().isEmpty)
  }

  @Test("clusters and experts are told, without an iteration that isn't there")
  func sections() throws {
    var profile = Profile(name: "routed", tensors: [], operators: [])
    let rates: [[Double]] = [[0, 9, 1, 1], [9, 0, 1, 1], [1, 1, 0, 9], [1, 1, 9, 0]]
    profile.cluster = Cluster(
      deviceCount: 4, pairs: Cluster.PairMatrix(gbPerSecond: rates, isAssumed: true))
    profile.moe = MixtureOfExperts(
      experts: 4, topK: 1, layerNumbers: [0, 1],
      scenarios: [LoadScenario(name: "law", load: [[3, 1, 0, 0], [1, 1, 1, 1]])])
    let report = ProfileReport(profile)
    #expect(
      report.text() == """
        routed

        Cluster: 4 devices
          topology: symmetric tree
            - 2 pairs at 9.0 GB/s make 2 groups of 2
            - 4 pairs at 1.0 GB/s connect all devices
          assumed, not measured: the rates of single pairs

        Experts: 4 in 2 layers, top 1
          workload  batches  tokens  fullest / mean  worst layer
          law             1       8           2.000        3.000

        """)
    let json = try report.json()
    #expect(json.contains("\"topology\":\"symmetric tree\""))
    #expect(json.contains("\"mean_max_over_mean\":2"))
  }
}
