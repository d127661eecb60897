import Profiles

/// What the key `action` of a decision says.
enum ActionName: String, CaseIterable {
  case keep
  case swap
  case recompute
}

/// What the key `tier` of a decision says.
enum TierName: String, CaseIterable {
  case host
  case nvme
}

extension JSONReader {
  /// Reads the decisions of a swap plan.
  mutating func swapDecisions(_ value: JSON, at path: JSONPath) -> SwapDecisions? {
    let keys = ["density_quantile", "gaps"]
    guard let object = object(value, at: path, of: "decisions", keys: keys) else { return nil }
    let quantile = number("density_quantile", in: object, .number)
    _ = required("gaps", in: object, .array)
    let gaps = array("gaps", in: object) { $0.gapDecision($1, at: $2) }
    return gaps.map { SwapDecisions(gaps: $0, densityQuantile: quantile) }
  }

  private mutating func gapDecision(_ value: JSON, at path: JSONPath) -> GapDecision? {
    let keys = [
      "tensor", "after", "before", "action", "tier", "codec", "offload_at", "read_at",
      "prefetch_at",
      "recompute_at",
      "operators",
    ]
    guard let object = object(value, at: path, of: "a decision", keys: keys) else { return nil }
    let tensor = requiredText("tensor", in: object)
    let after = requiredText("after", in: object)
    let before = requiredText("before", in: object)
    let name = requiredCase("action", in: object, of: ActionName.self)
    let action = name.flatMap { self.action($0, in: object) }
    guard let tensor, let after, let before, let action else { return nil }
    return GapDecision(tensor: tensor, after: after, before: before, action: action)
  }

  private mutating func action(
    _ name: ActionName, in object: JSONObject
  ) -> GapDecision.Action? {
    let owners = [
      ("tier", ActionName.swap), ("codec", .swap), ("offload_at", .swap), ("read_at", .swap),
      ("prefetch_at", .swap), ("recompute_at", .recompute), ("operators", .recompute),
    ]
    for (key, owner) in owners
    where owner != name && object[key] != nil {
      faults.add(
        object.path[key], "the action \(name.rawValue) has no \(key)",
        "remove it, or make the action \(owner.rawValue)")
    }
    switch name {
    case .keep: return .keep
    case .swap:
      let offloadAt = object["offload_at"] == nil ? nil : requiredText("offload_at", in: object)
      let tier = tier(in: object)
      return requiredText("prefetch_at", in: object).map {
        .swap(prefetchAt: $0, offloadAt: offloadAt, tier: tier)
      }
    case .recompute:
      _ = required("operators", in: object, .array)
      let at = object["recompute_at"] == nil ? nil : requiredText("recompute_at", in: object)
      return names("operators", in: object).map { .recompute(operators: $0, at: at) }
    }
  }

  private mutating func tier(in object: JSONObject) -> GapDecision.Tier {
    let name = object["tier"].flatMap { word($0, at: object.path["tier"], of: TierName.self) }
    let readAt = text("read_at", in: object)
    if object["codec"] != nil {
      for key in ["tier", "read_at"] where object[key] != nil && (key == "read_at" || name == .nvme)
      {
        faults.add(
          object.path[key], "what a codec has encoded stays on the host",
          "remove it, or remove the codec")
      }
      return requiredText("codec", in: object).map { .compressed(codec: $0) } ?? .host
    }
    if name == .nvme { return .nvme(readAt: readAt) }
    if object["read_at"] != nil && (name == .host || object["tier"] == nil) {
      faults.add(
        object.path["read_at"], "a tensor on the host is not read from NVMe",
        "remove it, or make the tier nvme")
    }
    return .host
  }
}
