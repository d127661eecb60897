/// What is known of a codec: how small it makes tensors, how fast it is, and what it takes.
public struct CodecModel: Sendable, Hashable {
  /// Where a codec runs.
  public enum Place: String, Sendable, Hashable, CaseIterable {
    /// On the device, before a copy from it and after a copy to it.
    case device
    /// On the host.
    case host
    /// In the copy engine itself, so that it takes nothing from the operators.
    case link
  }

  /// What a codec takes from operators that run at the same time.
  public struct Contention: Sendable, Hashable {
    /// The share of the device's arithmetic units that it occupies, from 0 to 1.
    public var computeShare: Double
    /// The bytes that it moves from and to the device's memory for each byte of the raw tensor.
    public var memoryBytesPerByte: Double?

    /// Creates a record.
    public init(computeShare: Double, memoryBytesPerByte: Double? = nil) {
      self.computeShare = computeShare
      self.memoryBytesPerByte = memoryBytesPerByte
    }
  }

  /// What a codec that loses bits does to values.
  public struct Loss: Sendable, Hashable {
    /// What is measured, such as `relative_error`.
    public var metric: String
    /// The largest value of it.
    public var value: Double

    /// Creates a record.
    public init(metric: String, value: Double) {
      self.metric = metric
      self.value = value
    }
  }

  /// The codec's unique name.
  public var id: String
  /// Where it runs.
  public var place: Place
  /// The bytes of the elements that it is for; nil for any.
  public var elementBytes: Int?
  /// How small it makes a tensor.
  public var ratio: CodecRatio
  /// The largest ratio of encoded to raw bytes that any tensor can have.
  public var worstRatio: Double
  /// What may be added to that, whatever the size.
  public var worstExtraBytes: Int
  /// The least tensor that the codec is for.
  public var leastBytes: Int
  /// The memory that encoding or decoding takes besides source and target.
  public var workspaceBytes: Int
  /// How fast it encodes.
  public var encode: ThroughputTable
  /// How fast it decodes.
  public var decode: ThroughputTable
  /// What it takes from operators; nil if nobody measured it.
  public var contention: Contention?
  /// What it does to values; nil if every bit comes back.
  public var loss: Loss?
  /// Where the figures are from.
  public var source: String?

  /// Creates a model.
  public init(
    id: String, place: Place, elementBytes: Int? = nil, ratio: CodecRatio, worstRatio: Double,
    worstExtraBytes: Int = 0, leastBytes: Int = 0, workspaceBytes: Int = 0,
    encode: ThroughputTable, decode: ThroughputTable, contention: Contention? = nil,
    loss: Loss? = nil, source: String? = nil
  ) {
    self.id = id
    self.place = place
    self.elementBytes = elementBytes
    self.ratio = ratio
    self.worstRatio = worstRatio
    self.worstExtraBytes = worstExtraBytes
    self.leastBytes = leastBytes
    self.workspaceBytes = workspaceBytes
    self.encode = encode
    self.decode = decode
    self.contention = contention
    self.loss = loss
    self.source = source
  }

  // MARK: Sizes

  /// Whether the codec is for a tensor of this size and kind of element.
  public func isFor(bytes: Int, elementBytes: Int?) -> Bool {
    bytes >= leastBytes && (self.elementBytes == nil || self.elementBytes == elementBytes)
  }

  /// Returns the expected ratio of encoded to raw bytes, never above the worst.
  ///
  /// - Parameters:
  ///   - density: The share of elements that are not zero; nil, where nobody measured it, counts as 1.
  ///   - cycle: The mean length of a run of zeros and the run after it, in elements; nil for zeros that
  ///     know nothing of each other.
  public func expectedRatio(density: Double?, cycle: Double? = nil) -> Double {
    min(
      ratio.value(density: density ?? 1, cycle: cycle, elementBytes: elementBytes ?? 4),
      worstRatio)
  }

  /// Returns the most bytes that a tensor can take when encoded, which buffers have to hold.
  public func worstBytes(of bytes: Int) -> Int {
    Int((Double(bytes) * worstRatio).rounded(.up)) + worstExtraBytes
  }
}
