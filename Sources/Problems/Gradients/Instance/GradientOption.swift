public import Plans
import Profiles

/// One way to add up a bucket's gradients, with what it costs and sends.
public struct GradientOption: Sendable, Hashable {
  /// How the gradients are added up.
  public let algorithm: GradientPlan.Algorithm
  /// Which elements are sent; nil for all.
  public let choice: GradientPlan.Choice?
  /// The formats of the phases that send chosen elements.
  public let wire: [GradientPlan.WireFormat]
  /// The share of the bucket's energy that is sent.
  public let energy: Double
  /// How long the device chooses before, in microseconds.
  public let selection: Double
  /// How long the channel is held, in microseconds.
  public let channel: Double
  /// What one device sends within its node, in bytes.
  public let withinBytes: Int
  /// What one node sends to others, in bytes.
  public let betweenBytes: Int

  /// Creates an option from its cost.
  init(
    _ algorithm: GradientPlan.Algorithm, _ choice: GradientPlan.Choice?, energy: Double,
    _ cost: ExchangeCost
  ) {
    self.algorithm = algorithm
    self.choice = choice
    self.energy = energy
    wire = cost.wire
    selection = cost.selection
    channel = cost.channel.microseconds
    withinBytes = cost.channel.withinBytes
    betweenBytes = cost.channel.betweenBytes
  }

  /// Choice and exchange, in microseconds.
  var time: Double { selection + channel }

  /// Whether another option is as good in all, and not worse in any.
  func isDominated(by other: GradientOption) -> Bool {
    other.selection <= selection && other.channel <= channel && other.energy >= energy
  }
}

extension GradientOption {
  /// Returns all ways to add up a bucket, the dense one first.
  ///
  /// Balanced exchanges need blocks: all devices then have as much to send. Ok-Topk's threshold is that
  /// of a whole bucket.
  static func all(for bucket: GradientBucket, _ mesh: Mesh) -> [GradientOption] {
    let elements = bucket.bytes / mesh.valueBytes
    let fillIn = FillIn(curves: bucket.unionCurves)
    var options = [
      GradientOption(.dense, nil, energy: 1, .dense(mesh, elements: elements))
    ]
    guard mesh.workers > 1 else { return options }
    for curve in bucket.energyCurves {
      let algorithms: [GradientPlan.Algorithm] =
        curve.selection == .whole ? [.allGather, .okTopk] : [.allGather, .mesh, .denseWithin]
      for algorithm in algorithms where algorithm != .denseWithin || mesh.devices > 1 {
        for point in curve.points {
          let choice = GradientPlan.Choice(
            selection: curve.selection, block: curve.block, density: point.density)
          let cost = ExchangeCost.sparse(
            algorithm, mesh, elements: elements, choice: choice, fillIn: fillIn)
          options.append(GradientOption(algorithm, choice, energy: point.energy, cost))
        }
      }
    }
    return options
  }
}
