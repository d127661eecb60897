import Collectors
import Profiles

/// A layer of 256×256, its ReLU and a sum, trained for some steps of 1000 µs: every figure of its
/// profile can be had by hand.
enum TrainingTrace {
  static let activation = 65_536
  static let weight = 262_144
  /// At `AddmmBackward0`: the loss, the gradient it reads and the one of the weight.
  static let peakAboveStart = 512 + 65_536 + 262_144

  /// Adds the steps to a trace.
  static func build(
    _ vintage: TraceBuilder.Vintage = .today, steps: Int = 3, hasMemory: Bool = true,
    hasKernels: Bool = true, change: (inout TraceBuilder) -> Void = { _ in }
  ) -> TraceBuilder {
    var trace = TraceBuilder(vintage)
    change(&trace)
    for step in 0..<steps {
      add(step, to: &trace, hasMemory: hasMemory, hasKernels: hasKernels)
    }
    return trace
  }

  private static func add(
    _ step: Int, to trace: inout TraceBuilder, hasMemory: Bool, hasKernels: Bool
  ) {
    let start = Double(1000 * step)
    let sequence = 10 * step
    func operation(
      _ name: String, at offset: Double, thread: Int = 1, sequence: Int? = nil,
      shapes: [[Int]] = [], bytes: [(Int, Double)] = [], works: Bool = true
    ) {
      // Numbered as PyTorch does: by the start of the call.
      trace.add(
        name, at: start + offset, for: 80, thread: thread, sequence: sequence, shapes: shapes,
        number: 100 * step + Int(offset) / 10)
      if hasKernels && works {
        trace.kernel(
          queued: start + offset + 10, at: start + offset + 50, for: 40, thread: thread)
      }
      if hasMemory {
        for (size, moment) in bytes {
          trace.memory(size, at: start + offset + moment, thread: thread)
        }
      }
    }
    trace.add("ProfilerStep#\(step)", at: start, for: 1000, isAnnotation: true)
    operation(
      "aten::linear", at: 100, sequence: sequence, shapes: [[64, 256], [256, 256]],
      bytes: [(activation, 5)])
    operation(
      "aten::relu", at: 200, sequence: sequence + 1, shapes: [[64, 256]],
      bytes: [(activation, 5), (-activation, 90)])
    operation(
      "aten::sum", at: 300, sequence: sequence + 2, shapes: [[64, 256]], bytes: [(512, 5)])
    let engine = "autograd::engine::evaluate_function: "
    operation(
      engine + "SumBackward0", at: 400, thread: 2, sequence: sequence + 2,
      bytes: [(activation, 5)])
    operation(
      engine + "ReluBackward0", at: 500, thread: 2, sequence: sequence + 1, shapes: [[64, 256]],
      bytes: [(activation, 5), (-activation, 85), (-activation, 86)])
    operation(
      engine + "AddmmBackward0", at: 600, thread: 2, sequence: sequence, shapes: [[64, 256]],
      bytes: [(weight, 5), (-activation, 85)])
    operation(
      engine + "torch::autograd::AccumulateGrad", at: 700, thread: 2, shapes: [[256, 256]],
      bytes: [(-weight, 85)])
    trace.add("Optimizer.step#SGD.step", at: start + 800, for: 100, isAnnotation: true)
    operation("aten::add_", at: 810, shapes: [[256, 256], [256, 256]], bytes: [(-512, 85)])
  }

  static func device() throws -> Device {
    try DeviceCatalogue.builtIn().device(named: "V100-SXM2-16GB")
  }

  static func profile(_ trace: TraceBuilder, step: Int? = nil) throws -> Profile {
    try KinetoCollector(device: device(), step: step).collect([trace.file()])
  }

  static func peak(_ profile: Profile) -> Int {
    MemoryDemand(of: profile, storages: Storages(of: profile)).unconstrainedPeak.bytes
  }

  static func microseconds(_ profile: Profile) -> Double {
    profile.operators.reduce(0) { $0 + $1.durationMicroseconds }
  }
}
