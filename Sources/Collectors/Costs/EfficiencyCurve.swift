#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#endif

/// What share of a device's peak rate a matrix product reaches, by its size.
///
/// The points are measured medians. Between them the share is interpolated on logarithmic axes;
/// above the last it stays; below the first the time stays, so the share falls with the work.
public struct EfficiencyCurve: Sendable, Hashable {
  /// A measured share.
  public struct Point: Sendable, Hashable {
    /// The floating-point operations of one product, in 10⁹.
    public var gigaflops: Double
    /// The share of the peak rate, from 0 (exclusive) to 1.
    public var share: Double

    /// Creates a point.
    public init(gigaflops: Double, share: Double) {
      self.gigaflops = gigaflops
      self.share = share
    }
  }

  /// The curve's name in the catalogue.
  public var name: String
  /// The peak rate that the shares refer to, in floating-point operations per second.
  public var peakFlops: Double
  /// The points by ascending work, at least one.
  public var points: [Point]
  /// Where the points come from.
  public var source: String

  /// Creates a curve.
  public init(name: String, peakFlops: Double, points: [Point], source: String) {
    self.name = name
    self.peakFlops = peakFlops
    self.points = points
    self.source = source
  }

  /// Returns the share of `peak` that a product of `flops` reaches.
  ///
  /// The curve is read at the work that takes as long at the measured device's peak as `flops` take
  /// at `peak`: how well a device is filled depends on the length of the kernel more than on its
  /// operations, so one curve serves other element types and devices.
  ///
  /// - Parameters:
  ///   - flops: The operations of the product.
  ///   - peak: The device's peak rate for the element type, in operations per second.
  public func share(flops: Double, peak: Double) -> Double {
    guard let first = points.first, let last = points.last, flops > 0, peak > 0 else { return 1 }
    let work = flops / peak * peakFlops / 1e9
    if work <= first.gigaflops { return first.share * work / first.gigaflops }
    if work >= last.gigaflops { return last.share }
    let next = points.firstIndex { $0.gigaflops >= work } ?? points.count - 1
    let (low, high) = (points[next - 1], points[next])
    let position = log(work / low.gigaflops) / log(high.gigaflops / low.gigaflops)
    return exp(log(low.share) + position * log(high.share / low.share))
  }
}
