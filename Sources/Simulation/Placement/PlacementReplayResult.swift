/// What the replay of a placement found.
public struct PlacementReplayResult: Sendable, Hashable {
  /// What is wrong with the plan, in sentences; nothing else is told then.
  public var faults: [String] = []
  /// The value as the plan defines it, on the replayed load.
  public var value = 0.0
  /// What each scenario gives.
  public var scenarios: [Scenario] = []
  /// What each device does over the mean, on average over layers and scenarios.
  public var deviceLoads: [Double] = []
  /// The replicas beyond one for each expert, in the layer that has most.
  public var redundantExperts = 0
  /// The bytes that the plan's moves put on each link.
  public var bytesByLink: [Link: Int] = [:]
  /// The distinct nodes that a token reaches in a layer, on average; nil if nothing is known of it.
  public var nodesPerToken: Double?
  /// The same for experts in contiguous blocks without replicas.
  public var contiguousNodesPerToken: Double?

  /// Creates an empty result.
  public init() {}

  /// Whether the plan holds.
  public var isValid: Bool { faults.isEmpty }

  /// A source and a target.
  public struct Link: Sendable, Hashable, Comparable {
    /// The device that sends.
    public var from: Int
    /// The device that receives.
    public var to: Int

    /// Creates a link.
    public init(from: Int, to: Int) {
      self.from = from
      self.to = to
    }

    /// Orders by source, then by target.
    public static func < (first: Link, second: Link) -> Bool {
      (first.from, first.to) < (second.from, second.to)
    }
  }

  /// What one scenario gives.
  public struct Scenario: Sendable, Hashable {
    /// The scenario's name.
    public var name: String
    /// The largest load of a device over the mean, for each layer.
    public var layers: [Double]
    /// The mean over layers for each batch, ascending; of drawn loads where there are no batches.
    public var samples: [Double]
    /// Whether the samples are drawn.
    public var isResampled: Bool

    /// The mean over layers.
    public var value: Double { layers.reduce(0, +) / Double(max(1, layers.count)) }
    /// The worst layer.
    public var worstLayer: Double { layers.max() ?? 0 }
    /// The values that nine of ten samples lie between; nil without samples.
    public var band: ClosedRange<Double>? {
      guard let first = samples.first, let last = samples.last else { return nil }
      func quantile(_ share: Double) -> Double {
        let place = share * Double(samples.count - 1)
        let below = Int(place)
        guard below + 1 < samples.count else { return last }
        return samples[below] + (place - Double(below)) * (samples[below + 1] - samples[below])
      }
      return max(first, quantile(0.05))...quantile(0.95)
    }
  }
}
