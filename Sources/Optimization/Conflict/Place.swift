/// One side of one row or variable of a model: what a conflict consists of.
struct Place: Hashable, Comparable {
  /// What the index counts.
  enum Subject: Int {
    case row
    case variable
  }

  let subject: Subject
  let index: Int
  let side: Conflict.Side

  static func < (left: Place, right: Place) -> Bool {
    left.order < right.order
  }

  private var order: (Int, Int, Int) { (subject.rawValue, index, side == .atLeast ? 0 : 1) }
}

extension Model {
  /// The bound at a place; infinite where nothing is required.
  func value(at place: Place) -> Double {
    switch (place.subject, place.side) {
    case (.row, .atLeast): rowLowerBounds[place.index]
    case (.row, .atMost): rowUpperBounds[place.index]
    case (.variable, .atLeast): lowerBounds[place.index]
    case (.variable, .atMost): upperBounds[place.index]
    }
  }

  /// Every place where something is required, rows first.
  var places: [Place] {
    var places: [Place] = []
    for (subject, count) in [(Place.Subject.row, rowCount), (.variable, variableCount)] {
      for index in 0..<count {
        for side in Conflict.Side.allCases {
          let place = Place(subject: subject, index: index, side: side)
          if value(at: place).isFinite { places.append(place) }
        }
      }
    }
    return places
  }
}
