import Profiles

/// What the numbers along an axis are: how much one unit is, and what it is called.
struct AxisUnit: Hashable {
  /// What one unit is, in the numbers of the data.
  let factor: Double
  /// The unit, such as `GiB`; empty for plain numbers.
  let name: String

  /// Plain numbers.
  static let one = AxisUnit(factor: 1, name: "")
  /// Shares from 0 to 1, told in per cent.
  static let percent = AxisUnit(factor: 0.01, name: "%")

  /// The binary unit in which a largest amount of bytes reads best.
  static func bytes(upTo most: Double) -> AxisUnit {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]
    var unit = AxisUnit(factor: 1, name: units[0])
    for name in units.dropFirst() where most >= unit.factor * 1024 {
      unit = AxisUnit(factor: unit.factor * 1024, name: name)
    }
    return unit
  }

  /// The unit in which a longest time in microseconds reads best.
  static func time(upTo most: Double) -> AxisUnit {
    if most >= 20e6 { return AxisUnit(factor: 1e6, name: "s") }
    return most >= 2e3 ? AxisUnit(factor: 1e3, name: "ms") : AxisUnit(factor: 1, name: "µs")
  }
}

/// An axis with ticks at round numbers.
struct AxisScale {
  /// Where the axis begins and ends, in the numbers of the data.
  let lower: Double
  let upper: Double
  /// The ticks, in the numbers of the data, with their labels.
  let ticks: [(value: Double, label: String)]
  /// The unit of the labels.
  let unit: AxisUnit

  /// Creates an axis.
  ///
  /// - Parameters:
  ///   - lower: Where it begins; rounded down to a tick if `isRounded`.
  ///   - upper: What it reaches at least, in the numbers of the data.
  ///   - unit: The unit of the labels.
  ///   - count: About how many ticks there are.
  ///   - isRounded: Whether both ends are ticks.
  init(
    from lower: Double = 0, to upper: Double, unit: AxisUnit, ticks count: Int = 5,
    isRounded: Bool = true
  ) {
    let (first, last) = (lower / unit.factor, max(upper, lower) / unit.factor)
    let span = last - first > 0 ? last - first : 1
    let step = Self.step(span / Double(max(1, count)))
    let begin = (first / step + 1e-9).rounded(.down)
    let end = max(begin + 1, (last / step - 1e-9).rounded(.up))
    let decimals = Self.decimals(of: step)
    self.unit = unit
    self.lower = isRounded ? begin * step * unit.factor : lower
    self.upper = isRounded ? end * step * unit.factor : max(upper, lower + span * unit.factor)
    let (from, to) = (self.lower, self.upper)
    let positions = stride(from: begin, through: min(end, begin + 50), by: 1)
    ticks = positions.compactMap { position in
      let value = position * step * unit.factor
      guard value >= from - 1e-9 * abs(to), value <= to + 1e-9 * abs(to) else { return nil }
      return (value, Quantity.fixed(position * step, decimals: decimals))
    }
  }

  /// The smallest of 1, 2 and 5 times a power of ten that is at least so much.
  private static func step(_ least: Double) -> Double {
    guard least > 0, least.isFinite else { return 1 }
    var power = 1.0
    while power > least { power /= 10 }
    while power * 10 <= least { power *= 10 }
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= least * (1 - 1e-9) } ?? power * 10
  }

  private static func decimals(of step: Double) -> Int {
    var (decimals, scaled) = (0, step)
    while decimals < 9, abs(scaled - scaled.rounded()) > 1e-6 {
      scaled *= 10
      decimals += 1
    }
    return decimals
  }

  /// Where a value lies between the ends, from 0 to 1.
  func share(of value: Double) -> Double {
    upper > lower ? (value - lower) / (upper - lower) : 0
  }
}
