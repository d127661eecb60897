import Profiles

extension ProfileDifference {
  /// Returns the differences for machines: one line of JSON with sorted keys, schema
  /// `planner.profile-diff/1`. All operators and tensors that differ are told.
  ///
  /// - Throws: `EncodingError` for a number that is not finite.
  public func json() throws -> String {
    try jsonLine(Document(self), convertsKeys: true)
  }
}

/// The differences as they are coded, with keys in snake case. What is nil is left out.
private struct Document: Encodable {
  struct Totals: Encodable {
    let name: String
    let firstCount: Int
    let secondCount: Int
    let first: Double
    let second: Double
  }

  struct OperatorRow: Encodable {
    let change: String
    let first: String?
    let second: String?
    let firstDurationUs: Double?
    let secondDurationUs: Double?
    let other: [String]
  }

  struct TensorRow: Encodable {
    let change: String
    let first: String?
    let second: String?
    let firstBytes: Int?
    let secondBytes: Int?
    let other: [String]
  }

  let schema = "planner.profile-diff/1"
  let first: String
  let second: String
  let same: Bool
  let reordered: Bool
  let deviceChanged: Bool
  let firstIterationUs: Double?
  let secondIterationUs: Double?
  let firstPeakBytes: Int?
  let secondPeakBytes: Int?
  let phasesUs: [Totals]
  let kindsBytes: [Totals]
  let matchedOperators: Int
  let matchedTensors: Int
  let operators: [OperatorRow]
  let tensors: [TensorRow]

  init(_ difference: ProfileDifference) {
    first = difference.first.name
    second = difference.second.name
    same = difference.isEmpty
    reordered = difference.isReordered
    deviceChanged = difference.isDeviceChanged
    firstIterationUs = difference.iterationMicroseconds.first
    secondIterationUs = difference.iterationMicroseconds.second
    firstPeakBytes = difference.peakBytes.first
    secondPeakBytes = difference.peakBytes.second
    func totals(_ all: [ProfileDifference.Total]) -> [Totals] {
      all.map {
        Totals(
          name: $0.name, firstCount: $0.counts.first ?? 0, secondCount: $0.counts.second ?? 0,
          first: $0.sums.first ?? 0, second: $0.sums.second ?? 0)
      }
    }
    phasesUs = totals(difference.phases)
    kindsBytes = totals(difference.kinds)
    matchedOperators = difference.matchedOperators
    matchedTensors = difference.matchedTensors
    operators = difference.operators.map {
      OperatorRow(
        change: ProfileDifference.Kind($0).rawValue, first: $0.first?.id, second: $0.second?.id,
        firstDurationUs: $0.first?.durationMicroseconds,
        secondDurationUs: $0.second?.durationMicroseconds, other: $0.otherChanges)
    }
    tensors = difference.tensors.map {
      TensorRow(
        change: ProfileDifference.Kind($0).rawValue, first: $0.first?.id, second: $0.second?.id,
        firstBytes: $0.first?.bytes, secondBytes: $0.second?.bytes, other: $0.otherChanges)
    }
  }
}
