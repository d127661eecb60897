public import Profiles

/// Turns traces of PyTorch's profiler into the profile of one training step.
///
/// Reads Kineto traces (`torch.profiler.profile`) of every vintage since 2021 and Execution Traces
/// (`ExecutionTraceObserver`). A Kineto trace gives operators, their order and their times; tensors
/// come from the Execution Trace of the same run if there is one, else from the memory events, else
/// from the shapes. The rules are in the article on traces.
public struct KinetoCollector: Sendable {
  /// The device that ran the trace.
  public let device: Device
  /// The number in `ProfilerStep#` of the one step to use; nil for the mean of all complete ones.
  public let step: Int?
  /// How fast matrix products run, for Execution Traces without times.
  public let efficiency: EfficiencyCurve?

  /// Creates a collector.
  public init(device: Device, step: Int? = nil, efficiency: EfficiencyCurve? = nil) {
    self.device = device
    self.step = step
    self.efficiency = efficiency
  }

  /// Reads the files of one run and returns the profile of one step.
  ///
  /// - Parameter files: Kineto traces and Execution Traces in any order. Of several Kineto traces,
  ///   such as those of other ranks, the first is used; of several Execution Traces likewise.
  /// - Throws: `CollectorError` with the place and the remedy, if a file is damaged, or if the files
  ///   don't tell enough for a plan.
  public func collect(_ files: [SourceFile]) throws(CollectorError) -> Profile {
    var findings = Findings()
    var kineto: SourceFile?
    var execution: SourceFile?
    for file in files {
      switch try TraceKind.of(file) {
      case .kineto:
        if let first = kineto {
          findings.assumed("\(first.name) stands for all ranks; \(file.name) isn't used")
        } else {
          kineto = file
        }
      case .execution:
        if let first = execution {
          findings.assumed("\(first.name) stands for all ranks; \(file.name) isn't used")
        } else {
          execution = file
        }
      }
    }
    let graph = try execution.map { (file) throws(CollectorError) in
      try ExecutionTraceReader.read(file)
    }
    if let kineto {
      let trace = try KinetoReader.read(kineto)
      let importer = KinetoImport(device: device, step: step)
      return try importer.profile(of: trace, execution: graph, findings: findings)
    }
    guard let graph else {
      throw .option(
        name: "files", problem: "there is none", remedy: "give a trace of the PyTorch profiler")
    }
    let importer = ExecutionTraceImport(device: device, step: step, efficiency: efficiency)
    return try importer.profile(of: graph, findings: findings)
  }
}
