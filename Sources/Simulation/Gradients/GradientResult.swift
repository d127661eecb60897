/// What happens while the gradients of one step are added up.
public struct GradientResult: Sendable, Hashable {
  /// One bucket's way through the channel.
  public struct Passage: Sendable, Hashable {
    /// The bucket.
    public var bucket: String
    /// When the backward pass has made it and its elements are chosen, in microseconds.
    public var readyMicroseconds: Double
    /// When the channel takes it.
    public var startMicroseconds: Double
    /// When all workers have the sum.
    public var endMicroseconds: Double
    /// How long the device chose elements while the backward pass waited.
    public var selectionMicroseconds: Double
    /// What one device sends to others of its node.
    public var withinNodeBytes: Int
    /// What one node sends to others.
    public var betweenNodesBytes: Int
    /// The messages, one after the other, that make up the exchange.
    public var messages: Int
    /// The share of the bucket's energy that is sent.
    public var energy: Double
  }

  /// What is wrong with the plan, the first ten faults; empty for a valid plan.
  public var faults: [String] = []
  /// The buckets in the order of the channel.
  public var passages: [Passage] = []
  /// When the last exchange ends, in microseconds.
  public var endMicroseconds = 0.0
  /// When the backward pass would have ended without any choice of elements.
  public var backwardMicroseconds = 0.0
  /// How long devices choose elements while the backward pass waits.
  public var selectionMicroseconds = 0.0
  /// How long the channel is held.
  public var channelMicroseconds = 0.0
  /// What one device sends to others of its node.
  public var withinNodeBytes = 0
  /// What one node sends to others.
  public var betweenNodesBytes = 0
  /// The share of all energy that is sent.
  public var energy = 0.0

  /// Whether the plan keeps all it promises.
  public var isValid: Bool { faults.isEmpty }
}
