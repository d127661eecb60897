import Plans
import Profiles
import Simulation

/// A plan of swaps and recomputation in the form of another program, and what that form can't express.
public struct SwapExport: Sendable, Hashable {
  /// The forms that are known.
  public enum Format: String, Sendable, Hashable, CaseIterable {
    /// The planned iteration as trace events, in JSON.
    case perfetto
    /// A snapshot of the planned iteration as PyTorch's CUDA allocator writes them, a pickle.
    case memoryViz = "memory-viz"
    /// A Python module that carries the plan out in PyTorch's eager mode.
    case pytorchEager = "pytorch-eager"
    /// A Python module with a solver for the activation memory budget of torch.compile.
    case torchCompile = "torch-compile"
    /// The buffers of the planned iteration as CSV, for an allocator.
    case minimalloc
    /// The planned iteration as a Chakra execution trace.
    case chakra
    /// Flags of Megatron-LM for layers that run again or leave the device.
    case megatron
    /// A DeepSpeed configuration, as JSON.
    case deepSpeed = "deepspeed"
    /// Arguments of ColossalAI's `GeminiPlugin`, as JSON.
    case gemini
    /// Arguments of Transformer Engine's `get_cpu_offload_context`, as JSON.
    case transformerEngine = "transformer-engine"
  }

  /// The content of the file.
  public let bytes: [UInt8]
  /// What the form can't express, in sentences: a program that loads the file does something else there.
  public let losses: [String]

  /// Why a plan has no such form.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason with its remedy.
    public let description: String
  }

  /// Converts a plan that the simulator finds valid.
  ///
  /// - Throws: `Failure` where the form can express nothing of the plan.
  public init(_ report: SwapReport, as format: Format) throws(Failure) {
    guard report.result.isValid else {
      let reason = report.result.failure.map { "\($0)" } ?? ""
      throw Failure(description: "the simulator rejects the plan: \(reason)")
    }
    switch format {
    case .perfetto: (bytes, losses) = (PerfettoTrace(report).bytes, [])
    case .memoryViz: (bytes, losses) = (MemorySnapshot(report).pickle, [])
    case .minimalloc:
      (bytes, losses) = (
        BufferTable(buffers: report.result.buffers(alignment: 256)).encoded(), []
      )
    case .chakra:
      (bytes, losses) = (PlannedTrace(report).bytes, PlannedTrace.losses(report.profile))
    case .pytorchEager:
      let export = try EagerModule(report)
      (bytes, losses) = (export.bytes, export.losses)
    case .torchCompile:
      let export = try CompileModule(report)
      (bytes, losses) = (export.bytes, export.losses)
    case .megatron:
      let export = try MegatronOffload(report)
      (bytes, losses) = (Array(export.text.utf8), export.losses)
    case .deepSpeed:
      let export = try DeepSpeedSwaps(report)
      (bytes, losses) = (Array(export.text.utf8), export.losses)
    case .gemini:
      let export = GeminiSwaps(report)
      (bytes, losses) = (Array(export.text.utf8), export.losses)
    case .transformerEngine:
      let export = try TransformerEngineLayers(report)
      (bytes, losses) = (Array(export.text.utf8), export.losses)
    }
  }
}
