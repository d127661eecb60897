import ArgumentParser
import Swap

extension SolveOptions {
  /// The options by name, as a manifest has them; those that were not given are left out.
  var texts: [String: String] {
    var texts: [String: String] = [:]
    texts["problem"] = problem
    texts["budget"] = budget?.text
    texts["host-budget"] = hostBudget?.text
    texts["nvme-budget"] = nvmeBudget?.text
    texts["engine"] = engine == .auto ? nil : engine.rawValue
    texts["gap"] = gap.map { "\($0.share)" }
    texts["time-limit"] = timeLimit.map { "\($0.seconds)s" }
    texts["node-limit"] = nodeLimit.map { "\($0)" }
    texts["strategy"] = strategy?.text
    texts["jitter"] = jitter.map { "\($0.share)" }
    texts["codecs"] = codecs == .joint ? nil : codecs.rawValue
    texts["density-quantile"] = densityQuantile.map { "\($0)" }
    texts["no-swap"] = noSwap ? "true" : nil
    texts["no-recompute"] = noRecompute ? "true" : nil
    return texts
  }

  /// The names of all options.
  static let names = [
    "problem", "budget", "host-budget", "nvme-budget", "engine", "gap", "time-limit", "node-limit",
    "strategy", "jitter", "codecs", "density-quantile", "no-swap", "no-recompute",
  ]

  /// Reads options by name.
  ///
  /// - Throws: ArgumentParser's error for a value that doesn't fit.
  init(texts: [String: String]) throws {
    self = try SolveOptions.parse(
      texts.sorted { $0.key < $1.key }.flatMap { name, value in
        let isFlag = name == "no-swap" || name == "no-recompute"
        return isFlag && value == "true" ? ["--\(name)"] : ["--\(name)=\(value)"]
      })
  }
}

extension BudgetArgument {
  /// A text that reads back as the same budget.
  var text: String {
    switch self {
    case .bytes(let bytes): return "\(bytes)"
    case .share(let share):
      // Rounding may move the product by a digit that the quotient then lacks.
      let percent = share * 100
      let near = [percent, percent.nextUp, percent.nextDown]
      return "\(near.first { $0 / 100 == share } ?? percent)%"
    }
  }
}

extension StrategyChoice {
  /// The strategy's name on the command line.
  var text: String {
    switch self {
    case .one(let strategy): strategy.rawValue
    case .all: "all"
    }
  }
}
