import ArgumentParser
import Foundation
import Profiles

/// A memory budget as users type it: bytes, a binary unit, or a share of the unconstrained peak.
enum BudgetArgument: ExpressibleByArgument, Hashable, Sendable {
  case bytes(Int)
  case share(Double)

  private static let units: [(suffix: String, bytes: Double)] = [
    ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776), ("B", 1),
  ]

  init?(argument: String) {
    let text = argument.trimmingCharacters(in: .whitespaces)
    if text.hasSuffix("%") {
      guard let percent = Double(decimal: text.dropLast()), percent > 0, percent <= 1e9 else {
        return nil
      }
      self = .share(percent / 100)
      return
    }
    let unit = Self.units.first { text.hasSuffix($0.suffix) }
    let digits = unit.map { text.dropLast($0.suffix.count) } ?? Substring(text)
    let number = digits.trimmingCharacters(in: .whitespaces)
    guard let value = Double(decimal: number), value > 0 else { return nil }
    let bytes = (value * (unit?.bytes ?? 1)).rounded()
    guard bytes >= 1, bytes < 9e18 else { return nil }
    self = .bytes(Int(bytes))
  }

  /// The budget in bytes for a profile with this unconstrained peak.
  func bytes(ofPeak peak: Int) -> Int {
    switch self {
    case .bytes(let bytes): bytes
    case .share(let share): Int(min(9e18, (Double(peak) * share).rounded(.down)))
    }
  }
}

/// A relative gap as users type it: `1%` or `0.01`.
struct GapArgument: ExpressibleByArgument, Hashable, Sendable {
  let share: Double

  init(share: Double) {
    self.share = share
  }

  init?(argument: String) {
    let isPercent = argument.hasSuffix("%")
    guard let value = Double(decimal: isPercent ? String(argument.dropLast()) : argument),
      value >= 0
    else { return nil }
    share = isPercent ? value / 100 : value
    if share >= 1 { return nil }
  }

  /// As people write it, such as `0.5%`.
  var defaultValueDescription: String { "\(share * 100)%" }
}

/// A time as users type it: `60s`, `5m`, `500ms` or seconds.
struct TimeArgument: ExpressibleByArgument, Hashable, Sendable {
  let seconds: Double

  init?(argument: String) {
    let units: [(String, Double)] = [("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)]
    let unit = units.first { argument.hasSuffix($0.0) }
    let digits = unit.map { String(argument.dropLast($0.0.count)) } ?? argument
    guard let value = Double(decimal: digits), value > 0 else { return nil }
    seconds = value * (unit?.1 ?? 1)
    if seconds > 1e7 { return nil }
  }
}
