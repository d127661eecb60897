import Testing

@testable import Reports

@Suite struct AxisScaleTests {
  @Test(
    "ticks stand at round numbers and cover the values",
    arguments: [0.3, 1, 7.47, 99, 100, 1234.5, 6.5e9])
  func ticks(most: Double) {
    for count in [2, 5, 8] {
      let axis = AxisScale(to: most, unit: .one, ticks: count)
      #expect(axis.lower == 0 && axis.upper >= most * (1 - 1e-9))
      #expect((2...count + 2).contains(axis.ticks.count), "\(axis.ticks)")
      let step = axis.ticks[1].value - axis.ticks[0].value
      var mantissa = step
      while mantissa >= 9.999 { mantissa /= 10 }
      while mantissa < 0.999 { mantissa *= 10 }
      #expect([1, 2, 5].contains { abs($0 - mantissa) < 1e-6 }, "\(step)")
      #expect(Set(axis.ticks.map(\.label)).count == axis.ticks.count)
      #expect(axis.share(of: axis.upper) == 1)
    }
  }

  @Test("units are those in which the largest value reads best")
  func units() {
    #expect(AxisUnit.bytes(upTo: 900).name == "bytes")
    #expect(AxisUnit.bytes(upTo: Double(2 << 30)).name == "GiB")
    #expect(AxisUnit.time(upTo: 500).name == "µs")
    #expect(AxisUnit.time(upTo: 490_755).name == "ms")
    #expect(AxisUnit.time(upTo: 39e6).name == "s")
    let axis = AxisScale(to: 1.5 * Double(1 << 30), unit: .bytes(upTo: 1.5 * Double(1 << 30)))
    #expect(axis.ticks.map(\.label) == ["0.0", "0.5", "1.0", "1.5"])
  }

  @Test("values that are all the same, nothing, or not finite still make an axis")
  func degenerate() {
    for (lower, upper) in [(0.0, 0.0), (5, 5), (7, 3), (0, .infinity)] {
      let axis = AxisScale(from: lower, to: upper, unit: .one)
      #expect(!axis.share(of: lower).isNaN)
      #expect(axis.ticks.count < 100)
    }
  }
}
