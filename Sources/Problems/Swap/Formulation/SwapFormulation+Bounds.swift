import Optimization
import Plans

/// What a relaxation says about all plans.
extension SwapFormulation {
  /// A lower bound of all plans, also of those that move minor tensors and of those that the strict rows rule out.
  ///
  /// - Returns: Milliseconds.
  func bound(from relaxation: Relaxation) -> Double {
    guard let value = relaxation.objective else { return 0 }
    return value - savedByMinor(at: relaxation) - savedByLeavingAnchors(at: relaxation)
  }

  /// How much lower the relaxation could be at most without the strict rows, in milliseconds.
  func savedByLeavingAnchors(at relaxation: Relaxation) -> Double {
    strictRows.sorted { $0.key < $1.key }.reduce(0) { sum, item in
      // Without these rows' share in it, the reduced cost of moving the tensor would be lower.
      guard let swap = swap[item.key] else { return sum }
      let cost = relaxation.reducedCosts[swap.index]
      let share = item.value.reduce(0) { $0 + abs(relaxation.rowDuals[$1]) }
      return sum + min(0, cost) - min(0, cost - share)
    }
  }

  /// How much less time one mebibyte more would take, in milliseconds, by the relaxation's duals.
  func memoryPrice(of relaxation: Relaxation) -> Double {
    memoryRows.reduce(0) { $0 + max(0, relaxation.rowDuals[$1.row]) }
  }

  /// What a little more memory, or faster links, would be worth, by the relaxation's duals.
  func prices(of relaxation: Relaxation) -> ShadowPrices {
    var worthByStep: [Int: Double] = [:]
    for (row, step) in memoryRows {
      worthByStep[step, default: 0] += max(0, relaxation.rowDuals[row])
    }
    let dearest = worthByStep.max { ($0.value, -$0.key) < ($1.value, -$1.key) }
    // A row says `out / rate + share * back / other rate <= time`; it loosens as a rate grows.
    let rates = Self.linkRates(of: instance)
    let (outShare, backShare) = instance.duplexShares
    var (toHost, toDevice) = (0.0, 0.0)
    for (outRow, backRow, before, now) in linkRows {
      func moved(_ variable: (Moment) -> Variable) -> Double {
        relaxation.point[variable(now).index]
          - (before.map { relaxation.point[variable($0).index] } ?? 0)
      }
      let (onOut, onBack) = (-relaxation.rowDuals[outRow], -relaxation.rowDuals[backRow])
      for (flow, rate) in flows.rates.enumerated() {
        // Nearly in proportion to the link's own rate.
        toHost += (onOut + outShare * onBack) * moved { $0.coded[flow].out } * rate.out / rates.out
        toDevice +=
          (onBack + backShare * onOut) * moved { $0.coded[flow].back } * rate.back / rates.back
      }
      toHost += (onOut + outShare * onBack) * moved(\.out) / (rates.out * rates.out)
      toDevice += (onBack + backShare * onOut) * moved(\.back) / (rates.back * rates.back)
    }
    let perGB = 1e6 / Self.mebibyte * 1e3  // 1 GB/s in MiB/ms, and ms in µs
    return ShadowPrices(
      memoryMicrosecondsPerGiB: memoryPrice(of: relaxation) * 1024 * 1e3,
      bindingOperator: dearest.flatMap { $0.value > 1e-12 ? instance.operatorNames[$0.key] : nil },
      toHostMicrosecondsPerGBPerSecond: max(0, toHost) * perGB,
      toDeviceMicrosecondsPerGBPerSecond: max(0, toDevice) * perGB)
  }

  /// The program with tensors near the ends of their gaps either away or not: still a relaxation of the
  /// execution model, a tighter one.
  func withWholeEdges() -> Model {
    var whole = model
    for edge in edges { whole.setKind(of: edge, .integer) }
    return whole
  }
}
