/// How many elements each of several parts of a gradient may send, by what they gain from them.
///
/// A multiple-choice knapsack: each part takes one row of its table of counts and energies, and the
/// counts together stay within a budget. The greedy rule takes steps along the upper concave hull of
/// each table, the steepest first: with one step left over it is at most that one step's energy below
/// the optimum (Sinha and Zoltners, Operations Research 27(3), 1979).
public struct DensityAllocation: Sendable, Hashable {
  /// What a part sends at one of its densities, and the energy that it holds.
  public struct Choice: Sendable, Hashable {
    /// The elements.
    public var count: Int
    /// The sum of their squares.
    public var energy: Double

    /// Creates a choice.
    public init(count: Int, energy: Double) {
      self.count = count
      self.energy = energy
    }
  }

  /// The row of its table that each part takes; nil for no elements.
  public let rows: [Int?]
  /// The elements of each part.
  public let counts: [Int]
  /// The energy of all parts' elements.
  public let energy: Double

  /// Allocates at most `budget` elements.
  ///
  /// - Parameters:
  ///   - budget: The most elements of all parts together.
  ///   - tables: The choices of each part by ascending count; sending nothing is another one.
  /// - Complexity: O(n log n) for n choices.
  public init(budget: Int, tables: [[Choice]]) {
    var steps: [(gain: Double, part: Int, row: Int, count: Int, energy: Double)] = []
    for (part, table) in tables.enumerated() {
      var last = Choice(count: 0, energy: 0)
      for row in DensityAllocation.hull(of: table) {
        let (count, energy) = (table[row].count - last.count, table[row].energy - last.energy)
        steps.append((energy / Double(count), part, row, count, energy))
        last = table[row]
      }
    }
    // Steps of one part have falling gains, so that sorting keeps their order.
    steps.sort { ($1.gain, $0.part, $0.row) < ($0.gain, $1.part, $1.row) }
    var rows = [Int?](repeating: nil, count: tables.count)
    var counts = [Int](repeating: 0, count: tables.count)
    var isClosed = [Bool](repeating: false, count: tables.count)
    var left = budget
    var energy = 0.0
    for step in steps where !isClosed[step.part] {
      guard step.count <= left else {
        isClosed[step.part] = true
        continue
      }
      left -= step.count
      energy += step.energy
      rows[step.part] = step.row
      counts[step.part] += step.count
    }
    self.rows = rows
    self.counts = counts
    self.energy = energy
  }

  /// The rows on the upper concave hull of a table and the origin, in order.
  private static func hull(of table: [Choice]) -> [Int] {
    var rows: [Int] = []
    func point(_ position: Int) -> Choice {
      position < 0 ? Choice(count: 0, energy: 0) : table[rows[position]]
    }
    for (row, choice) in table.enumerated() {
      guard choice.count > point(rows.count - 1).count,
        choice.energy > point(rows.count - 1).energy
      else { continue }
      while let last = rows.indices.last {
        let (from, middle) = (point(last - 1), point(last))
        let before = (middle.energy - from.energy) / Double(middle.count - from.count)
        let after = (choice.energy - middle.energy) / Double(choice.count - middle.count)
        if before > after { break }
        rows.removeLast()
      }
      rows.append(row)
    }
    return rows
  }
}
