/// A block of device memory with one meaning.
public struct Tensor: Sendable, Hashable {
  /// What a tensor is for.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case activation
    case parameter
    case gradient
    case optimizerState = "optimizer_state"
    case input
    case output
    case workspace
  }

  /// The tensor's unique name.
  public var id: String
  /// The memory that the tensor takes. An alias takes none of its own.
  public var bytes: Int
  /// The element type, such as `float32`.
  public var dtype: String?
  /// The extent of each dimension.
  public var shape: [Int]?
  /// What the tensor is for.
  public var kind: Kind
  /// How sparse the tensor was over the epochs.
  public var sparsity: Sparsity?
  /// Whether the tensor outlives the iteration: resident before its first operator, after its last.
  public var isPersistent: Bool
  /// Whether the tensor may be copied to the host.
  public var isMovable: Bool
  /// The tensor whose storage this one shares.
  public var aliasOf: String?

  /// Creates a tensor. Parameters and optimizer states are persistent unless said otherwise.
  public init(
    id: String, bytes: Int, dtype: String? = nil, shape: [Int]? = nil, kind: Kind,
    sparsity: Sparsity? = nil, isPersistent: Bool? = nil, isMovable: Bool = true,
    aliasOf: String? = nil
  ) {
    self.id = id
    self.bytes = bytes
    self.dtype = dtype
    self.shape = shape
    self.kind = kind
    self.sparsity = sparsity
    self.isPersistent = isPersistent ?? kind.isPersistentByDefault
    self.isMovable = isMovable
    self.aliasOf = aliasOf
  }
}

extension Tensor.Kind {
  /// Whether tensors of this kind outlive the iteration unless the profile says otherwise.
  public var isPersistentByDefault: Bool { self == .parameter || self == .optimizerState }

  /// Whether tensors of this kind may be read before an operator of the iteration wrote them.
  public var mayPrecedeIteration: Bool {
    self == .parameter || self == .optimizerState || self == .input
  }
}

/// How sparse a tensor was, epoch by epoch.
public struct Sparsity: Sendable, Hashable {
  /// One measurement.
  public struct Sample: Sendable, Hashable {
    /// The epoch, from 0.
    public var epoch: Int
    /// The share of elements that are not zero, from 0 to 1.
    public var density: Double
    /// The mean number of elements from one change between zero and non-zero to the next but one.
    public var cycle: Double?

    /// Creates a measurement.
    public init(epoch: Int, density: Double, cycle: Double? = nil) {
      self.epoch = epoch
      self.density = density
      self.cycle = cycle
    }
  }

  /// The measurements in the order of the epochs.
  public var history: [Sample]

  /// The share of a history that lies at or below the density which plans count on, unless told otherwise.
  public static let defaultQuantile = 0.9

  /// Returns the measurement whose density is the smallest that no less than a share of all reach or stay below; nil
  /// without measurements.
  ///
  /// - Parameter quantile: From 0, the least density, to 1, the largest. Of equal densities the one with the shortest
  ///   cycle counts, which leaves the least to run lengths.
  public func sample(atQuantile quantile: Double) -> Sample? {
    let sorted = history.sorted {
      ($0.density, $0.cycle ?? 0, $0.epoch) < ($1.density, $1.cycle ?? 0, $1.epoch)
    }
    guard !sorted.isEmpty else { return nil }
    let rank = Int((min(max(quantile, 0), 1) * Double(sorted.count)).rounded(.up))
    let density = sorted[max(0, rank - 1)].density
    return sorted.first { $0.density == density }
  }

  /// Creates a history.
  public init(history: [Sample]) {
    self.history = history
  }
}
