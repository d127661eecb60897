/// What was measured of the gradients that data-parallel workers add up, and of the links between them.
///
/// The workers are a mesh of nodes and devices. Gradients come in buckets, in the order in which the
/// backward pass makes them ready, and share one channel.
public struct GradientExchange: Sendable, Hashable {
  /// How many nodes there are.
  public var nodes: Int
  /// How many devices each node has.
  public var devicesPerNode: Int
  /// The bytes of one element of a gradient: 2 or 4.
  public var elementBytes: Int
  /// What one device sends to another of its node; nil for nodes of one device.
  public var withinNode: Link?
  /// What all devices of a node together send to other nodes; nil for one node.
  public var betweenNodes: Link?
  /// How fast a device finds the largest elements of blocks, in 10⁹ bytes of gradient per second.
  public var selectionGBPerSecond: Double
  /// How fast a device finds the largest elements of a whole bucket, in 10⁹ bytes of gradient per
  /// second; nil for as fast as in blocks.
  public var wholeSelectionGBPerSecond: Double?
  /// The buckets, by ascending time.
  public var buckets: [GradientBucket]

  /// Creates a section; `Profile.validate()` tells whether it makes sense.
  public init(
    nodes: Int, devicesPerNode: Int, elementBytes: Int = 4, withinNode: Link? = nil,
    betweenNodes: Link? = nil, selectionGBPerSecond: Double,
    wholeSelectionGBPerSecond: Double? = nil, buckets: [GradientBucket]
  ) {
    self.nodes = nodes
    self.devicesPerNode = devicesPerNode
    self.elementBytes = elementBytes
    self.withinNode = withinNode
    self.betweenNodes = betweenNodes
    self.selectionGBPerSecond = selectionGBPerSecond
    self.wholeSelectionGBPerSecond = wholeSelectionGBPerSecond
    self.buckets = buckets
  }

  /// How many workers add up their gradients.
  public var workers: Int { nodes * devicesPerNode }

  /// What all buckets take, in bytes.
  public var bytes: Int { buckets.reduce(0) { $0 + $1.bytes } }

  /// The sum of the squares of all elements.
  public var energy: Double { buckets.reduce(0) { $0 + $1.energy } }
}

/// Gradients that are sent together.
public struct GradientBucket: Sendable, Hashable {
  /// What the bucket is called.
  public var id: String
  /// The size of the whole bucket.
  public var bytes: Int
  /// When the backward pass has made it, in microseconds after the first bucket or any other moment.
  public var readyMicroseconds: Double
  /// The sum of the squares of its elements, mean over workers and steps.
  public var energy: Double
  /// How much of the energy is in the largest elements, one curve for each way to choose them.
  public var energyCurves: [EnergyCurve]
  /// How many elements any of several workers chooses, by density; empty where it wasn't measured.
  public var unionCurves: [UnionCurve]

  /// Creates a bucket.
  public init(
    id: String, bytes: Int, readyMicroseconds: Double, energy: Double,
    energyCurves: [EnergyCurve] = [], unionCurves: [UnionCurve] = []
  ) {
    self.id = id
    self.bytes = bytes
    self.readyMicroseconds = readyMicroseconds
    self.energy = energy
    self.energyCurves = energyCurves
    self.unionCurves = unionCurves
  }

  /// A way to choose the elements that are sent.
  public enum Selection: String, Sendable, Hashable, CaseIterable {
    /// The largest of the bucket.
    case whole
    /// The largest of each block, as many in each.
    case equal
    /// The largest of each block, with a number for each block that follows from its measured energy.
    case greedy
  }

  /// How much energy the largest elements hold, for one way to choose them.
  public struct EnergyCurve: Sendable, Hashable {
    /// How the elements are chosen.
    public var selection: Selection
    /// The elements of a block; nil for `whole`.
    public var block: Int?
    /// By ascending density.
    public var points: [Point]

    /// Creates a curve.
    public init(selection: Selection, block: Int? = nil, points: [Point]) {
      self.selection = selection
      self.block = block
      self.points = points
    }

    /// One measured density.
    public struct Point: Sendable, Hashable {
      /// The share of the elements that are chosen, above 0 and below 1.
      public var density: Double
      /// The share of the energy that they hold.
      public var energy: Double

      /// Creates a point.
      public init(density: Double, energy: Double) {
        self.density = density
        self.energy = energy
      }
    }
  }

  /// How many elements at least one of several workers chooses, for one density.
  public struct UnionCurve: Sendable, Hashable {
    /// The share of its elements that each worker chooses.
    public var density: Double
    /// By ascending number of workers.
    public var points: [Point]

    /// Creates a curve.
    public init(density: Double, points: [Point]) {
      self.density = density
      self.points = points
    }

    /// One number of workers.
    public struct Point: Sendable, Hashable {
      /// How many workers, 2 or more.
      public var workers: Int
      /// How many elements any of them chooses, as a multiple of what one chooses.
      public var growth: Double

      /// Creates a point.
      public init(workers: Int, growth: Double) {
        self.workers = workers
        self.growth = growth
      }
    }
  }
}
