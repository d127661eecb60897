import Foundation
import Plans
import Profiles
import TestSupport
import Testing

/// The commands one after the other, as the README shows them.
@Suite("planner: a user's way") struct WorkflowTests {
  @Test("a plan is made, replayed, checked, compared, explained and exported")
  func workflow() throws {
    let folder = try Folder()
    let (profile, plan) = (try folder.profile(compressed: true), folder.path("plan.json"))
    let solved = try Command.run(["solve", profile, "--budget", "60%", "-o", plan])
    #expect(solved.status == 0, "\(solved.errors)")
    #expect(solved.text.contains("The simulator finds the plan valid."))
    for arguments in [
      ["simulate", profile, plan], ["check", profile, plan], ["explain", profile, plan],
      ["compare", profile, plan, plan], ["report", profile],
      ["profile", "diff", profile, profile, "--exit-code"],
    ] {
      let run = try Command.run(arguments)
      #expect(run.status == 0, "\(arguments): \(run.errors)")
      #expect(!run.output.isEmpty, "\(arguments)")
    }
    for format in ["lp", "mps", "dat"] {
      let run = try Command.run(["export", profile, "--budget", "60%", "--format", format])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.count > 1000)
    }
  }

  @Test("NVMe relieves a small host, and every report tells of it")
  func nvme() throws {
    let folder = try Folder()
    var profile = RandomProfile.layered(layers: 6, seed: 1)
    profile.device?.hostToNVMe = Link(latencyMicroseconds: 100, gbPerSecond: 5)
    profile.device?.nvmeToHost = Link(latencyMicroseconds: 100, gbPerSecond: 7)
    let (file, plan) = (folder.path("profile.json"), folder.path("plan.json"))
    try Data(profile.encoded()).write(to: URL(filePath: file))
    let largest = profile.tensors.map(\.bytes).max() ?? 0
    let solve = [
      "solve", file, "--budget", "50%", "--no-recompute", "--host-budget", "\(2 * largest)",
      "--gap", "40%", "-o", plan,
    ]
    let solved = try Command.run(solve)
    #expect(solved.status == 0, "\(solved.errors)")
    #expect(solved.text.contains("  on NVMe "))
    #expect(try Command.run(["check", file, plan]).status == 0)
    let explained = try Command.run(["explain", file, plan])
    #expect(explained.text.contains("to NVMe"))
    let json = try Command.run(solve + ["--json"]).text
    for key in ["nvme_peak_bytes", "bytes_to_nvme", "\"tier\":\"nvme\"", "read_at"] {
      #expect(json.contains(key), "\(key)")
    }
    let full = try Command.run(solve + ["--nvme-budget", "1"])
    #expect(full.status == 4)
    #expect(full.errors.contains("--nvme-budget"))
  }

  /// Layers with sparse tensors behind slow links, and a codec.
  static func sparse(density: Double, gbPerSecond: Double = 100) -> Profile {
    var profile = RandomProfile.layered(layers: 4, seed: 1, gbPerSecond: 6)
    for index in profile.tensors.indices {
      profile.tensors[index].dtype = "float32"
      profile.tensors[index].sparsity = Sparsity(
        history: (0..<2).map { .init(epoch: $0, density: density) })
    }
    for index in profile.operators.indices { profile.operators[index].isRecomputable = false }
    profile.codecs = [
      CodecModel(
        id: "zvc", place: .device, elementBytes: 4, ratio: .zeroValue, worstRatio: 1.03125,
        encode: ThroughputTable(gbPerSecond: gbPerSecond),
        decode: ThroughputTable(gbPerSecond: gbPerSecond))
    ]
    return profile
  }

  @Test("codecs shorten the iteration, and every report tells of them")
  func codecs() throws {
    let folder = try Folder()
    let (file, plan) = (folder.path("profile.json"), folder.path("plan.json"))
    try Data(Self.sparse(density: 0.1).encoded()).write(to: URL(filePath: file))
    let solve = ["solve", file, "--budget", "62%", "--no-recompute", "--gap", "40%", "-o", plan]
    let solved = try Command.run(solve)
    #expect(solved.status == 0, "\(solved.errors)")
    #expect(solved.text.contains("encoding and decoding"))
    #expect(try Command.run(["check", file, plan]).status == 0)
    let explained = try Command.run(["explain", file, plan]).text
    #expect(explained.contains("encoded; raw, the iteration would take"))
    let json = try Command.run(solve + ["--json"]).text
    for key in ["codec_us", "\"codec\":\"zvc\"", "codecs: all"] {
      #expect(json.contains(key), "\(key)")
    }
    func time(_ rule: String) throws -> Double {
      let found = try Command.run(solve + ["-q", "--codecs", rule])
      #expect(found.status == 0, "\(found.errors)")
      let made = try Plan.read(contentsOf: plan)
      return try #require(made.prediction).iterationMicroseconds
    }
    let joint = try time("joint")
    for rule in ["none", "all", "isolated"] {
      #expect(try time(rule) >= joint * (1 - 1e-9), "\(rule)")
    }
    #expect(try time("none") > joint * 1.01)
    #expect(try Command.run(solve + ["--density-quantile", "2"]).status == 64)
    let strategy = try Command.run(solve + ["-q", "--strategy", "codec-all", "--budget", "80%"])
    #expect(strategy.status == 0 || strategy.status == 5, "\(strategy.errors)")
  }

  @Test("where no codec pays, the explanation says that and why")
  func noCodec() throws {
    let folder = try Folder()
    let (file, plan) = (folder.path("profile.json"), folder.path("plan.json"))
    for (density, rate, reason) in [(1.0, 100.0, "too dense"), (0.5, 1, "link fast enough")] {
      try Data(Self.sparse(density: density, gbPerSecond: rate).encoded()).write(
        to: URL(filePath: file))
      let solve = [
        "solve", file, "--budget", "70%", "--no-recompute", "--gap", "10%", "-q", "-o", plan,
      ]
      #expect(try Command.run(solve).status == 0)
      let explained = try Command.run(["explain", file, plan]).text
      #expect(explained.contains("Do not compress: no codec is chosen"), "\(explained)")
      #expect(explained.contains("\(reason): "), "\(explained)")
    }
  }

  @Test("new densities change a plan only where the old one loses in every epoch")
  func replan() throws {
    let folder = try Folder()
    let (file, plan, next) = (
      folder.path("profile.json"), folder.path("plan.json"), folder.path("next.json")
    )
    var profile = Self.sparse(density: 1)
    try Data(profile.encoded()).write(to: URL(filePath: file))
    let limits = ["--no-recompute", "--gap", "40%"]
    #expect(
      try Command.run(["solve", file, "--budget", "62%", "-q", "-o", plan] + limits).status == 0)
    let same = try Command.run(["replan", file, plan] + limits)
    #expect(same.status == 0, "\(same.errors)")
    #expect(same.text.contains("No swap is on the other side"))
    // Sparse in the last epoch only.
    for index in profile.tensors.indices {
      profile.tensors[index].sparsity?.history[1].density = 0.1
    }
    try Data(profile.encoded()).write(to: URL(filePath: file))
    #expect(try Command.run(["replan", file, plan] + limits).text.contains("Keep the plan"))
    var sparse = Self.sparse(density: 0.1)
    for index in sparse.operators.indices { sparse.operators[index].isRecomputable = true }
    try Data(sparse.encoded()).write(to: URL(filePath: file))
    let changed = try Command.run(["replan", file, plan, "-o", next] + limits)
    #expect(changed.status == 0, "\(changed.errors)")
    #expect(changed.text.contains("not encoded, but zvc pays up to a density of"))
    #expect(changed.text.contains("A new plan is worth it."))
    #expect(try Command.run(["simulate", file, next]).status == 0)
    let prediction = try #require(Plan.read(contentsOf: next).prediction)
    #expect(prediction.codecMicroseconds > 0 && prediction.recomputeMicroseconds == 0)
    let bare = try Command.run(["replan", try folder.profile("bare.json"), plan])
    #expect(bare.status != 0)
  }

  @Test("the same command gives the same bytes")
  func repeatable() throws {
    let folder = try Folder()
    let profile = try folder.profile()
    let runs = try (0..<2).map { _ in
      try Command.run(["solve", profile, "--budget", "55%", "-q", "-o", "-"])
    }
    #expect(runs[0].status == 0)
    #expect(!runs[0].output.isEmpty)
    #expect(runs[0].output == runs[1].output)
    let plan = try Plan.read(runs[0].output, name: "plan")
    #expect(plan.isRepeatable)
  }

  @Test("several profiles give one JSON line each; standard input is one of them")
  func lines() throws {
    let folder = try Folder()
    let (first, second) = (try folder.profile("a.json"), try folder.profile("b.json", seed: 4))
    let run = try Command.run(["solve", first, second, "--budget", "70%", "--json"])
    #expect(run.status == 0, "\(run.errors)")
    let lines = run.text.split(separator: "\n")
    #expect(lines.count == 2)
    for line in lines {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      let keys = try #require(object).keys
      for key in ["time", "search", "budget_bytes"] { #expect(keys.contains(key)) }
    }
    let piped = try Command.run(
      ["solve", "-", "--budget", "70%", "--json"],
      input: Array(Data(contentsOf: URL(fileURLWithPath: first))))
    #expect(piped.status == 0, "\(piped.errors)")
  }

  @Test("an impossible budget exits with 4 and tells the smallest one that works")
  func infeasible() throws {
    let folder = try Folder()
    let profile = try folder.profile()
    let run = try Command.run(["solve", profile, "--budget", "1MiB", "--json"])
    #expect(run.status == 4)
    let object = try JSONSerialization.jsonObject(with: Data(run.output)) as? [String: Any]
    let smallest = try #require(object?["smallest_budget_bytes"] as? Int)
    let plan = folder.path("plan.json")
    let works = try Command.run(
      ["solve", profile, "--budget", "\(smallest)", "--gap", "90%", "-q", "-o", plan])
    #expect(works.status == 0, "\(works.errors)")
    let less = try Command.run(["solve", profile, "--budget", "\(smallest - 1)", "-q"])
    #expect(less.status == 4)
  }

  @Test("a plan of another profile exits with 6, a wrong option with 64")
  func otherCodes() throws {
    let folder = try Folder()
    let (profile, other) = (try folder.profile(), try folder.profile("o.json", seed: 8))
    let plan = folder.path("plan.json")
    #expect(try Command.run(["solve", profile, "--budget", "60%", "-q", "-o", plan]).status == 0)
    #expect(try Command.run(["check", other, plan]).status == 6)
    #expect(try Command.run(["solve", profile, "--budget", "many"]).status == 64)
    #expect(try Command.run(["solve", profile, "--frobnicate"]).status == 64)
    #expect(try Command.run(["nonsense"]).status == 64)
  }

  @Test(
    "the plan names its profile by the digest that sha256sum tells", arguments: [0, 54, 55, 63])
  func digest(padding: Int) throws {
    let folder = try Folder()
    var profile = RandomProfile.layered(layers: 3, seed: 5)
    profile.name = String(repeating: "x", count: 1 + padding)
    let path = try folder.file("p.json", profile.encoded(compressed: false))
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    process.arguments = [path]
    process.standardOutput = pipe
    try process.run()
    let told = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let run = try Command.run(["solve", path, "-q", "-o", "-"])
    let plan = try Plan.read(run.output, name: "plan")
    #expect(plan.profile.sha256 == String(decoding: told.prefix(64), as: UTF8.self))
  }

  @Test("shells get their completions", arguments: ["bash", "zsh", "fish"])
  func completion(shell: String) throws {
    let run = try Command.run(["--generate-completion-script", shell])
    #expect(run.status == 0)
    #expect(run.text.contains("solve"))
  }
}
