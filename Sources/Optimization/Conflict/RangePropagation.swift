/// Derives bounds of variables from the rows, one row at a time, until two of them contradict.
///
/// Each derived bound remembers the row it came from, so that a contradiction can be traced back to
/// the rows and bounds of the model.
struct RangePropagation {
  /// Bounds that contradict each other, and what they were derived from.
  struct Contradiction {
    /// The rows and bounds of the model, sorted.
    let places: [Place]
    /// Whether a single row contradicts bounds of the model, with nothing derived in between.
    let isDirect: Bool
  }

  /// One bound that was derived from one row.
  private struct Step {
    let bound: Place
    let row: Place
    /// The step before that derived the same bound, if any.
    let previous: Int?
  }

  /// By how much a row must be missed, relative to its largest term; as `Model.violations(of:)`.
  private static let tolerance = 1e-6

  private let model: Model
  private var lower: [Double]
  private var upper: [Double]
  private var steps: [Step] = []
  private var latest: [Place: Int] = [:]
  /// How many terms may still be looked at.
  private var budget: Int
  private var rowsOfColumn: [[Int32]]

  /// Prepares a search in a model.
  init(_ model: Model) {
    self.model = model
    lower = model.lowerBounds
    upper = model.upperBounds
    for column in lower.indices where model.kinds[column] == .integer {
      lower[column] = Self.raised(lower[column])
      upper[column] = -Self.raised(-upper[column])
    }
    budget = 1_000 + 40 * model.termCount
    rowsOfColumn = Array(repeating: [], count: model.variableCount)
    for row in 0..<model.rowCount {
      for term in model.rowStarts[row]..<model.rowStarts[row + 1] {
        rowsOfColumn[Int(model.rowColumns[term])].append(Int32(row))
      }
    }
  }

  /// Returns a contradiction, or nil if none shows up.
  consuming func contradiction() -> Contradiction? {
    for column in lower.indices where isEmpty(lower[column], upper[column]) {
      return Contradiction(places: bounds(of: column), isDirect: true)
    }
    for row in 0..<model.rowCount
    where isEmpty(model.rowLowerBounds[row], model.rowUpperBounds[row]) {
      let sides = Conflict.Side.allCases.map { Place(subject: .row, index: row, side: $0) }
      // One side alone contradicts a row that is always 0.
      let terms = model.rowStarts[row]..<model.rowStarts[row + 1]
      let isDirect = terms.contains { model.rowCoefficients[$0] != 0 }
      return Contradiction(places: sides, isDirect: isDirect)
    }
    var queue = Array(0..<model.rowCount)
    var isQueued = [Bool](repeating: true, count: model.rowCount)
    var head = 0
    while head < queue.count && budget > 0 {
      let row = queue[head]
      head += 1
      isQueued[row] = false
      for side in Conflict.Side.allCases {
        let place = Place(subject: .row, index: row, side: side)
        if !model.value(at: place).isFinite { continue }
        switch tighten(by: place) {
        case .contradiction(let found): return found
        case .changed(let columns):
          for column in columns {
            for next in rowsOfColumn[column] where !isQueued[Int(next)] {
              isQueued[Int(next)] = true
              queue.append(Int(next))
            }
          }
        }
      }
    }
    return nil
  }

  private enum Outcome {
    case contradiction(Contradiction)
    case changed([Int])
  }

  /// Derives bounds from one side of a row, seen as `Σ coefficient · variable ≤ limit`.
  private mutating func tighten(by place: Place) -> Outcome {
    let terms = model.rowStarts[place.index]..<model.rowStarts[place.index + 1]
    budget -= terms.count
    let sign = place.side == .atMost ? 1.0 : -1.0
    let limit = sign * model.value(at: place)
    var least = 0.0
    var scale = max(1, abs(limit))
    var infinite = 0
    for term in terms {
      let part = leastPart(of: term, sign)
      if part.isFinite {
        least += part
        scale = max(scale, abs(part))
      } else {
        infinite += 1
      }
    }
    if infinite == 0 && Self.isMissed(least, limit, scale: scale) {
      let isDirect = terms.allSatisfy {
        guard let bound = bound(of: $0, sign) else { return true }
        return latest[bound] == nil
      }
      let places = origins(of: terms.compactMap { bound(of: $0, sign) }) + [place]
      return .contradiction(Contradiction(places: Set(places).sorted(), isDirect: isDirect))
    }
    var changed: [Int] = []
    if infinite > 1 { return .changed(changed) }
    for term in terms {
      let coefficient = sign * model.rowCoefficients[term]
      let part = leastPart(of: term, sign)
      if coefficient == 0 || (infinite == 1 && part.isFinite) { continue }
      let rest = infinite == 1 ? least : least - part
      let column = Int(model.rowColumns[term])
      let slip = 1e-9 * scale / abs(coefficient)
      let value = (limit - rest) / coefficient
      if coefficient > 0 {
        if improve(column, .atMost, to: value + slip, by: place) { changed.append(column) }
      } else if improve(column, .atLeast, to: value - slip, by: place) {
        changed.append(column)
      }
      if isEmpty(lower[column], upper[column]) {
        return .contradiction(Contradiction(places: bounds(of: column), isDirect: false))
      }
    }
    return .changed(changed)
  }

