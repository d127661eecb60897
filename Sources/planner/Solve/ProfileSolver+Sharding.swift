import ArgumentParser
import Batches
import Collectors
import Foundation
import Plans
import Profiles
import Reports
import Simulation

// Strategies of a graph's nodes. Such a section may hold millions of costs, so that it has a reader of its own.
extension ProfileSolver {
  /// Reads the instance of a file: of the section `sharding`, or of the contest's form; nil if the file is for
  /// another problem.
  func shardingInstance(in stored: Inputs.StoredFile) throws -> ShardCommand.LoadedInstance? {
    if let problem = options.problem, problem != "sharding" { return nil }
    let content: [UInt8]
    do {
      content = try InputFile.content(of: stored.bytes)
    } catch {
      throw CommandFailure(
        .badInput, ProfileError(file: stored.name, faults: [error]).description)
    }
    guard options.problem == "sharding" || Self.isSharding(content) else { return nil }
    let (instance, sha256) = try ShardCommand.instance(
      in: SourceFile(
        name: stored.name, bytes: content, sha256: Inputs.digest(of: stored.bytes)))
    return ShardCommand.LoadedInstance(instance: instance, sha256: sha256, began: stored.began)
  }

  /// Whether a text is an instance, or a profile with the section and none of those that come first.
  private static func isSharding(_ content: [UInt8]) -> Bool {
    if IOPDDLCollector.accepts(content) { return true }
    let data = Data(content)
    // The same words may stand as values, as in a plan.
    func hasKey(_ key: String) -> Bool {
      var place = 0
      while let found = data.range(of: Data("\"\(key)\"".utf8), in: place..<data.count) {
        if data[found.upperBound...].first(where: { $0 > 0x20 }) == UInt8(ascii: ":") {
          return true
        }
        place = found.upperBound
      }
      return false
    }
    return hasKey("sharding")
      && !["operators", "two_stage", "gradients", "moe", "cluster"].contains(where: hasKey)
  }

  /// The command that chooses strategies.
  func shardCommand(_ path: String) throws -> ShardCommand {
    if options.budget != nil || options.isForSwapsOnly {
      throw CommandFailure(
        .badInput,
        "\(path): sharding is planned with --engine, --gap, --time-limit, --node-limit, --report, --json and "
          + "-o only; the limit of memory is part of the file")
    }
    var command = try ShardCommand.parse([path, "--engine", options.engine.rawValue])
    command.gap = options.gap
    command.timeLimit = options.timeLimit
    command.nodeLimit = options.nodeLimit
    return command
  }

  /// Plans an instance, and lets the evaluation of the instance as it was read confirm the plan.
  func shardingPlan(
    _ loaded: ShardCommand.LoadedInstance, path: String
  ) throws -> PlannedProfile {
    let command = try shardCommand(path)
    var plan = try command.solve(loaded, engines, cancellation)
    plan.profile.sha256 = loaded.sha256
    let report = ShardingReport(plan, instance: loaded.instance)
    guard report.result.isValid, report.isPredictionExact else { throw command.invalid(report) }
    return PlannedProfile(
      figures: ResultLine.Figures(
        problem: "sharding", value: plan.prediction.map { Double($0.cost) },
        bound: plan.lowerBound.map { Double($0.cost) }, gap: plan.gap, unit: "cost",
        isRepeatable: plan.isRepeatable),
      plan: plan.encoded())
  }

  /// Plans chunks, and lets the replay confirm the plan.
  func chunkPlan(_ loaded: Inputs.LoadedProfile) throws -> PlannedProfile {
    let command = try chunksCommand(loaded.path)
    let plan: ChunkPlan
    switch try command.solve(loaded, engines, cancellation) {
    case .plan(let found): plan = found
    case .infeasible(let report):
      throw CommandFailure(
        .infeasible,
        "\(loaded.path): no plan fits the budget of \(Quantity.exactBytes(report.budgetBytes)); at least "
          + "\(Quantity.exactBytes(report.smallestBudgetBytes)) are needed")
    }
    try command.confirm(ChunkReport(plan, profile: loaded.profile))
    let value = plan.prediction?.addedMicroseconds
    let bound = plan.lowerBoundMicroseconds
    var gap: Double?
    if let value, let bound { gap = value > 0 ? (value - bound) / value : 0 }
    return PlannedProfile(
      figures: ResultLine.Figures(
        problem: "chunks", value: value, bound: bound,
        gap: gap, isRepeatable: plan.isRepeatable),
      plan: plan.encoded())
  }
}
