import Simulation

/// The links of one kind and direction as a row of marks.
struct HeatRow {
  /// The kind and the direction.
  let title: String
  /// One mark for each link, or for several neighbours the busiest of them.
  let marks: String
  /// The most bytes of one link.
  let bytes: Int
  /// The longest time of one link.
  let microseconds: Double

  /// The widest row.
  static let width = 32
  private static let scale: [Character] = ["·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// Returns the rows in the order of the cluster's links.
  static func all(of result: DispatchResult) -> [HeatRow] {
    var order: [String] = []
    var uses: [String: [DispatchResult.LinkUse]] = [:]
    for use in result.links {
      let title = "\(use.kind), \(use.name.hasSuffix(", in") ? "in" : "out")"
      if uses[title] == nil { order.append(title) }
      uses[title, default: []].append(use)
    }
    return order.map { title in
      let members = uses[title] ?? []
      let count = min(width, members.count)
      let marks = (0..<count).map { index -> Character in
        let range = index * members.count / count..<(index + 1) * members.count / count
        let busiest = members[range].map(\.microseconds).max() ?? 0
        let share = result.microseconds > 0 ? busiest / result.microseconds : 0
        return scale[min(scale.count - 1, Int((share * Double(scale.count - 1)).rounded()))]
      }
      return HeatRow(
        title: title, marks: String(marks), bytes: members.map(\.bytes).max() ?? 0,
        microseconds: members.map(\.microseconds).max() ?? 0)
    }
  }
}
