import Collectors
import Foundation
import Profiles

/// Collectors against readers that only parse.
struct CollectorBenchmark: Benchmark {
  let title = "collectors"
  var subjects: [String] { ["Kineto trace", "memory snapshot"] }

  func run(_ setting: Setting, print: (Line) -> Void) throws {
    let device = try DeviceCatalogue.builtIn().device(named: "V100-SXM2-16GB")
    if setting.includes(subjects[0], of: self) {
      let bytes = GeneratedTrace.bytes(about: setting.isQuick ? 2_000_000 : 20_000_000)
      let file = SourceFile(name: "trace.json", bytes: bytes)
      let data = Data(bytes)
      let profile = try KinetoCollector(device: device).collect([file])
      let seconds = try Contest.seconds(
        rounds: setting.longRounds,
        [
          { _ = try KinetoCollector(device: device).collect([file]) },
          { _ = try JSONSerialization.jsonObject(with: data) },
        ])
      print(
        .rates(
          subjects[0], "Kineto collector", "JSONSerialization alone", .megabytesPerSecond,
          amount: Double(bytes.count) / 1e6, (seconds[0], seconds[1]),
          note: String(
            format: "%.1f MB, %d operators", Double(bytes.count) / 1e6, profile.operators.count)))
    }
    if setting.includes(subjects[1], of: self) {
      let count = setting.isQuick ? 2_000 : 20_000
      let bytes = GeneratedSnapshot.bytes(allocations: count)
      let file = SourceFile(name: "snapshot.pickle", bytes: bytes)
      let megabytes = Double(bytes.count) / 1e6
      let note = String(format: "%.1f MB, %d allocations", megabytes, count)
      guard let python = Python(setting) ?? Python(path: "/usr/bin/python3") else {
        return print(.remark(subjects[1], Python.remedy))
      }
      let path = try python.store(bytes, as: "snapshot.pickle")
      var ours: [Double] = []
      var theirs: [Double] = []
      for _ in 0..<setting.longRounds {
        ours.append(try Contest.once { _ = try SnapshotCollector().collect(file) })
        let answer = python.run(["pickle", path])
        guard let seconds = answer.seconds else {
          return print(.remark(subjects[1], answer.words))
        }
        theirs.append(seconds)
      }
      print(
        .rates(
          subjects[1], "snapshot collector", "Python's pickle alone", .megabytesPerSecond,
          amount: megabytes, (ours, theirs), note: note))
    }
  }
}
