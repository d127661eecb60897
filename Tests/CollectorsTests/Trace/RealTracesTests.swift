import Collectors
import Foundation
import Profiles
import TestSupport
import Testing

/// Traces of real runs, where the environment variable PLANNER_SAMPLES names a folder that holds them
/// in `kineto` and `execution-trace`.
@Suite(
  "Traces of real runs",
  .enabled(
    if: ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] != nil,
    "PLANNER_SAMPLES names no folder with kineto and execution-trace"))
struct RealTracesTests {
  private func file(_ path: String) throws -> SourceFile {
    let folder = ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] ?? ""
    let stored = Array(try Data(contentsOf: URL(filePath: folder).appending(path: path)))
    return SourceFile(name: path, bytes: try InputFile.content(of: stored))
  }

  private func collect(_ paths: [String], device: String = "V100-SXM2-32GB") throws -> Profile {
    let collector = KinetoCollector(device: try DeviceCatalogue.builtIn().device(named: device))
    let profile = try collector.collect(try paths.map(file))
    #expect(profile.validate().isEmpty)
    return profile
  }

  private func reason(_ path: String) throws -> String {
    do {
      _ = try collect([path])
      Issue.record("\(path) gave a profile")
      return ""
    } catch let error as CollectorError {
      return error.description
    }
  }

  @Test("ResNet-50 on a V100: the peak and the step are those of the trace's own events")
  func memoryAndTime() throws {
    let profile = try collect(["kineto/resnet50_v100_tbplugin.pt.trace.json.gz"])
    // Six steps; the mean of the last five ProfilerStep annotations is 174.58 ms.
    #expect(abs(TrainingTrace.microseconds(profile) / 174_580 - 1) < 0.02)
    // The memory events of each step rise 2,662.31 MiB above its start.
    let first = profile.tensors.filter { $0.isPersistent || $0.kind == .input }
    let start = first.reduce(0) { $0 + $1.bytes }
    let above = Double(TrainingTrace.peak(profile) - start) / 1_048_576
    #expect(abs(above / 2662.31 - 1) < 0.02, "\(above)")
    // The 161 parameters of ResNet-50, without running statistics.
    let parameters = profile.tensors.filter { $0.kind == .parameter }
    #expect(parameters.count == 161)
    #expect(abs(Double(parameters.reduce(0) { $0 + $1.bytes }) / (4 * 25_557_032) - 1) < 0.001)
    #expect(profile.source?.notes.contains { $0.contains("178 of 178 backward") } == true)
  }

  @Test("a Kineto trace without shapes and memory takes its tensors from the Execution Trace")
  func linked() throws {
    let profile = try collect(
      [
        "kineto/resnet50_a100_2gpu_ddp.json.gz", "execution-trace/resnet50_1gpu_1.0.3.json.gz",
      ], device: "A100-SXM4-40GB")
    // The steps 5 and 6 take 219.73 and 224.94 ms on the CPU.
    #expect(abs(TrainingTrace.microseconds(profile) / 222_331 - 1) < 0.02)
    // Another ResNet-50 with 32 images peaked at 2,940 MiB.
    let peak = Double(TrainingTrace.peak(profile)) / 1_048_576
    #expect(abs(peak / 2940 - 1) < 0.02, "\(peak)")
    #expect(profile.source?.notes.contains { $0.contains("1062 of 1062 operators") } == true)
  }

  @Test("an Execution Trace of another run is refused")
  func otherRun() throws {
    #expect(throws: CollectorError.self) {
      try collect([
        "kineto/resnet50_a100_2gpu_ddp.json.gz", "execution-trace/resnet50_1gpu_1.1.0.json.gz",
      ])
    }
  }

  @Test("traces without tensors are refused with what to record")
  func refused() throws {
    for name in ["resnet50_a100_2gpu_ddp", "resnet_v100_ns"] {
      #expect(try reason("kineto/\(name).json.gz").contains("profile_memory=True"))
    }
    #expect(
      try reason("kineto/cpu_only.json.gz").contains("none of the 4 operators lies in a step"))
  }

  @Test("AMD's toy model is derived from its shapes")
  func toy() throws {
    let profile = try collect(["kineto/mi250_toy_train.json.gz"], device: "MI300X-192GB")
    let parameters = profile.tensors.filter { $0.kind == .parameter }
    #expect(parameters.map(\.shape) == [[128, 128], [128]])
  }

  @Test("Execution Traces alone give exact tensors and a roofline's times")
  func executionTraces() throws {
    for version in ["1.0.3", "1.1.0"] {
      let profile = try collect(["execution-trace/resnet50_1gpu_\(version).json.gz"])
      let peak = Double(TrainingTrace.peak(profile)) / 1_048_576
      #expect(abs(peak / 2940 - 1) < 0.02, "\(peak)")
    }
    let linear = try collect(["execution-trace/linear.json.gz"])
    // 21 layers of 1024 × 1024 with a bias.
    let updated = Set(linear.operators.filter { $0.phase == .optimizer }.flatMap(\.writes))
    let parameters = linear.tensors.filter { $0.kind == .parameter && updated.contains($0.id) }
    #expect(parameters.reduce(0) { $0 + $1.bytes } == 21 * 4 * (1_048_576 + 1024))
  }
}
