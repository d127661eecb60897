import Plans
import Profiles
import Simulation

extension DispatchReport {
  /// The most squares in a row; more devices or links share them.
  private static let squares = 48

  /// Returns how long each shared link is busy, a row for each kind of link and direction. Where there are more
  /// links than squares, a square is the busiest of its neighbours.
  ///
  /// - Parameter width: In pixels, 240 or more.
  public func picture(width: Int = 960) -> Picture {
    var order: [String] = []
    var uses: [String: [DispatchResult.LinkUse]] = [:]
    for use in result.links {
      let title = "\(use.kind), \(use.name.hasSuffix(", in") ? "in" : "out")"
      if uses[title] == nil { order.append(title) }
      uses[title, default: []].append(use)
    }
    let rows = order.map { title in
      let members = uses[title] ?? []
      let count = min(Self.squares, members.count)
      let values = (0..<count).map { index -> Double? in
        members[index * members.count / count..<(index + 1) * members.count / count]
          .map(\.microseconds).max()
      }
      return (title, values)
    }
    let end = result.binding.map { "; the last to end is \($0.name)" } ?? ""
    return HeatMap(
      title: "\(profile.name): how long each link is busy",
      summary: "The exchange takes \(Self.time(result.microseconds))\(end).", beside: "",
      above: rows.isEmpty ? "no shared links" : "links of one kind and direction, in order",
      rows: rows, columns: [], words: { Self.time($0) }, most: result.microseconds
    ).picture(width: width)
  }

  /// Returns how many tokens go from each device to the experts of each other, or those of groups of devices.
  func tokenMap(width: Int) -> Picture {
    let devices = plan.tokens.count
    let limit = width < 500 ? 24 : Self.squares
    let count = min(limit, devices)
    func group(_ index: Int) -> Range<Int> {
      count == 0 ? 0..<0 : index * devices / count..<(index + 1) * devices / count
    }
    func name(_ index: Int) -> String {
      let range = group(index)
      return range.count == 1
        ? "\(range.lowerBound)" : "\(range.lowerBound)–\(range.upperBound - 1)"
    }
    let rows = (0..<count).map { from in
      let values = (0..<count).map { to -> Double? in
        Double(
          group(from).reduce(0) { sum, source in
            sum + plan.tokens[source][group(to)].reduce(0, +)
          })
      }
      return ("device \(name(from))", values)
    }
    let most = rows.flatMap(\.1).compactMap { $0 }.max() ?? 0
    return HeatMap(
      title: "Tokens from each device (row) to the experts of each other (column)",
      summary: "\(devices) devices; the most between two is "
        + "\(Quantity.fixed(most, decimals: 0)) tokens.",
      beside: "from", above: "to device", rows: rows, columns: (0..<count).map(name),
      words: { "\(Quantity.fixed($0, decimals: 0)) tokens" }, most: most
    ).picture(width: width)
  }

  static func time(_ microseconds: Double) -> String {
    "\(Quantity.fixed(microseconds, decimals: microseconds < 100 ? 2 : 1)) µs"
  }
}
