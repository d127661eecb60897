import Plans
public import Profiles

/// The gradients of a profile as numbers.
public struct GradientInstance: Sendable {
  /// A bucket and the ways to add it up.
  public struct Bucket: Sendable {
    /// What the profile calls the bucket.
    public let id: String
    /// When the backward pass has made it, in microseconds.
    public let ready: Double
    /// The share of all energy that the bucket has.
    public let weight: Double
    /// All ways, the dense one first.
    public let options: [GradientOption]
    /// The ways that no other one is at least as good as, by position in `options`; the dense one, or one
    /// that is better, is always among them.
    public let frontier: [Int]
  }

  /// The buckets in the order of the profile.
  public let buckets: [Bucket]
  /// The share of the energy that has to be sent.
  public let energyBudget: Double

  /// Reads a valid profile.
  ///
  /// - Parameters:
  ///   - profile: A profile with the section `gradients`.
  ///   - energyBudget: The share of the gradients' energy that has to be sent, from 0 to 1.
  public init(of profile: Profile, energyBudget: Double) throws(GradientError) {
    guard let exchange = profile.gradients else {
      throw .missing(
        place: "gradients", remedy: "make such a profile with `planner collect gradients`")
    }
    let sent = Double(exchange.bytes) * Double(exchange.workers)
    guard sent < 0x1p58 else {
      throw .outOfRange(
        place: "gradients", problem: "all workers together would send more than 2^58 bytes")
    }
    self.init(exchange, energyBudget: energyBudget)
    let all = buckets.reduce(0) { sum, bucket in
      sum + (bucket.options.map(\.time).max() ?? 0)
    }
    guard all + (buckets.last?.ready ?? 0) < 1e12 else {
      throw .outOfRange(
        place: "gradients", problem: "an exchange would take more than 10¹² microseconds")
    }
  }

  /// Reads a valid section.
  init(_ exchange: GradientExchange, energyBudget: Double) {
    let mesh = Mesh(exchange)
    let total = exchange.energy
    let allowed = max(0, 1 - energyBudget)
    self.energyBudget = energyBudget
    buckets = exchange.buckets.map { bucket in
      let weight = total > 0 ? bucket.energy / total : 0
      let options = GradientOption.all(for: bucket, mesh)
      return Bucket(
        id: bucket.id, ready: bucket.readyMicroseconds, weight: weight, options: options,
        frontier: GradientInstance.frontier(of: options) { option in
          GradientInstance.isWithin(weight * (1 - option.energy), allowed)
        })
    }
  }

  /// Returns the allowed options that no other allowed one dominates; of equals the first.
  private static func frontier(
    of options: [GradientOption], _ isAllowed: (GradientOption) -> Bool
  ) -> [Int] {
    let allowed = options.indices.filter { isAllowed(options[$0]) }
    return allowed.filter { index in
      !allowed.contains { other in
        other != index && options[index].isDominated(by: options[other])
          && (other < index || !options[other].isDominated(by: options[index]))
      }
    }
  }

  // MARK: Plans

  /// The position of one option for each bucket.
  public typealias Selection = [Int]

  /// The option of each bucket that sends everything.
  public var dense: Selection { Selection(repeating: 0, count: buckets.count) }

  /// Whether so much missing energy is allowed, but for what numbers round.
  static func isWithin(_ missing: Double, _ allowed: Double) -> Bool {
    missing <= allowed * (1 + 1e-6) + 1e-9
  }

  /// Whether enough energy is sent.
  public func isWithinBudget(_ selection: Selection) -> Bool {
    GradientInstance.isWithin(missingEnergy(of: selection), max(0, 1 - energyBudget))
  }

  /// The share of the energy that isn't sent.
  public func missingEnergy(of selection: Selection) -> Double {
    var missing = 0.0
    for (bucket, option) in zip(buckets, selection) {
      missing += bucket.weight * (1 - bucket.options[option].energy)
    }
    return missing
  }

  /// When the last exchange ends, in microseconds.
  ///
  /// The device chooses before it sends, and all that comes later in the backward pass is later by so
  /// much; the channel takes one bucket after the other, in order.
  public func end(of selection: Selection) -> Double {
    var delay = 0.0
    var end = 0.0
    for (bucket, position) in zip(buckets, selection) {
      let option = bucket.options[position]
      delay += option.selection
      end = max(end, bucket.ready + delay) + option.channel
    }
    return end
  }
}
