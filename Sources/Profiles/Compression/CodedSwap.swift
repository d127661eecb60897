/// What a swap of one tensor with one codec takes: bytes, memory and kernels.
///
/// A kernel that takes a share of the device holds the compute stream for that share of its time; what is left of it
/// runs beside whatever comes next on the stream. Where nobody measured the share, it is 1.
public struct CodedSwap: Sendable, Hashable {
  /// The density that is counted on; nil where nobody measured one, which counts as 1.
  public let density: Double?
  /// What the links carry, in bytes.
  public let encodedBytes: Int
  /// What is reserved on the device and on the host for it, in bytes: the most that the tensor can take.
  public let reservedBytes: Int
  /// What encoding or decoding takes besides on the device, in bytes.
  public let workspaceBytes: Int
  /// How long the encoding kernel runs, in microseconds.
  public let encodeMicroseconds: Double
  /// How long the decoding kernel runs, in microseconds.
  public let decodeMicroseconds: Double
  /// The share of these times for which a kernel holds the compute stream.
  public let heldShare: Double

  /// Looks up what a codec takes for a tensor.
  ///
  /// - Parameters:
  ///   - tensor: The tensor that owns the memory.
  ///   - codec: A codec that runs on the device.
  ///   - quantile: Which of the tensor's measured densities counts; nil for `Sparsity.defaultQuantile`.
  public init(_ tensor: Tensor, codec: CodecModel, quantile: Double?) {
    let sample = tensor.sparsity?.sample(atQuantile: quantile ?? Sparsity.defaultQuantile)
    density = sample?.density
    let ratio = codec.expectedRatio(density: sample?.density, cycle: sample?.cycle)
    reservedBytes = codec.worstBytes(of: tensor.bytes)
    encodedBytes = min(reservedBytes, Int((Double(tensor.bytes) * ratio).rounded(.up)))
    workspaceBytes = codec.workspaceBytes
    encodeMicroseconds = codec.encode.microseconds(bytes: tensor.bytes, density: sample?.density)
    decodeMicroseconds = codec.decode.microseconds(bytes: tensor.bytes, density: sample?.density)
    heldShare = codec.contention?.computeShare ?? 1
  }

  /// How long the encoding kernel holds the compute stream.
  public var heldEncode: Double { heldShare * encodeMicroseconds }
  /// How long it runs on beside the stream.
  public var restOfEncode: Double { max(0, encodeMicroseconds - heldEncode) }
  /// How long the decoding kernel holds the compute stream.
  public var heldDecode: Double { heldShare * decodeMicroseconds }
  /// How long it runs beside the stream before.
  public var restOfDecode: Double { max(0, decodeMicroseconds - heldDecode) }

  /// What the copy back takes on the device, in bytes. Where decoding goes on beside the stream, it begins as soon as
  /// the copy has ended, so its memory is there from the start of the copy on.
  public func returningBytes(of tensor: Int) -> Int {
    reservedBytes + (restOfDecode > 0 ? tensor + workspaceBytes : 0)
  }
}
