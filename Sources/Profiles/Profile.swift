/// What was measured of one training iteration: the operators in execution order, the tensors they
/// touch, and the device that runs them; or of one part of it, such as the routing to experts.
///
/// Sizes are whole bytes (`Int`), times are microseconds (`Double`) and carry the unit in their name,
/// as the keys of the file do.
public struct Profile: Sendable, Hashable {
  /// What the profile is called in reports.
  public var name: String
  /// Where the profile comes from.
  public var source: Source?
  /// The problem that the profile was made for, such as `swap`.
  public var problem: String?
  /// The device that runs the operators.
  public var device: Device?
  /// Everything that takes memory.
  public var tensors: [Tensor]
  /// The operators in execution order.
  public var operators: [Operator]
  /// Ways to make tensors smaller, and what is known of them.
  public var codecs: [CodecModel]
  /// How several devices reach each other.
  public var cluster: Cluster?
  /// Routed experts, their load, and where they are.
  public var moe: MixtureOfExperts?
  /// Strategies of nodes in a chain of stages.
  public var stageGraph: StageGraph?
  /// Gradients that data-parallel workers add up.
  public var gradients: GradientExchange?

  /// Creates a profile; `validate()` tells whether it makes sense.
  public init(
    name: String, source: Source? = nil, problem: String? = nil, device: Device? = nil,
    tensors: [Tensor], operators: [Operator], codecs: [CodecModel] = [], cluster: Cluster? = nil,
    moe: MixtureOfExperts? = nil, stageGraph: StageGraph? = nil,
    gradients: GradientExchange? = nil
  ) {
    self.name = name
    self.source = source
    self.problem = problem
    self.device = device
    self.tensors = tensors
    self.operators = operators
    self.codecs = codecs
    self.cluster = cluster
    self.moe = moe
    self.stageGraph = stageGraph
    self.gradients = gradients
  }

  /// Whether the profile says something without operators.
  var standsWithoutOperators: Bool {
    operators.isEmpty && tensors.isEmpty
      && (moe != nil || cluster != nil || stageGraph != nil || gradients != nil)
  }

  /// Where a profile comes from.
  public struct Source: Sendable, Hashable {
    /// The collector that wrote the profile, such as `onnx`.
    public var collector: String
    /// The file that was read, without its folder.
    public var file: String?
    /// The SHA-256 digest of that file, in hexadecimal.
    public var sha256: String?
    /// The day of collection, `YYYY-MM-DD`.
    public var date: String?
    /// What was assumed, guessed or missing.
    public var notes: [String]

    /// Creates a record.
    public init(
      collector: String, file: String? = nil, sha256: String? = nil, date: String? = nil,
      notes: [String] = []
    ) {
      self.collector = collector
      self.file = file
      self.sha256 = sha256
      self.date = date
      self.notes = notes
    }
  }
}
