import Profiles

/// How long an operator takes by its work and its memory traffic.
///
/// `t = max(F / (P · e(F)), B / (0.8 · W)) + launch`
/// - `F`: floating-point operations; `P`: peak rate of the element type (matrix products) or of
///   `float32` (everything else); `e`: measured share of the peak, 1 where no matrix product runs
/// - `B`: bytes read and written; `W`: peak rate of the device's memory
/// - `launch`: 3 µs per kernel
struct Roofline {
  /// The share of the memory's peak rate that streaming kernels reach.
  static let memoryShare = 0.8
  /// The time to start a kernel.
  static let launchMicroseconds = 3.0

  private let matrixPeak: Double
  private let vectorPeak: Double
  private let bytesPerMicrosecond: Double
  private let curve: EfficiencyCurve

  init(device: Device, real: RealType, curve: EfficiencyCurve) throws(CollectorError) {
    guard let matrixPeak = device.peakFlops[real.rawValue], matrixPeak > 0 else {
      let known = device.peakFlops.keys.sorted().joined(separator: ", ")
      throw .option(
        name: "element type \(real.rawValue)",
        problem: "the device \(device.name) has no peak rate for it",
        remedy: "choose one of \(known.isEmpty ? "another device's" : known)")
    }
    guard let bandwidth = device.memoryBandwidthGBPerSecond, bandwidth > 0 else {
      throw .option(
        name: "device \(device.name)", problem: "its memory bandwidth isn't known",
        remedy: "add memory_bandwidth_gb_per_s to its entry")
    }
    self.matrixPeak = matrixPeak
    vectorPeak = device.peakFlops[RealType.float32.rawValue] ?? matrixPeak
    bytesPerMicrosecond = bandwidth * 1e3 * Roofline.memoryShare
    self.curve = curve
  }

  func microseconds(flops: Double, bytes: Double, usesMatrixUnits: Bool) -> Double {
    let compute =
      usesMatrixUnits
      ? flops / (matrixPeak * curve.share(flops: flops, peak: matrixPeak))
      : flops / vectorPeak
    let work = flops > 0 ? compute * 1e6 : 0
    return max(work, bytes / bytesPerMicrosecond) + Roofline.launchMicroseconds
  }
}
