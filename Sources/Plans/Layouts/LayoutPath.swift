public import Profiles

/// Steps that lead a tensor from one layout to another, with what each is predicted to take.
public struct LayoutPath: Sendable, Hashable {
  /// A step and where it leads.
  public struct Stage: Sendable, Hashable {
    /// What happens.
    public var step: LayoutStep
    /// The layout after it.
    public var layout: TensorLayout
    /// How long it takes.
    public var microseconds: Double
    /// What one device holds meanwhile: the tensor that is converted, the step's input, what it needs
    /// besides, and its output.
    public var peakBytes: Int

    /// Creates a stage.
    public init(step: LayoutStep, layout: TensorLayout, microseconds: Double, peakBytes: Int) {
      self.step = step
      self.layout = layout
      self.microseconds = microseconds
      self.peakBytes = peakBytes
    }
  }

  /// The layout at the beginning.
  public var source: TensorLayout
  /// What a device holds before the first step.
  public var sourceBytes: Int
  /// The steps in their order; none where the layouts are the same.
  public var stages: [Stage]

  /// Creates a path.
  public init(source: TensorLayout, sourceBytes: Int, stages: [Stage]) {
    self.source = source
    self.sourceBytes = sourceBytes
    self.stages = stages
  }

  /// The layout at the end.
  public var target: TensorLayout { stages.last?.layout ?? source }
  /// How long all steps take, one after another.
  public var microseconds: Double { stages.reduce(0) { $0 + $1.microseconds } }
  /// The most that a device holds at any time.
  public var peakBytes: Int { stages.map(\.peakBytes).max() ?? sourceBytes }
}
