import Foundation
import Testing

/// The subcommand `reshard`, as users start it.
@Suite struct ReshardCommandTests {
  private static let worked = [
    "reshard", "--shape", "64x1024x4096", "--dtype", "bf16", "--mesh", "4x4", "--link", "10:100",
  ]

  @Test("a path is printed step by step, beside the greedy one")
  func path() throws {
    let made = try Command.run(Self.worked + ["--from", "S0,R,R", "--to", "R,S0,S1"])
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.text.contains("2  all-to-all from dimension 0 to 1, axis 0  R,S0,S1  261.7 µs"))
    #expect(made.text.contains("3.89 times as long."))
    let json = try Command.run(
      Self.worked + ["--from", "S0,R,R", "--to", "R,S0,S1", "--memory-cap", "224MiB", "--json"])
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output)) as? [String: Any])
    #expect(abs((object["time_us"] as? Double ?? 0) - 261.65824) < 1e-6)
    #expect(object["lower_bound_us"] as? Double == object["time_us"] as? Double)
    #expect(object["executed_shape"] as? [Int] == [4, 4, 4])
    let steps = ((object["path"] as? [String: Any])?["steps"] as? [[String: Any]]) ?? []
    #expect(steps.map { $0["step"] as? String } == ["slice", "all-to-all"])
    let survey = try Command.run(Self.worked + ["--all"])
    #expect(survey.status == 0 && survey.text.contains("240  that the greedy search knows"))
  }

  @Test("links come from a cluster, or are told to be assumed")
  func links() throws {
    let cluster = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Models/Clusters/two-leaves.profile.json").path
    let given = ["--shape", "64x64", "--mesh", "4x4", "--from", "S0,R", "--to", "R,R"]
    let made = try Command.run(["reshard"] + given + ["--cluster", cluster])
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.text.contains("axis 0  4 devices  0.00 µs   25.0 GB/s"))
    #expect(made.text.contains("assumed there:\n  the link nvlink"))
    let assumed = try Command.run(["reshard"] + given)
    #expect(assumed.text.contains("Assumed, not given: every axis is as fast as NVLink4 8x H100"))
    let other = try Command.run(
      ["reshard", "--shape", "64x64", "--mesh", "3x4", "--all", "--cluster", cluster])
    #expect(other.status == 3 && other.errors.contains("the cluster has 16"))
  }

  @Test("what can't be done is told with the exit code and the remedy")
  func failures() throws {
    let tight = try Command.run(
      Self.worked + ["--from", "S0,R,R", "--to", "R,S0,S1", "--memory-cap", "223MiB"])
    #expect(tight.status == 4 && tight.errors.contains("224.00 MiB (234881024 bytes)"))
    let partial = try Command.run(Self.worked + ["--from", "R,R,R", "--to", "R,R,R,P0"])
    #expect(partial.status == 4 && partial.errors.contains("partial sums can be added up"))
    for (from, to, words) in [
      ("S0,R", "R,R,R", "write one entry"), ("S9,R,R", "R,R,R", "no axis 9"),
      ("X,R,R", "R,R,R", "isn't understood"),
    ] {
      let made = try Command.run(Self.worked + ["--from", from, "--to", to])
      #expect(made.status == 3 && made.errors.contains(words), "\(made.errors)")
    }
    let uneven = try Command.run([
      "reshard", "--shape", "6x6", "--mesh", "4", "--from", "S0,R", "--to", "R,R",
    ])
    #expect(uneven.status == 3 && uneven.errors.contains("can't be split evenly"))
    for wrong in [
      ["reshard", "--shape", "6", "--mesh", "4", "--from", "R"],
      ["reshard", "--shape", "6", "--mesh", "4", "--all", "--to", "R"],
      ["reshard", "--shape", "6x0", "--mesh", "4", "--all"],
      ["reshard", "--shape", "6", "--mesh", "4", "--all", "--dtype", "real"],
      ["reshard", "--shape", "6", "--mesh", "4", "--all", "--link", "5"],
      ["reshard", "--shape", "6", "--mesh", "4", "--all", "--link", "5:5", "--link", "5:5"],
      ["reshard", "--shape", "6", "--mesh", "4", "--all", "--memory-cap", "50%"],
    ] {
      #expect(try Command.run(wrong).status == 64, "\(wrong)")
    }
    for huge in ["4096x4096", "9223372036854775807x2", "2x2x2x2x2"] {
      #expect(try Command.run(["reshard", "--shape", "6", "--mesh", huge, "--all"]).status == 3)
    }
    let many = try Command.run([
      "reshard", "--shape", "9223372036854775807x9223372036854775807", "--mesh", "2", "--all",
    ])
    #expect(many.status == 3)
  }
}
