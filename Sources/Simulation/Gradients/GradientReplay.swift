public import Plans
public import Profiles

/// Replays the exchange of one step's gradients, message by message.
///
/// The rules, written from the meaning of a plan and not from any formulation:
/// 1. The backward pass makes the buckets in order, at the measured times; whenever a worker chooses elements
///    of a whole bucket, the rest of the pass is later by the time of the choice.
/// 2. One channel carries the buckets in order, each when it is made and chosen, and the channel is free.
/// 3. An exchange is a row of messages, one after the other, each of whole bytes and as long as the link's
///    curve says. A device's link within its node is its own; all devices of a node share the one to
///    other nodes. The messages of each algorithm are in `GradientMessages`.
/// 4. A bucket sends the share of its energy that its curve has at the planned density; the plan must
///    send as much of all energy as its budget says.
public struct GradientReplay: Sendable {
  private let plan: GradientPlan
  private let profile: Profile
  private var result = GradientResult()

  /// Prepares a plan, made by anyone, for a profile without faults.
  public init(_ plan: GradientPlan, on profile: Profile) {
    self.plan = plan
    self.profile = profile
  }

  /// Returns what happens, or what is wrong with the plan.
  public func run() -> GradientResult {
    var replay = self
    replay.replay()
    return replay.result
  }

  private mutating func fail(_ fault: String) {
    if result.faults.count < 10 { result.faults.append(fault) }
  }

  private mutating func replay() {
    guard let exchange = profile.gradients else {
      return fail("the profile has no section gradients")
    }
    guard plan.decisions.map(\.bucket) == exchange.buckets.map(\.id) else {
      let missing = exchange.buckets.first { bucket in
        !plan.decisions.contains { $0.bucket == bucket.id }
      }
      return fail(
        missing.map { "nothing is decided for the bucket '\($0.id)'" }
          ?? "the decisions are not one for each bucket, in the order of the profile")
    }
    guard Double(exchange.bytes) * Double(exchange.workers) < 0x1p58 else {
      return fail("all workers together would send more than 2^58 bytes; check the units")
    }
    var late = 0.0
    var free = 0.0
    var sent = 0.0
    for (bucket, decision) in zip(exchange.buckets, plan.decisions) {
      guard let energy = energy(of: decision, bucket, exchange) else { continue }
      var messages = GradientMessages(exchange, bucket, decision)
      messages.send()
      late += messages.selectionMicroseconds
      let ready = bucket.readyMicroseconds + late
      let start = ready > free ? ready : free
      free = start + messages.microseconds
      sent += energy * bucket.energy
      result.selectionMicroseconds += messages.selectionMicroseconds
      result.channelMicroseconds += messages.microseconds
      result.withinNodeBytes += messages.withinBytes
      result.betweenNodesBytes += messages.betweenBytes
      result.passages.append(
        GradientResult.Passage(
          bucket: bucket.id, readyMicroseconds: ready, startMicroseconds: start,
          endMicroseconds: free, selectionMicroseconds: messages.selectionMicroseconds,
          withinNodeBytes: messages.withinBytes, betweenNodesBytes: messages.betweenBytes,
          messages: messages.count, energy: energy))
    }
    result.endMicroseconds = free
    result.backwardMicroseconds = exchange.buckets.last?.readyMicroseconds ?? 0
    let all = exchange.buckets.reduce(0) { $0 + $1.energy }
    result.energy = all > 0 ? sent / all : 1
    // Of a budget of 99 %, one per cent is allowed to stay, give or take a millionth of it.
    let allowed = 1 - plan.energyBudget
    if result.faults.isEmpty, 1 - result.energy > allowed + 1e-6 * allowed + 1e-8 {
      fail(
        "\(percent(result.energy)) of the energy are sent, the budget asks for "
          + percent(plan.energyBudget))
    }
  }

  private func percent(_ share: Double) -> String {
    "\(Quantity.fixed(share * 100, decimals: 4)) %"
  }

  /// Checks a decision; returns the share of the bucket's energy that it sends.
  private mutating func energy(
    of decision: GradientPlan.Decision, _ bucket: GradientBucket, _ exchange: GradientExchange
  ) -> Double? {
    let place = "bucket '\(bucket.id)'"
    guard let choice = decision.choice else {
      if decision.algorithm == .dense { return 1 }
      fail("\(place): nothing says which elements \(decision.algorithm.rawValue) sends")
      return nil
    }
    let isBlocked = choice.selection != .whole
    switch decision.algorithm {
    case .dense:
      fail("\(place): a dense exchange chooses nothing")
      return nil
    case .mesh, .denseWithin:
      if !isBlocked {
        fail("\(place): \(decision.algorithm.rawValue) needs a choice by blocks")
        return nil
      }
    case .okTopk:
      if isBlocked {
        fail("\(place): ok-topk chooses from the whole bucket")
        return nil
      }
    case .allGather: break
    }
    guard decision.wire.count == decision.algorithm.wireFormats else {
      fail("\(place): the plan doesn't name one format for each phase")
      return nil
    }
    let curve = bucket.energyCurves.first {
      $0.selection == choice.selection && $0.block == choice.block
    }
    guard let point = curve?.points.first(where: { $0.density == choice.density }) else {
      fail(
        "\(place): the profile doesn't say how much energy a density of \(choice.density) by "
          + "\(choice.selection.rawValue) choice holds")
      return nil
    }
    return point.energy
  }
}
