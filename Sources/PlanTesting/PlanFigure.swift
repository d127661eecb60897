import Profiles

/// One number that a replay finds.
public struct PlanFigure: Sendable, Hashable {
  /// What a number counts.
  public enum Unit: String, Sendable, Hashable, CaseIterable {
    /// Microseconds.
    case microseconds
    /// Bytes.
    case bytes
    /// The cost of a sharding instance, whose unit the instance doesn't name.
    case cost
    /// A ratio, such as a load over the mean.
    case ratio
    /// A share of one, shown in per cent.
    case share
  }

  /// What a number is to a comparison.
  public enum Role: String, Sendable, Hashable, CaseIterable {
    /// What plans of the kind are judged by; less is better.
    case value
    /// The most memory of a device.
    case memory
    /// The most memory of the host.
    case host
    /// Anything else.
    case other
  }

  /// What the number is called by programs, with its unit where it has one, such as `iteration_us`.
  public let key: String
  /// What the number is called in messages, such as `iteration`.
  public let name: String
  /// The number.
  public let value: Double
  /// What it counts.
  public let unit: Unit
  /// What it is to a comparison.
  public let role: Role
  /// What the plan itself expects of the number; nil if it says nothing of it.
  public let predicted: Double?

  init(
    _ key: String, _ name: String, _ value: Double, _ unit: Unit, _ role: Role = .other,
    predicted: Double? = nil
  ) {
    self.key = key
    self.name = name
    self.value = value
    self.unit = unit
    self.role = role
    self.predicted = predicted
  }

  init(
    _ key: String, _ name: String, bytes: Int, _ role: Role = .other, predicted: Int? = nil
  ) {
    self.init(key, name, Double(bytes), .bytes, role, predicted: predicted.map(Double.init))
  }

  /// The number as people read it.
  public var text: String { unit.text(of: value) }
}

extension PlanFigure.Unit {
  /// Returns a number of this unit as people read it, such as `12.345 ms`.
  public func text(of value: Double) -> String {
    switch self {
    case .microseconds: "\(Quantity.fixed(value / 1e3, decimals: 3)) ms"
    case .bytes: Int(exactly: value).map(Quantity.bytes) ?? "\(value) bytes"
    case .cost: Int(exactly: value).map(String.init) ?? "\(value)"
    case .ratio: Quantity.fixed(value, decimals: 4)
    case .share: "\(Quantity.fixed(value * 100, decimals: 2)) %"
    }
  }

  /// Returns a difference with its sign, and in per cent of what it is a difference from.
  func text(ofChange change: Double, from base: Double) -> String {
    if change == 0 { return "the same" }
    let sign = change > 0 ? "+" : "-"
    let amount = sign + text(of: change.magnitude)
    guard base > 0, unitHasShare else { return amount }
    return "\(amount) (\(sign)\(Quantity.fixed(change.magnitude / base * 100, decimals: 2)) %)"
  }

  /// Whether a share of such a number says something; of a share it would confuse.
  private var unitHasShare: Bool { self != .share }
}