  /// Returns the least value of one term of a row.
  private func leastPart(of term: Int, _ sign: Double) -> Double {
    let coefficient = sign * model.rowCoefficients[term]
    let column = Int(model.rowColumns[term])
    if coefficient == 0 { return 0 }
    return coefficient * (coefficient > 0 ? lower[column] : upper[column])
  }

  /// Returns the bound that gives a term its least value.
  private func bound(of term: Int, _ sign: Double) -> Place? {
    let coefficient = sign * model.rowCoefficients[term]
    if coefficient == 0 { return nil }
    return Place(
      subject: .variable, index: Int(model.rowColumns[term]),
      side: coefficient > 0 ? .atLeast : .atMost)
  }

  /// Takes over a derived bound if it is clearly better than the one so far.
  private mutating func improve(
    _ column: Int, _ side: Conflict.Side, to value: Double, by row: Place
  ) -> Bool {
    if !value.isFinite || abs(value) > 1e12 { return false }
    let place = Place(subject: .variable, index: column, side: side)
    let isInteger = model.kinds[column] == .integer
    let range = upper[column] - lower[column]
    let step = isInteger ? 0.5 : 1e-3 * max(1, range.isFinite ? range : 1)
    switch side {
    case .atLeast:
      let value = isInteger ? Self.raised(value) : value
      if value < lower[column] + step { return false }
      lower[column] = value
    case .atMost:
      let value = isInteger ? -Self.raised(-value) : value
      if value > upper[column] - step { return false }
      upper[column] = value
    }
    steps.append(Step(bound: place, row: row, previous: latest[place]))
    latest[place] = steps.count - 1
    return true
  }

  /// Returns what both bounds of a variable were derived from.
  private func bounds(of column: Int) -> [Place] {
    let sides = Conflict.Side.allCases.map { Place(subject: .variable, index: column, side: $0) }
    return Set(origins(of: sides)).sorted()
  }

  /// Returns the rows and bounds of the model that some bounds were derived from.
  private func origins(of bounds: [Place]) -> [Place] {
    var found: [Place] = []
    var isSeen = [Bool](repeating: false, count: steps.count)
    var open = bounds.map { ($0, steps.count) }
    while let (bound, time) = open.popLast() {
      // The latest step before `time` that derived this bound.
      var step = latest[bound]
      while let current = step, current >= time { step = steps[current].previous }
      guard let step else {
        if model.value(at: bound).isFinite { found.append(bound) }
        continue
      }
      if isSeen[step] { continue }
      isSeen[step] = true
      let row = steps[step].row
      found.append(row)
      let sign = row.side == .atMost ? 1.0 : -1.0
      for term in model.rowStarts[row.index]..<model.rowStarts[row.index + 1]
      where Int(model.rowColumns[term]) != steps[step].bound.index {
        if let used = self.bound(of: term, sign) { open.append((used, step)) }
      }
    }
    return found
  }

  private func isEmpty(_ least: Double, _ most: Double) -> Bool {
    least.isFinite && most.isFinite
      && Self.isMissed(least, most, scale: max(1, abs(least), abs(most)))
  }

  private static func isMissed(_ least: Double, _ most: Double, scale: Double) -> Bool {
    least - most > tolerance * scale
  }

  /// Returns the least whole number that is not below a bound by more than the tolerance.
  private static func raised(_ value: Double) -> Double {
    value.isFinite ? (value - max(tolerance, 1e-12 * abs(value))).rounded(.up) : value
  }
}
