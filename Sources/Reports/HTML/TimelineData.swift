import Profiles

/// What happens on several streams over time, as the page's script draws it.
struct TimelineData {
  /// What an item is, with its colour.
  struct Style: Hashable {
    let style: String
    let name: String

    /// A style with the colour of a tone.
    static func toned(_ tone: Tone, _ name: String) -> Style {
      Style(style: tone.style, name: name)
    }
  }

  /// Something that a stream does. Items of one lane don't overlap.
  struct Item {
    let name: String
    let style: Style
    /// From the beginning of the iteration.
    let startMicroseconds: Double
    let endMicroseconds: Double
    var bytes: Int?
    /// Another name, such as the tensor for which an operator runs again.
    var other: String?
  }

  /// One stream.
  struct Lane {
    let title: String
    /// By start.
    let items: [Item]
    /// What comes before another name.
    var otherWords = "for"
  }

  let durationMicroseconds: Double
  let lanes: [Lane]
  /// The memory beside them.
  var memory: MemoryLayers?
  /// What memory may be used.
  var limitBytes: Int?

  /// Up to how many changes of memory are told one by one; beyond, the fullest of equal stretches.
  static let mostChanges = 60_000
  private static let stretches = 8_000

  /// The data as the script reads them: times are whole nanoseconds, each as its distance to the one before.
  ///
  /// - Parameter names: The names of the page, which grow.
  func json(_ names: inout NameTable) -> JSON {
    var styles: [Style] = []
    var positions: [Style: Int] = [:]
    var coded: [JSON] = []
    for lane in lanes where !lane.items.isEmpty {
      var (start, length, name, style, bytes, other) = (
        [JSON](), [JSON](), [JSON](), [JSON](), [JSON](), [JSON]()
      )
      var last = 0
      for item in lane.items {
        let begin = Self.nanoseconds(item.startMicroseconds)
        start.append(.integer(begin - last))
        last = begin
        length.append(.integer(max(0, Self.nanoseconds(item.endMicroseconds) - begin)))
        name.append(.integer(names.index(of: item.name)))
        if positions[item.style] == nil {
          positions[item.style] = styles.count
          styles.append(item.style)
        }
        style.append(.integer(positions[item.style] ?? 0))
        bytes.append(.integer(item.bytes ?? 0))
        other.append(.integer(item.other.map { names.index(of: $0) } ?? -1))
      }
      var members = JSONMembers()
      members.add("title", .string(lane.title))
      members.add("start", .array(start))
      members.add("length", .array(length))
      members.add("name", .array(name))
      members.add("style", .array(style))
      if lane.items.contains(where: { $0.bytes != nil }) { members.add("bytes", .array(bytes)) }
      if lane.items.contains(where: { $0.other != nil }) {
        members.add("other", .array(other))
        members.add("otherWords", .string(lane.otherWords))
      }
      coded.append(members.object)
    }
    var members = JSONMembers()
    members.add("duration_ns", .integer(Self.nanoseconds(durationMicroseconds)))
    members.add(
      "styles",
      .array(
        styles.map { style in
          var members = JSONMembers()
          members.add("style", .string(style.style))
          members.add("name", .string(style.name))
          return members.object
        }))
    members.add("lanes", .array(coded))
    members.add("memory", memory.map(json))
    return members.object
  }

  private static func nanoseconds(_ microseconds: Double) -> Int {
    Int(min(max(0, microseconds * 1e3), 9e15).rounded())
  }

  /// The changes of memory, one layer at a time: what is freed first, so that no sum is above the true one.
  private func json(of memory: MemoryLayers) -> JSON {
    let all = Array(memory.times.indices)
    let isReduced = all.count > Self.mostChanges
    let picked = isReduced ? memory.fullest(columns: Self.stretches, of: memory.sums) : all
    var (time, layer, bytes) = ([JSON](), [JSON](), [JSON]())
    var now = memory.bytes.map { $0.first ?? 0 }
    let base = now
    var last = 0
    func nanoseconds(_ position: Int) -> Int {
      let stretch = memory.duration * Double(position) / Double(picked.count)
      return Self.nanoseconds(isReduced ? stretch : memory.times[picked[position]])
    }
    for (position, sample) in picked.enumerated() {
      let changes = memory.bytes.indices.map { ($0, memory.bytes[$0][sample] - now[$0]) }
      for (index, change) in changes.filter({ $0.1 < 0 }) + changes.filter({ $0.1 > 0 }) {
        time.append(.integer(nanoseconds(position) - last))
        last = nanoseconds(position)
        layer.append(.integer(index))
        bytes.append(.integer(change))
        now[index] += change
      }
    }
    var members = JSONMembers()
    members.add("title", .string("Device memory"))
    members.add("limit", limitBytes.map(JSON.integer))
    members.add(
      "layers",
      .array(
        memory.layers.map { layer in
          var members = JSONMembers()
          members.add("style", .string(layer.tone.style))
          members.add("name", .string(layer.name))
          return members.object
        }))
    members.add("base", .array(base.map(JSON.integer)))
    members.add("time", .array(time))
    members.add("layer", .array(layer))
    members.add("bytes", .array(bytes))
    members.add("away", jsonOfAway(memory, picked: picked, nanoseconds: nanoseconds))
    return members.object
  }

  /// What is on the host and on NVMe after each change of it; nil if nothing ever is.
  private func jsonOfAway(
    _ memory: MemoryLayers, picked: [Int], nanoseconds: (Int) -> Int
  ) -> JSON? {
    var (time, host, nvme) = ([JSON](), [JSON](), [JSON]())
    var (last, before) = (0, (0, 0))
    for (position, sample) in picked.enumerated() {
      let now = (memory.hostBytes[sample], memory.nvmeBytes[sample])
      guard now != before else { continue }
      before = now
      time.append(.integer(nanoseconds(position) - last))
      last = nanoseconds(position)
      host.append(.integer(now.0))
      nvme.append(.integer(now.1))
    }
    guard !time.isEmpty else { return nil }
    var members = JSONMembers()
    members.add("time", .array(time))
    members.add("host", .array(host))
    members.add("nvme", .array(nvme))
    return members.object
  }
}

/// Names by position, each once.
struct NameTable {
  private(set) var names: [String] = []
  private var positions: [String: Int] = [:]

  /// The position of a name; a new one is added at the end.
  mutating func index(of name: String) -> Int {
    if let position = positions[name] { return position }
    positions[name] = names.count
    names.append(name)
    return names.count - 1
  }
}
