extension JSONReader {
  /// Reads the section `cluster` and checks it.
  mutating func cluster(_ value: JSON, at path: JSONPath) -> Cluster? {
    let keys = [
      "devices", "device_name", "levels", "beyond", "links", "pairs", "h2d_gb_per_s",
      "d2h_gb_per_s",
    ]
    guard let object = object(value, at: path, of: "cluster", keys: keys) else { return nil }
    let found = faults.count
    let count = requiredInteger("devices", in: object, .count)
    let name = text("device_name", in: object)
    let levels = array("levels", in: object) { $0.clusterLevel($1, at: $2) }
    let beyond = object["beyond"].flatMap { pairFigures($0, at: path["beyond"]) }
    let links = array("links", in: object) { $0.sharedLink($1, at: $2) }
    let pairs = object["pairs"].flatMap { pairMatrix($0, at: path["pairs"]) }
    let toDevice = array("h2d_gb_per_s", in: object) { $0.number($1, at: $2, .rate) }
    let toHost = array("d2h_gb_per_s", in: object) { $0.number($1, at: $2, .rate) }
    guard let count, faults.count == found else { return nil }
    let cluster = Cluster(
      deviceCount: count, deviceName: name, levels: levels ?? [], beyond: beyond,
      links: links ?? [], pairs: pairs, hostToDeviceGBPerSecond: toDevice ?? [],
      deviceToHostGBPerSecond: toHost ?? [])
    cluster.check(at: path, into: &faults)
    return cluster
  }

  private mutating func clusterLevel(_ value: JSON, at path: JSONPath) -> Cluster.Level? {
    guard
      let object = object(value, at: path, of: "a level", keys: ["name", "groups", "pair"])
    else { return nil }
    let name = requiredText("name", in: object)
    _ = required("groups", in: object, .array)
    let groups = array("groups", in: object) { $0.deviceList($1, at: $2) }
    let pair = object["pair"].flatMap { pairFigures($0, at: path["pair"]) }
    guard let name, let groups else { return nil }
    return Cluster.Level(name: name, groups: groups, pair: pair)
  }

  private mutating func deviceList(_ value: JSON, at path: JSONPath) -> [Int]? {
    guard case .array(let elements) = value else {
      faults.add(path, "\(value.shown) is not an array", "write the numbers of the devices")
      return nil
    }
    var list: [Int] = []
    for (index, element) in elements.enumerated() {
      if let number = integer(element, at: path[index], .count) { list.append(number) }
    }
    return list
  }

  private mutating func pairFigures(_ value: JSON, at path: JSONPath) -> Cluster.PairFigures? {
    guard case .object(let members) = value else {
      faults.add(path, "\(value.shown) is not an object", "write an object with the keys of a link")
      return nil
    }
    var isAssumed = false
    if let member = members.first(where: { $0.key == "assumed" }) {
      guard case .boolean(let flag) = member.value else {
        faults.add(
          path["assumed"], "\(member.value.shown) is not true or false", "write true or false")
        return nil
      }
      isAssumed = flag
    }
    let rest = JSON.object(members.filter { $0.key != "assumed" })
    return link(rest, at: path).map { Cluster.PairFigures(path: $0, isAssumed: isAssumed) }
  }

  private mutating func sharedLink(_ value: JSON, at path: JSONPath) -> Cluster.SharedLink? {
    let keys = ["name", "owner", "only", "within", "outside", "out", "in", "assumed"]
    guard let object = object(value, at: path, of: "a shared link", keys: keys) else { return nil }
    let name = requiredText("name", in: object)
    let owner = text("owner", in: object)
    let only = object["only"].flatMap { deviceList($0, at: path["only"]) }
    let within = text("within", in: object)
    let outside = text("outside", in: object)
    let outgoing = required("out", in: object, .object).flatMap { link($0, at: path["out"]) }
    let incoming = object["in"].flatMap { link($0, at: path["in"]) }
    let isAssumed = boolean("assumed", in: object)
    guard let name, let outgoing else { return nil }
    return Cluster.SharedLink(
      name: name, owner: owner, only: only, within: within, outside: outside, outgoing: outgoing,
      incoming: incoming, isAssumed: isAssumed ?? false)
  }

  private mutating func pairMatrix(_ value: JSON, at path: JSONPath) -> Cluster.PairMatrix? {
    let keys = ["latency_us", "bandwidth_gb_per_s", "assumed"]
    guard let object = object(value, at: path, of: "pairs", keys: keys) else { return nil }
    let latency = array("latency_us", in: object) { $0.numberRow($1, at: $2, .microseconds) }
    let rate = array("bandwidth_gb_per_s", in: object) { $0.numberRow($1, at: $2, .rate) }
    let isAssumed = boolean("assumed", in: object)
    return Cluster.PairMatrix(
      latencyMicroseconds: latency, gbPerSecond: rate, isAssumed: isAssumed ?? false)
  }

  private mutating func numberRow(
    _ value: JSON, at path: JSONPath, _ expected: Expected
  ) -> [Double]? {
    guard case .array(let elements) = value else {
      faults.add(path, "\(value.shown) is not an array", "write one number for each device")
      return nil
    }
    var row: [Double] = []
    for (index, element) in elements.enumerated() {
      if let number = number(element, at: path[index], expected) { row.append(number) }
    }
    return row
  }
}
