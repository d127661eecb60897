/// Some of a model's rows and bounds, with the variables that occur in them and no objective.
struct Subproblem {
  /// The smaller model.
  private(set) var model: Model
  /// The index in the whole model of each row.
  private var rows: [Int] = []
  /// The index in the whole model of each variable; elastic parts come after them.
  private var columns: [Int] = []
  /// How much is paid at each elastic place.
  private(set) var slacks: [(place: Place, variable: Variable)] = []

  /// Takes what is required at `firm` from a model, and lets what is required at `elastic` be broken
  /// at a price, which becomes the objective.
  init(of whole: Model, firm: [Place], elastic: [Place] = []) {
    model = Model(name: whole.name)
    let all = (firm.map { ($0, false) } + elastic.map { ($0, true) }).sorted { $0.0 < $1.0 }
    let variables = addVariables(of: whole, firm: firm, elastic: elastic)
    var price = LinearExpression()
    var position = 0
    while position < all.count {
      let (place, isElastic) = all[position]
      position += 1
      var expression = LinearExpression()
      if place.subject == .row {
        for term in whole.rowStarts[place.index]..<whole.rowStarts[place.index + 1] {
          guard let variable = variables[Int(whole.rowColumns[term])] else { continue }
          expression.add(whole.rowCoefficients[term], variable)
        }
      } else if isElastic, let variable = variables[place.index] {
        expression.add(1, variable)
      } else {
        continue
      }
      var (lower, upper) = (-Double.infinity, Double.infinity)
      if place.side == .atLeast {
        lower = whole.value(at: place)
      } else {
        upper = whole.value(at: place)
      }
      if isElastic {
        let largest = expression.coefficients.reduce(1) { max($0, abs($1)) }
        let slack = model.addVariable("slack[\(slacks.count)]", in: 0...(.infinity))
        expression.add(place.side == .atLeast ? largest : -largest, slack)
        price.add(1, slack)
        slacks.append((place, slack))
      } else if position < all.count, !all[position].1, all[position].0.index == place.index,
        all[position].0.subject == .row
      {
        upper = whole.value(at: all[position].0)
        position += 1
      }
      let name = place.subject == .row ? whole.rowNames[place.index] : "bound[\(place.index)]"
      rows.append(place.index)
      model.addRow(name, expression, atLeast: lower, atMost: upper)
    }
    model.setObjective(price)
  }

  /// Adds the variables that occur in the rows or have a bound; by index in the whole model.
  private mutating func addVariables(
    of whole: Model, firm: [Place], elastic: [Place]
  ) -> [Variable?] {
    var isUsed = [Bool](repeating: false, count: whole.variableCount)
    var lower = [Double](repeating: -.infinity, count: whole.variableCount)
    var upper = [Double](repeating: .infinity, count: whole.variableCount)
    for place in firm + elastic {
      if place.subject == .variable {
        isUsed[place.index] = true
      } else {
        for term in whole.rowStarts[place.index]..<whole.rowStarts[place.index + 1] {
          isUsed[Int(whole.rowColumns[term])] = true
        }
      }
    }
    for place in firm where place.subject == .variable {
      switch place.side {
      case .atLeast: lower[place.index] = whole.lowerBounds[place.index]
      case .atMost: upper[place.index] = whole.upperBounds[place.index]
      }
    }
    var variables = [Variable?](repeating: nil, count: whole.variableCount)
    for column in isUsed.indices where isUsed[column] {
      variables[column] = model.addVariable(
        whole.variableNames[column], lower: lower[column], upper: upper[column],
        kind: whole.kinds[column])
      columns.append(column)
    }
    return variables
  }

  /// Returns the place in the whole model that a place in the smaller model stands for.
  func original(of place: Place) -> Place {
    Place(
      subject: place.subject,
      index: place.subject == .row ? rows[place.index] : columns[place.index], side: place.side)
  }
}
