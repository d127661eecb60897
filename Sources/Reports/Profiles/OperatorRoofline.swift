public import Profiles

/// How close an operator comes to what its device can do at best.
///
/// The roofline of an operator is the longer of `flops / peak rate` and `bytes / memory rate`; no
/// run on this device is faster.
public struct OperatorRoofline: Sendable, Hashable {
  /// What keeps an operator from being faster.
  public enum Limit: String, Sendable, Hashable {
    /// Its operations take longer than its bytes.
    case compute
    /// Its bytes take at least as long as its operations.
    case memory
    /// The profile or the device lacks one of the two.
    case unknown
  }

  /// The operator, as a position in the profile.
  public let step: Int
  /// The measured time.
  public let durationMicroseconds: Double
  /// The time of the operations at the peak rate; nil if unknown.
  public let computeMicroseconds: Double?
  /// The time of the bytes at the peak rate; nil if unknown.
  public let memoryMicroseconds: Double?
  /// The element type whose peak rate applies; nil if the operator's tensors name none.
  public let dtype: String?

  /// Compares an operator with its device; nil if nothing is known that bounds its time.
  ///
  /// - Parameters:
  ///   - step: The operator, as a position in `profile`.
  ///   - profile: A valid profile.
  ///   - storages: The storages of the same profile.
  public init?(of step: Int, in profile: Profile, storages: Storages) {
    guard let device = profile.device else { return nil }
    let operation = profile.operators[step]
    self.step = step
    durationMicroseconds = operation.durationMicroseconds
    let dtype = OperatorRoofline.dtype(of: operation, step, storages, device)
    self.dtype = dtype
    // 10⁶ microseconds in a second; 10³ bytes in a microsecond at 10⁹ bytes per second.
    computeMicroseconds = operation.flops.flatMap { flops in
      if flops == 0 { return 0 }
      return dtype.flatMap { device.peakFlops[$0] }.map { flops / $0 * 1e6 }
    }
    memoryMicroseconds = operation.bytesAccessed.flatMap { bytes in
      device.memoryBandwidthGBPerSecond.map { bytes / ($0 * 1e3) }
    }
    if computeMicroseconds == nil && memoryMicroseconds == nil { return nil }
  }

  /// The element type of the largest storage that the operator touches and whose type has a peak
  /// rate; of equally large ones, the first.
  private static func dtype(
    of operation: Profiles.Operator, _ step: Int, _ storages: Storages, _ device: Device
  ) -> String? {
    var found: (bytes: Int, dtype: String)?
    for index in storages.reads[step] + storages.writes[step] {
      let storage = storages.all[index]
      guard let dtype = storage.tensor.dtype, device.peakFlops[dtype] != nil else { continue }
      if storage.bytes > found?.bytes ?? -1 { found = (storage.bytes, dtype) }
    }
    return found?.dtype
  }

  /// The shortest time that the known figures allow.
  public var boundMicroseconds: Double {
    max(computeMicroseconds ?? 0, memoryMicroseconds ?? 0)
  }

  /// The time that the operator would save at its roofline; 0 if it is faster than that.
  public var headroomMicroseconds: Double { max(0, durationMicroseconds - boundMicroseconds) }

  /// Whether the operator was faster than its device can be, by more than 1 %: a duration, an
  /// amount or a peak rate is wrong.
  public var isImpossible: Bool {
    durationMicroseconds < boundMicroseconds * 0.99 && boundMicroseconds > 0
  }

  /// What keeps the operator from being faster.
  public var limit: Limit {
    guard let computeMicroseconds, let memoryMicroseconds else { return .unknown }
    return computeMicroseconds > memoryMicroseconds ? .compute : .memory
  }

  /// The share of the peak rate of operations that was reached.
  public var computeShare: Double? { share(computeMicroseconds) }

  /// The share of the peak rate of the memory that was reached.
  public var memoryShare: Double? { share(memoryMicroseconds) }

  private func share(_ microseconds: Double?) -> Double? {
    guard let microseconds, durationMicroseconds > 0 else { return nil }
    return microseconds / durationMicroseconds
  }
}
