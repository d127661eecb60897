public import Plans
public import Profiles

/// A plan of gradient exchanges in the form that a training program loads, and what that form can't express.
public struct GradientExport: Sendable, Hashable {
  /// The forms that are known.
  public enum Format: String, Sendable, Hashable, CaseIterable {
    /// A Python module with a communication hook for PyTorch's `DistributedDataParallel`.
    case hook = "ddp-hook"
    /// What the hook is told, as JSON: for each bucket its elements, its algorithm and which elements are sent.
    case buckets = "ddp-json"
  }

  /// The content of the file.
  public let bytes: [UInt8]
  /// What is lost, in sentences.
  public let losses: [String]

  /// Why a plan has no such form.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason with its remedy.
    public let description: String
  }

  /// Converts a plan that its replay finds valid.
  ///
  /// - Throws: `Failure` for a profile without gradients.
  public init(_ plan: GradientPlan, profile: Profile, as format: Format) throws(Failure) {
    guard let exchange = profile.gradients else {
      throw Failure(description: "gradients: absent; collect them with `planner collect gradients`")
    }
    let json = Self.json(plan, exchange)
    switch format {
    case .buckets:
      bytes = JSONWriter.encode(json, pretty: true)
      losses = []
    case .hook:
      bytes = PythonTemplate.filled(PackageResources.planner_gradients_py, plan: json)
      losses = Self.losses(of: plan)
    }
  }

  /// The buckets in the order in which they are ready, as PyTorch numbers them.
  private static func json(_ plan: GradientPlan, _ exchange: GradientExchange) -> JSON {
    let decisions = Dictionary(
      plan.decisions.map { ($0.bucket, $0) }, uniquingKeysWith: { first, _ in first })
    let ready = exchange.buckets.enumerated().sorted {
      ($0.element.readyMicroseconds, $0.offset) < ($1.element.readyMicroseconds, $1.offset)
    }.map(\.element)
    let buckets = ready.compactMap { bucket -> JSON? in
      guard let decision = decisions[bucket.id] else { return nil }
      var members = JSONMembers()
      members.add("bucket", .string(decision.bucket))
      members.add("elements", .integer(bucket.bytes / max(1, exchange.elementBytes)))
      members.add("algorithm", .string(decision.algorithm.rawValue))
      members.add("density", .number(decision.choice?.density ?? 1))
      if let choice = decision.choice {
        members.add("selection", .string(choice.selection.rawValue))
        members.add("block", choice.block.map(JSON.integer))
      }
      members.add("wire", .array(decision.wire.map { .string($0.rawValue) }))
      return members.object
    }
    var members = JSONMembers()
    members.add("profile", .string(plan.profile.name))
    members.add("nodes", .integer(exchange.nodes))
    members.add("devices_per_node", .integer(exchange.devicesPerNode))
    members.add("buckets", .array(buckets))
    return members.object
  }

  /// What the hook does otherwise.
  private static func losses(of plan: GradientPlan) -> [String] {
    func count(_ algorithm: GradientPlan.Algorithm) -> Int {
      plan.decisions.count { $0.algorithm == algorithm }
    }
    var losses: [String] = []
    for (algorithm, words) in [
      (GradientPlan.Algorithm.mesh, "the same elements, but each worker sends them to all others"),
      (
        .okTopk,
        "the same elements, but each worker sends them to all others, and their sum is whole"
      ), (.denseWithin, "each worker chooses from its own gradients, not from its node's sum"),
    ] where count(algorithm) > 0 {
      losses.append(
        "\(Quantity.count(count(algorithm), "bucket")) by \(algorithm.rawValue): the hook has dense-all-reduce and "
          + "all-gather-top-k only; with the latter \(words)")
    }
    let coded = plan.decisions.count { $0.algorithm == .allGather && $0.wire != [.index] }
    if coded > 0 {
      losses.append(
        "\(Quantity.count(coded, "bucket")) in another form on the wire than positions and values: the hook sends these"
      )
    }
    let greedy = plan.decisions.count { $0.choice?.selection == .greedy }
    if greedy > 0 {
      losses.append(
        "\(Quantity.count(greedy, "bucket")) with shares of blocks that depend on their gradients: the hook takes the "
          + "largest of the whole bucket")
    }
    return losses
  }
}
