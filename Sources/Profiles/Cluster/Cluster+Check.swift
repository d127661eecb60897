extension Cluster {
  /// The most devices that a cluster may have.
  public static let maximumDevices = 4096

  /// Checks numbers, partitions, names and the shapes of all lists.
  func check(at path: JSONPath, into faults: inout FaultList) {
    guard (1...Cluster.maximumDevices).contains(deviceCount) else {
      faults.add(
        path["devices"], "\(deviceCount) is out of range",
        "write a number from 1 to \(Cluster.maximumDevices)")
      return
    }
    faults.checkName(deviceName, at: path["device_name"])
    checkLevels(at: path["levels"], into: &faults)
    beyond?.path.check(at: path["beyond"], into: &faults)
    for (index, link) in links.enumerated() {
      check(link, at: path["links"][index], into: &faults)
    }
    if let pairs { check(pairs, at: path["pairs"], into: &faults) }
    for (key, rates) in [
      ("h2d_gb_per_s", hostToDeviceGBPerSecond), ("d2h_gb_per_s", deviceToHostGBPerSecond),
    ] where !rates.isEmpty {
      if rates.count != deviceCount { addCount(rates.count, at: path[key], into: &faults) }
      for (index, rate) in rates.enumerated() { faults.checkRate(rate, at: path[key][index]) }
    }
  }

  private func addCount(
    _ count: Int, at place: @autoclosure () -> JSONPath, into faults: inout FaultList
  ) {
    faults.add(
      place(), "\(count) entries are not one for each of \(deviceCount) devices",
      "write one for each device")
  }

  private func checkLevels(at path: JSONPath, into faults: inout FaultList) {
    var names: Set<String> = []
    var finer: [Int]?
    for (index, level) in levels.enumerated() {
      faults.checkName(level.name, at: path[index]["name"])
      if !names.insert(level.name).inserted || level.name == "device" {
        faults.add(
          path[index]["name"], "the name \(JSON.quoted(level.name)) is taken",
          "give each level a name of its own, other than device")
      }
      level.pair?.path.check(at: path[index]["pair"], into: &faults)
      let place = path[index]["groups"]
      var group = [Int](repeating: -1, count: deviceCount)
      for (number, members) in level.groups.enumerated() {
        if members.isEmpty { faults.add(place[number], "the group is empty", "remove it") }
        for (position, member) in members.enumerated() {
          guard group.indices.contains(member) else {
            faults.add(
              place[number][position], "there is no device \(member)",
              "write a number from 0 to \(deviceCount - 1)")
            continue
          }
          if group[member] >= 0 {
            faults.add(
              place[number][position], "device \(member) is in another group too",
              "keep it in one of them")
          }
          group[member] = number
        }
      }
      if let missing = group.firstIndex(of: -1) {
        faults.add(place, "device \(missing) is in no group", "add it to one")
        continue
      }
      if let finer, Cluster.isSplit(finer, by: group) {
        faults.add(
          place, "a group of the level before is in two groups",
          "write the levels from the finest to the coarsest, each group within one of the next")
      }
      finer = group
    }
  }

  /// Whether a group of the finer partition lies in several of the coarser one.
  private static func isSplit(_ finer: [Int], by coarser: [Int]) -> Bool {
    var parent: [Int: Int] = [:]
    for (fine, coarse) in zip(finer, coarser) {
      if let other = parent.updateValue(coarse, forKey: fine), other != coarse { return true }
    }
    return false
  }

  private func check(_ link: SharedLink, at path: JSONPath, into faults: inout FaultList) {
    faults.checkName(link.name, at: path["name"])
    func level(_ name: String?, _ key: String) -> Int? {
      guard let name else { return nil }
      let index = levels.firstIndex { $0.name == name }
      if index == nil {
        faults.add(
          path[key], "there is no level \(JSON.quoted(name))",
          "write the name of one of the levels, or leave the key out")
      }
      return index
    }
    let owner = level(link.owner, "owner")
    let within = level(link.within, "within")
    let outside = level(link.outside, "outside")
    if let within, let inner = [owner, outside].compactMap({ $0 }).max(), inner >= within {
      faults.add(
        path["within"], "no pair of devices would use the link",
        "name a coarser level than owner and outside")
    }
    if let only = link.only {
      let count = owner.map { levels[$0].groups.count } ?? deviceCount
      for (index, number) in only.enumerated() where !(0..<count).contains(number) {
        faults.add(
          path["only"][index], "there is no owner \(number)",
          "write a number from 0 to \(count - 1)")
      }
      if Set(only).count != only.count {
        faults.add(path["only"], "an owner stands twice", "write each owner once")
      }
    }
    link.outgoing.check(at: path["out"], into: &faults)
    link.incoming?.check(at: path["in"], into: &faults)
  }

  private func check(_ pairs: PairMatrix, at path: JSONPath, into faults: inout FaultList) {
    if pairs.latencyMicroseconds == nil && pairs.gbPerSecond == nil {
      faults.add(
        path, "there are neither latencies nor rates", "add latency_us or bandwidth_gb_per_s")
    }
    for (key, matrix) in [
      ("latency_us", pairs.latencyMicroseconds), ("bandwidth_gb_per_s", pairs.gbPerSecond),
    ] {
      guard let matrix else { continue }
      let place = path[key]
      if matrix.count != deviceCount { addCount(matrix.count, at: place, into: &faults) }
      for (source, row) in matrix.enumerated() {
        if row.count != deviceCount { addCount(row.count, at: place[source], into: &faults) }
        for (target, value) in row.enumerated() {
          if key == "latency_us" {
            faults.checkMicroseconds(value, at: place[source][target])
          } else if source == target {
            faults.checkNumber(value, in: 0...1e9, at: place[source][target])
          } else {
            faults.checkRate(value, at: place[source][target])
          }
        }
      }
    }
  }
}
