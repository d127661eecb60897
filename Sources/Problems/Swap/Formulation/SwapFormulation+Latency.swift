import Optimization

extension SwapFormulation {
  /// The program with a price on what copies take beyond their bytes at the best rate of any copy: latency, and lower
  /// rates of small tensors.
  ///
  /// The program counts copies as fluids at the best rate, so that its bound holds. Plans from it copy too many small
  /// tensors. Here each swap costs its own extra time on the links, at the price that the links' duals give that time
  /// where the tensor may be copied. That is no relaxation any more, but its point rounds to better plans.
  ///
  /// - Returns: nil if the extra time is too short to matter.
  func withCopyOverheads(at relaxation: Relaxation) -> Model? {
    let rates = Self.linkRates(of: instance)
    guard rates.out > 0, rates.back > 0 else { return nil }
    let prices = LinkPrices(self, relaxation)
    var objective = model.objective
    var cost = 0.0
    for (index, gap) in instance.gaps.enumerated() {
      guard let swap = swap[index], let outTime = gap.outTime else { continue }
      let out = max(0, outTime / 1e3 - size(of: index) / rates.out)
      let back = max(0, gap.inTime / 1e3 - size(of: index) / rates.back)
      let price = prices.price(of: gap)
      let extra = price.out * out + price.back * back
      guard extra > 0 else { continue }
      objective.add(extra, swap)
      cost += extra * relaxation.point[swap.index]
    }
    guard cost > Self.leastOverhead * (relaxation.objective ?? 0) else { return nil }
    var priced = model
    priced.setObjective(objective)
    return priced
  }

  /// Overheads below this share of the iteration are left alone.
  private static let leastOverhead = 1e-3

  /// What a millisecond on the links costs while a tensor may be copied, in milliseconds: the mean over the copies that
  /// the relaxation makes in that time.
  private struct LinkPrices {
    /// The moments, ascending, and sums up to each: of what is copied, and of its price.
    private var moments: [Int] = []
    private var out = [(amount: 0.0, cost: 0.0)]
    private var back = [(amount: 0.0, cost: 0.0)]

    init(_ formulation: SwapFormulation, _ relaxation: Relaxation) {
      let instance = formulation.instance
      let (outShare, backShare) = instance.duplexShares
      for (outRow, backRow, before, now) in formulation.linkRows {
        func moved(_ variable: (Moment) -> Variable) -> Double {
          relaxation.point[variable(now).index]
            - (before.map { relaxation.point[variable($0).index] } ?? 0)
        }
        let onOut = max(0, -relaxation.rowDuals[outRow])
        let onBack = max(0, -relaxation.rowDuals[backRow])
        func add(_ sums: inout [(amount: Double, cost: Double)], _ amount: Double, _ price: Double)
        {
          let last = sums[sums.count - 1]
          sums.append((last.amount + amount, last.cost + amount * price))
        }
        moments.append(now.id)
        add(&out, max(0, moved(\.out)), onOut + outShare * onBack)
        add(&back, max(0, moved(\.back)), onBack + backShare * onOut)
      }
    }

    func price(of gap: SwapInstance.Gap) -> (out: Double, back: Double) {
      let first = moments.partitionPoint(where: { $0 > 2 * gap.after + 1 })
      let end = moments.partitionPoint(where: { $0 > 2 * gap.before })
      func mean(_ sums: [(amount: Double, cost: Double)]) -> Double {
        func part(_ from: Int, _ to: Int) -> (amount: Double, cost: Double) {
          (sums[to].amount - sums[from].amount, sums[to].cost - sums[from].cost)
        }
        var (amount, cost) = part(min(first, end), max(first, end))
        if gap.wraps {
          let whole = part(0, moments.count)
          (amount, cost) = (whole.amount - amount, whole.cost - cost)
        }
        return amount > 0 ? max(0, cost / amount) : 0
      }
      return (mean(out), mean(back))
    }
  }
}
