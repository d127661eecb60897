import Optimization

/// The simplex method on a dense tableau with Bland's rule: slow, short, and it always ends.
///
/// Solves `minimise cost · x` over `matrix · x ≤ limits`, `x ≥ 0`.
struct TableauSimplex {
  enum Outcome {
    case optimal([Double])
    case infeasible
    case unbounded
  }

  private static let tolerance = 1e-9

  /// One line for each row; the last column is the right-hand side.
  private var lines: [[Double]]
  private var cost: [Double]
  private var basis: [Int]
  private let variableCount: Int

  static func minimum(of cost: [Double], matrix: [[Double]], limits: [Double]) -> Outcome {
    var tableau = TableauSimplex(matrix: matrix, limits: limits, variableCount: cost.count)
    return tableau.solve(cost)
  }

  /// Sets up variables, slacks, and one artificial column that makes all limits good.
  private init(matrix: [[Double]], limits: [Double], variableCount: Int) {
    let rows = matrix.count
    self.variableCount = variableCount
    cost = []
    lines = []
    basis = []
    for row in 0..<rows {
      var line = matrix[row] + [Double](repeating: 0, count: rows + 2)
      line[variableCount + row] = 1
      line[variableCount + rows] = -1
      line[variableCount + rows + 1] = limits[row]
      lines.append(line)
      basis.append(variableCount + row)
    }
  }

  private mutating func solve(_ objective: [Double]) -> Outcome {
    let artificial = variableCount + lines.count
    let width = artificial + 2
    if let worst = lines.indices.min(by: { lines[$0][width - 1] < lines[$1][width - 1] }),
      lines[worst][width - 1] < -Self.tolerance
    {
      cost = [Double](repeating: 0, count: width)
      cost[artificial] = 1
      pivot(worst, artificial)
      _ = improve(columns: artificial + 1)
      // The last entry of the cost line is minus the value.
      if -cost[width - 1] > 1e-7 { return .infeasible }
      if let row = basis.firstIndex(of: artificial),
        let column = (0..<artificial).first(where: { abs(lines[row][$0]) > Self.tolerance })
      {
        pivot(row, column)
      }
    }
    cost = objective + [Double](repeating: 0, count: width - objective.count)
    for (row, column) in basis.enumerated() where cost[column] != 0 {
      let factor = cost[column]
      for index in 0..<width { cost[index] -= factor * lines[row][index] }
    }
    if !improve(columns: artificial) { return .unbounded }
    var point = [Double](repeating: 0, count: variableCount)
    for (row, column) in basis.enumerated() where column < variableCount {
      point[column] = max(0, lines[row][width - 1])
    }
    return .optimal(point)
  }

  /// Pivots until no cost is negative; returns false if the objective has no end.
  private mutating func improve(columns: Int) -> Bool {
    while let column = (0..<columns).first(where: { cost[$0] < -Self.tolerance }) {
      var leaving: Int?
      var ratio = Double.infinity
      for row in lines.indices where lines[row][column] > Self.tolerance {
        let step = (lines[row].last ?? 0) / lines[row][column]
        if step < ratio - 1e-12
          || (step <= ratio + 1e-12 && leaving.map { basis[row] < basis[$0] } ?? true)
        {
          leaving = row
          ratio = step
        }
      }
      guard let leaving else { return false }
      pivot(leaving, column)
    }
    return true
  }

  private mutating func pivot(_ row: Int, _ column: Int) {
    let pivot = lines[row][column]
    for index in lines[row].indices { lines[row][index] /= pivot }
    for other in lines.indices where other != row && lines[other][column] != 0 {
      let factor = lines[other][column]
      for index in lines[other].indices { lines[other][index] -= factor * lines[row][index] }
    }
    let factor = cost[column]
    if factor != 0 {
      for index in cost.indices { cost[index] -= factor * lines[row][index] }
    }
    basis[row] = column
  }
}
