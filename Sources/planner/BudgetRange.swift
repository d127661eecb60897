import ArgumentParser
import Profiles

/// Two budgets as users type them: `8GiB...16GiB` or `40%...90%`.
struct BudgetRange: ExpressibleByArgument, Hashable, Sendable {
  let smallest: BudgetArgument
  let largest: BudgetArgument

  /// From 30 % of the unconstrained peak to all of it.
  static let standard = BudgetRange(smallest: .share(0.3), largest: .share(1))

  init(smallest: BudgetArgument, largest: BudgetArgument) {
    self.smallest = smallest
    self.largest = largest
  }

  init?(argument: String) {
    let parts = argument.split(separator: ".", omittingEmptySubsequences: false)
    // Three dots leave two empty parts; a number may have a dot of its own.
    guard let gap = parts.indices.first(where: { $0 > 0 && parts[$0].isEmpty }),
      gap + 1 < parts.count, parts[gap + 1].isEmpty,
      let smallest = BudgetArgument(argument: parts[..<gap].joined(separator: ".")),
      let largest = BudgetArgument(argument: parts[(gap + 2)...].joined(separator: "."))
    else { return nil }
    self.init(smallest: smallest, largest: largest)
  }

  var defaultValueDescription: String { "30%...100%" }

  /// Equally spaced budgets from the smallest to the largest, in bytes.
  ///
  /// - Throws: `ValidationError` where the first is larger than the last.
  func budgets(ofPeak peak: Int, count: Int) throws -> [Int] {
    let low = max(1, smallest.bytes(ofPeak: peak))
    let high = max(1, largest.bytes(ofPeak: peak))
    guard low <= high else {
      throw ValidationError(
        "the range goes from \(Quantity.bytes(low)) down to \(Quantity.bytes(high)); write the smaller "
          + "budget first")
    }
    guard count > 1, low != high else { return [high] }
    return (0..<count).map { index in
      let share = Double(index) / Double(count - 1)
      return Int(Double(low) + share * (Double(high) - Double(low)))
    }
  }
}
