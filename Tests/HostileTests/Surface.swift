import Foundation
import Testing

/// A command of the program that reads files, and the sound files it is given.
struct Surface: Sendable, CustomTestStringConvertible {
  /// The command with the names of files in `Seeds`.
  let arguments: [String]
  /// Whether the command starts other processes, so that it can't run inside this one.
  let startsProcesses: Bool
  /// Whether the sound files are refused by this command, which only damaged ones may get farther in.
  let isRefused: Bool

  private init(_ line: String, startsProcesses: Bool = false, isRefused: Bool = false) {
    arguments = line.split(separator: " ").map(String.init)
    self.startsProcesses = startsProcesses
    self.isRefused = isRefused
  }

  var testDescription: String { arguments.joined(separator: " ") }

  /// The places of the arguments that name files.
  var files: [Int] {
    arguments.indices.filter { Surface.seedNames.contains(arguments[$0]) }
  }

  /// The folder of the sound files.
  static let seeds = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Seeds")

  static let seedNames: Set<String> = Set(
    (try? FileManager.default.contentsOfDirectory(atPath: seeds.path)) ?? [])

  /// Every kind of file that the program reads, with the commands that read it.
  static let all: [Surface] = reading + collecting + planning

  private static let reading: [Surface] =
    ["swap", "chunks", "two-stage", "strategies", "place", "dispatch", "gradients"].flatMap {
      [
        Surface("report \($0).profile.json"), Surface("report \($0).profile.json --json"),
        Surface("report \($0).profile.json \($0).plan.json -o out"),
      ]
    }
    + ["check", "simulate", "explain", "simulate --json --report out", "simulate --svg out.svg"].map
  { Surface("\($0) swap.profile.json swap.plan.json") }
    + [
      "perfetto", "memory-viz", "minimalloc", "chakra",
    ].map { Surface("export swap.profile.json swap.plan.json --lossy -o out --format \($0)") }
    + ["pytorch-eager", "torch-compile"].map {
      Surface(
        "export swap.profile.json swap.plan.json --lossy -o out --format \($0)", isRefused: true)
    }
    + ["lp", "mps", "dat"].map {
      Surface("export swap.profile.json --budget 90% -o out --format \($0)")
    }
    + [
      Surface(
        "export strategies.profile.json strategies.plan.json --lossy -o out --format dtensor")
    ]
    + [
      Surface("compare swap.profile.json swap.plan.json swap.plan.json --json"),
      Surface("compare place.profile.json place.plan.json place.plan.json"),
      Surface("profile diff swap.profile.json chunks.profile.json"),
      Surface("explain swap.profile.json swap.plan.json --tensor act1"),
      Surface("shard sharding.profile.json --check sharding.plan.json"),
      Surface("chunks chunks.profile.json --check chunks.plan.json"),
      Surface("two-stage two-stage.profile.json --check two-stage.plan.json --json"),
      Surface("two-stage strategies.profile.json --check strategies.plan.json"),
      Surface("place place.profile.json --check place.plan.json"),
      Surface("dispatch dispatch.profile.json --check dispatch.plan.json"),
      Surface("gradients gradients.profile.json --check gradients.plan.json"),
      Surface("allocate buffers.csv --check"), Surface("allocate buffers.csv --capacity 64KiB"),
      Surface("reshard --shape 64x64 --mesh 2x2 --link 10:1 --from S0,R --to R,S0"),
    ]

  private static let collecting: [Surface] =
    [
      "kineto kineto.json --device T4", "execution-trace trace.json --device T4",
      "snapshot snapshot.pickle", "memory-timeline memory.json", "chakra rank.et --device T4",
      "config config.json --seq 1024 --batch 2 --device A100-SXM4-80GB",
      "onnx network.onnx --batch 4 --device T4",
      "onnx network.onnx --batch 4 --device T4 --catalogue devices.json",
      "pipedream layers.txt --device T4", "csv operators.csv tensors.csv --device T4",
      "cluster topology.txt --nodes 2 --nic-gb-per-s 25", "cluster taccl.json",
      "moe-load load.csv --top-k 1 --devices 2 --slots 3",
      "moe-load load.json --top-k 1 --devices 2 --slots 3",
      "sparsity swap.profile.json fc.npy --tensor act0 --epoch 2",
      "sparsity swap.profile.json act0.npz",
      "sparsity swap.profile.json act0.safetensors",
      "gradients fc.npy --nodes 2 --devices-per-node 2 --within-gbps 10 --between-gbps 1",
      "gradients arrays.npz --nodes 2 --devices-per-node 2 --within-gbps 10 --between-gbps 1",
      "gradients gradients.safetensors --timeline timeline.json --curves gradients.profile.json"
        + " --nodes 2 --devices-per-node 2 --within-gbps 10 --between-gbps 1 --blocks 64",
      "iopddl instance.iopddl.json",
      "strategies network.onnx --mesh 2 --link 20:10 --batch 4",
      "strategies config.json --mesh 2 --link 20:10 --batch 4 --seq 128",
      "strategies config.json --mesh 16 --cluster dispatch.profile.json --batch 16 --seq 128",
    ].map { Surface("collect \($0) -o out") } + [
      Surface("collect devices --catalogue devices.json")
    ]

  private static let planning: [Surface] = [
    "solve swap.profile.json --node-limit 100 -o out --report out.html",
    "solve swap.profile.json --budget 80% --host-budget 1GiB --jitter 10% --node-limit 100 -o out",
    "sweep swap.profile.json --budget 50%...90% --points 3 --json",
    "fit swap.profile.json --time +5%", "replan swap.profile.json swap.plan.json -o out",
    "chunks chunks.profile.json -o out", "shard sharding.profile.json --node-limit 100 -o out",
    "shard instance.iopddl.json --node-limit 100 -o out",
    "two-stage two-stage.profile.json --node-limit 100 -o out",
    "two-stage strategies.profile.json --front 50%...90% --points 3 --json",
    "place place.profile.json -o out", "dispatch dispatch.profile.json -o out",
    "gradients gradients.profile.json -o out", "batch manifest.jsonl --jobs 1 --no-cache",
    "calibrate swap.profile.json --no-measure --add nvcomp-lz4-a100 -o out",
  ].map { Surface($0, startsProcesses: true) }
}
