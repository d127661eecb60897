/// Rounds a matrix to whole numbers with given sums of rows and columns.
enum WholeTokens {
  /// Returns a matrix of whole numbers, each the share rounded down or up, but for a few if the sums can't
  /// be met otherwise.
  ///
  /// In each row the fractions are laid end to end and cut into pieces of one token; of the cells that
  /// begin in a piece, the one whose column is owed most gets the token. So every run of
  /// neighbouring devices, such as a node, keeps its sum to within a token in each row. Columns that end
  /// with one token too few or too many swap them within rows. O(n²) before the swaps, O(n) for each.
  ///
  /// - Parameters:
  ///   - shares: Flat, the column running faster; its sums are near those of rows and columns.
  ///   - row: The sum of each row.
  ///   - columns: The sums of the columns.
  static func rounded(_ shares: [Double], row: Int, columns: [Int]) -> [Int] {
    let count = columns.count
    var tokens = [Int](repeating: 0, count: shares.count)
    var fractions = shares
    var needs = columns
    var owed = [Double](repeating: 0, count: count)
    for source in 0..<count {
      let start = source * count
      var missing = row
      var sum = 0.0
      for target in 0..<count {
        let share = shares[start + target]
        // What a solver means by a whole number is not always exactly one.
        let near = share.rounded()
        let whole = abs(share - near) < 1e-6 ? near : share.rounded(.down)
        tokens[start + target] = Int(whole)
        fractions[start + target] = max(0, share - whole)
        if fractions[start + target] < 1e-9 { fractions[start + target] = 0 }
        missing -= Int(whole)
        sum += fractions[start + target]
        owed[target] += fractions[start + target]
      }
      let pieces = min(missing, (0..<count).count { fractions[start + $0] > 0 })
      var position = 0.0
      var piece = 0
      var best = -1
      for target in 0..<count where pieces > 0 && fractions[start + target] > 0 {
        let place = min(pieces - 1, Int(position / sum * Double(pieces)))
        if place > piece && best >= 0 {
          give(best)
          piece = place
          best = -1
        }
        if best < 0 || owed[target] > owed[best] + 1e-9 { best = target }
        position += fractions[start + target]
      }
      if best >= 0 { give(best) }
      // What numerical noise in the sums has left.
      while missing > 0 { give(emptiest(start)) }
      while missing < 0, let target = fullest(start) {
        tokens[start + target] -= 1
        owed[target] += 1
        missing += 1
      }
      for target in 0..<count { needs[target] -= tokens[start + target] }

      func give(_ target: Int) {
        tokens[start + target] += 1
        owed[target] -= 1
        missing -= 1
      }
    }
    swap(&tokens, shares, &needs)
    return tokens

    func emptiest(_ start: Int) -> Int {
      (0..<count).max { one, other in
        let (a, b) = (shares[start + one], shares[start + other])
        return (a - Double(tokens[start + one]), other) < (b - Double(tokens[start + other]), one)
      } ?? 0
    }

    func fullest(_ start: Int) -> Int? {
      (0..<count).filter { tokens[start + $0] > 0 }.min { one, other in
        let (a, b) = (shares[start + one], shares[start + other])
        return (a - Double(tokens[start + one]), one) < (b - Double(tokens[start + other]), other)
      }
    }
  }

  /// Moves tokens within rows from columns that have too many to columns that have too few: first where
  /// both cells stay their share rounded, else where the sum of errors grows least.
  private static func swap(_ tokens: inout [Int], _ shares: [Double], _ needs: inout [Int]) {
    let count = needs.count
    while let full = needs.firstIndex(where: { $0 < 0 }),
      let empty = needs.firstIndex(where: { $0 > 0 })
    {
      var best: (row: Int, error: Double)?
      for source in 0..<count where tokens[source * count + full] > 0 {
        let (from, to) = (source * count + full, source * count + empty)
        let error =
          abs(Double(tokens[from] - 1) - shares[from]) - abs(Double(tokens[from]) - shares[from])
          + abs(Double(tokens[to] + 1) - shares[to]) - abs(Double(tokens[to]) - shares[to])
        if best.map({ error < $0.error - 1e-9 }) ?? true { best = (source, error) }
      }
      guard let best else { return }
      tokens[best.row * count + full] -= 1
      tokens[best.row * count + empty] += 1
      needs[full] += 1
      needs[empty] -= 1
    }
  }
}
