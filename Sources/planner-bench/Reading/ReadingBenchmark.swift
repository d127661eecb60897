import Foundation
import Profiles

/// The profile reader, which checks everything, against Foundation's decoders, which don't.
struct ReadingBenchmark: Benchmark {
  let title = "reading profiles"
  var subjects: [String] { ["densenet121", "resnet50"] }

  func run(_ setting: Setting, print: (Line) -> Void) throws {
    for name in subjects where setting.includes(name, of: self) {
      let path = "\(setting.networks)/\(name).profile.json.gz"
      let compressed = Array(try Data(contentsOf: URL(filePath: path)))
      let plain = try ProfileFile.load(compressed, name: name).content
      let data = Data(plain)
      let megabytes = Double(plain.count) / 1e6
      let seconds = try Contest.seconds(
        rounds: setting.rounds,
        [
          { _ = try ProfileFile.load(plain, name: name) },
          { _ = try JSONDecoder().decode(PlainProfile.self, from: data) },
          { _ = try JSONSerialization.jsonObject(with: data) },
          { _ = try ProfileFile.load(compressed, name: name) },
        ])
      func line(_ ours: Int, _ first: String, _ second: String, _ theirs: Int, _ note: String) {
        print(
          .rates(
            name, first, second, .megabytesPerSecond, amount: megabytes,
            (seconds[ours], seconds[theirs]), note: note))
      }
      line(
        0, "profile reader", "JSONDecoder", 1,
        String(format: "%.2f MB; the reader also checks the graph", megabytes))
      line(0, "profile reader", "JSONSerialization", 2, "untyped values")
      line(3, "reader of gzip", "reader of plain text", 0, "megabytes of plain text")
    }
  }
}
