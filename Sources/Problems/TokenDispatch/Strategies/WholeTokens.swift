/// Rounds a matrix to whole numbers with given sums of rows and columns.
enum WholeTokens {
  /// Returns a matrix of whole numbers, each the share rounded down or up, but for a few if the sums can't
  /// be met otherwise.
  ///
  /// Each row gives its missing tokens to the columns that miss most, among the cells with a fraction;
  /// what is left over then goes along alternating paths. O(n² log n) without such paths.
  ///
  /// - Parameters:
  ///   - shares: Flat, the column running faster; its sums are near those of rows and columns.
  ///   - row: The sum of each row.
  ///   - columns: The sums of the columns.
  static func rounded(_ shares: [Double], row: Int, columns: [Int]) -> [Int] {
    let count = columns.count
    var tokens = [Int](repeating: 0, count: shares.count)
    var isOpen = [Bool](repeating: false, count: shares.count)
    var needs = columns
    var missing = [Int](repeating: row, count: count)
    for index in shares.indices {
      // What a solver means by a whole number is not always exactly one.
      let near = shares[index].rounded()
      let whole = abs(shares[index] - near) < 1e-6 ? near : shares[index].rounded(.down)
      tokens[index] = Int(whole)
      isOpen[index] = shares[index] - whole > 0
      needs[index % count] -= tokens[index]
      missing[index / count] -= tokens[index]
    }
    for source in 0..<count where missing[source] > 0 {
      let open = (0..<count).filter { isOpen[source * count + $0] && needs[$0] > 0 }
      let order = open.sorted { one, other in
        let (first, second) = (source * count + one, source * count + other)
        let fractions = (
          shares[first] - Double(tokens[first]), shares[second] - Double(tokens[second])
        )
        return (needs[one], fractions.0, other) > (needs[other], fractions.1, one)
      }
      for target in order.prefix(missing[source]) {
        tokens[source * count + target] += 1
        isOpen[source * count + target] = false
        needs[target] -= 1
        missing[source] -= 1
      }
    }
    var repair = Repair(count: count, shares: shares, tokens: tokens)
    for source in 0..<count {
      while missing[source] < 0, let target = repair.fullest(source, needs) {
        repair.tokens[source * count + target] -= 1
        missing[source] += 1
        needs[target] += 1
      }
    }
    for source in 0..<count {
      while missing[source] > 0 {
        repair.send(from: source, &needs)
        missing[source] -= 1
      }
    }
    while let full = needs.firstIndex(where: { $0 < 0 }),
      let empty = needs.firstIndex(where: { $0 > 0 }),
      let source = (0..<count).first(where: { repair.tokens[$0 * count + full] > 0 })
    {
      repair.tokens[source * count + full] -= 1
      repair.tokens[source * count + empty] += 1
      needs[full] += 1
      needs[empty] -= 1
    }
    return repair.tokens
  }

  /// Puts single tokens where rows and columns still miss some.
  private struct Repair {
    let count: Int
    let shares: [Double]
    var tokens: [Int]

    /// The column of a row that has most beyond its share, those with the least need first.
    func fullest(_ source: Int, _ needs: [Int]) -> Int? {
      (0..<count).filter { tokens[source * count + $0] > 0 }.max { one, other in
        let excess = [one, other].map {
          Double(tokens[source * count + $0]) - shares[source * count + $0]
        }
        return (-needs[one], excess[0], other) < (-needs[other], excess[1], one)
      }
    }

    /// Sends one more token from a device: to a column that needs one, along an alternating path of cells
    /// that may be rounded the other way, and if there is none, to the column that needs most.
    mutating func send(from start: Int, _ needs: inout [Int]) {
      var parentColumn = [Int](repeating: -1, count: count)  // the row from which a column is reached
      var parentRow = [Int](repeating: -1, count: count)  // the column from which a row is reached
      var isSeen = [Bool](repeating: false, count: count)
      isSeen[start] = true
      var queue = [start]
      var next = 0
      while next < queue.count {
        let source = queue[next]
        next += 1
        for target in 0..<count where parentColumn[target] < 0 && canRise(source, target) {
          parentColumn[target] = source
          if needs[target] > 0 {
            raise(target, start, parentColumn, parentRow)
            needs[target] -= 1
            return
          }
          for other in 0..<count where !isSeen[other] && canFall(other, target) {
            isSeen[other] = true
            parentRow[other] = target
            queue.append(other)
          }
        }
      }
      let target = (0..<count).max { (needs[$0], $1) < (needs[$1], $0) } ?? 0
      tokens[start * count + target] += 1
      needs[target] -= 1
    }

    private func canRise(_ source: Int, _ target: Int) -> Bool {
      let index = source * count + target
      return Double(tokens[index]) + 1e-6 < shares[index]
    }

    private func canFall(_ source: Int, _ target: Int) -> Bool {
      let index = source * count + target
      return Double(tokens[index]) > shares[index] + 1e-6
    }

    private mutating func raise(
      _ last: Int, _ start: Int, _ parentColumn: [Int], _ parentRow: [Int]
    ) {
      var target = last
      while true {
        let source = parentColumn[target]
        tokens[source * count + target] += 1
        if source == start { return }
        target = parentRow[source]
        tokens[source * count + target] -= 1
      }
    }
  }
}
