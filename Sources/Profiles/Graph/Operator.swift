/// One piece of work of the compute stream.
public struct Operator: Sendable, Hashable {
  /// The part of the iteration that an operator belongs to.
  public enum Phase: String, Sendable, Hashable, CaseIterable {
    case forward
    case backward
    case optimizer
    case communication
  }

  /// The operator's unique name.
  public var id: String
  /// The part of the iteration that the operator belongs to.
  public var phase: Phase
  /// How long the operator keeps the device busy.
  public var durationMicroseconds: Double
  /// The tensors that must be resident when the operator starts.
  public var reads: [String]
  /// The tensors that the operator makes or changes. A tensor that is also in `reads` is changed in
  /// place; any other is made anew.
  public var writes: [String]
  /// Memory that the operator needs only while it runs.
  public var workspaceBytes: Int
  /// Floating-point operations.
  public var flops: Double?
  /// Bytes read from and written to device memory.
  public var bytesAccessed: Double?
  /// Whether running the operator again gives the same result without side effects.
  public var isRecomputable: Bool

  /// Creates an operator.
  public init(
    id: String, phase: Phase, durationMicroseconds: Double, reads: [String], writes: [String],
    workspaceBytes: Int = 0, flops: Double? = nil, bytesAccessed: Double? = nil,
    isRecomputable: Bool = false
  ) {
    self.id = id
    self.phase = phase
    self.durationMicroseconds = durationMicroseconds
    self.reads = reads
    self.writes = writes
    self.workspaceBytes = workspaceBytes
    self.flops = flops
    self.bytesAccessed = bytesAccessed
    self.isRecomputable = isRecomputable
  }
}
