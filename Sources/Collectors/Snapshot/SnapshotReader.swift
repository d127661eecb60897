import Profiles

extension Snapshot {
  /// Reads a file.
  static func read(_ source: SourceFile, device: Int?) throws(CollectorError) -> Snapshot {
    var reader = SnapshotReader(file: source.name, pickle: try PickleReader.read(source))
    return try reader.snapshot(device: device)
  }
}

/// Finds a snapshot's parts in a pickle.
private struct SnapshotReader {
  /// How many frames of a stack are searched for a line of Python.
  private static let searchedFrames = 32

  let file: String
  let pickle: Pickle
  /// The function of each frame that was looked at, by its dictionary: stacks share their frames.
  private var functions: [Int: String] = [:]

  init(file: String, pickle: Pickle) {
    self.file = file
    self.pickle = pickle
  }

  mutating func snapshot(device: Int?) throws(CollectorError) -> Snapshot {
    let traces = try list("device_traces", of: pickle.root, at: "the snapshot")
    let lengths = traces.map { pickle.elements(of: $0)?.count ?? 0 }
    let longest = lengths.indices.max { (lengths[$0], $1) < (lengths[$1], $0) }
    guard let chosen = device ?? longest, lengths.indices.contains(chosen) else {
      throw fault(
        "device_traces",
        "the snapshot has \(traces.count) devices, so there is no device "
          + "\(device ?? 0)", "choose another with --device-index")
    }
    guard lengths[chosen] <= InputLimits.current[.bufferEvents] else {
      throw .tooLarge(
        file: file, place: "device_traces[\(chosen)]",
        problem: "\(lengths[chosen]) entries are too many; \(InputLimits.raise(.bufferEvents))")
    }
    var snapshot = Snapshot(device: chosen, devices: traces.count)
    for (index, entry) in (pickle.elements(of: traces[chosen]) ?? []).enumerated() {
      snapshot.entries.append(try self.entry(entry, at: "device_traces[\(chosen)][\(index)]"))
    }
    try addBlocks(to: &snapshot)
    return snapshot
  }

  private mutating func entry(
    _ value: Pickle.Value, at place: @autoclosure () -> String
  ) throws(CollectorError) -> Snapshot.Entry {
    guard let action = pickle.member("action", of: value)?.text else {
      throw fault(place(), "there is no action", "dump the snapshot again")
    }
    let known = Snapshot.Action(rawValue: action)
    guard known == .alloc || known == .freeRequested || known == .freeCompleted else {
      return Snapshot.Entry(action: known, address: 0, bytes: 0, microseconds: 0)
    }
    guard let address = pickle.member("addr", of: value)?.integer else {
      throw fault(place(), "there is no address", "dump the snapshot again")
    }
    let time = pickle.member("time_us", of: value)?.integer
    guard let time, time.magnitude <= 1 << 60 else {
      throw fault(place(), "there is no time", "dump the snapshot with PyTorch 2.1 or later")
    }
    return Snapshot.Entry(
      action: known, address: address,
      bytes: try bytes(pickle.member("size", of: value), at: place() + ".size"),
      microseconds: Double(time), label: known == .alloc ? label(of: value) : nil)
  }

  /// The function of the innermost frame that lies in a Python file.
  private mutating func label(of entry: Pickle.Value) -> String? {
    guard let frames = pickle.member("frames", of: entry).flatMap(pickle.elements) else {
      return nil
    }
    for frame in frames.prefix(SnapshotReader.searchedFrames) {
      guard case .dictionary(let position) = frame else { continue }
      let name = functions[position] ?? function(of: frame)
      functions[position] = name
      if !name.isEmpty { return name }
    }
    return nil
  }

  /// The name of a frame's function, in letters; empty if the frame lies in no Python file.
  private func function(of frame: Pickle.Value) -> String {
    guard pickle.member("filename", of: frame)?.text?.hasSuffix(".py") == true,
      let name = pickle.member("name", of: frame)?.text
    else { return "" }
    return name.prefix(60).filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }

  // MARK: Segments

  private func addBlocks(to snapshot: inout Snapshot) throws(CollectorError) {
    let segments = try list("segments", of: pickle.root, at: "the snapshot")
    var count = 0
    for (index, segment) in segments.enumerated() {
      let place = "segments[\(index)]"
      if let device = pickle.member("device", of: segment)?.integer, device != snapshot.device {
        continue
      }
      let total = try bytes(pickle.member("total_size", of: segment), at: place + ".total_size")
      snapshot.reservedBytes = min(snapshot.reservedBytes + total, 1 << 60)
      let blocks = try list("blocks", of: segment, at: place)
      count += blocks.count
      guard count <= InputLimits.current[.bufferEvents] else {
        throw .tooLarge(
          file: file, place: place,
          problem: "too many blocks; \(InputLimits.raise(.bufferEvents))")
      }
      var next = pickle.member("address", of: segment)?.integer ?? 0
      for (number, block) in blocks.enumerated() {
        let place = "\(place).blocks[\(number)]"
        let size = try bytes(pickle.member("size", of: block), at: place + ".size")
        let address = pickle.member("address", of: block)?.integer ?? next
        next = address &+ size
        guard pickle.member("state", of: block)?.text != "inactive" else { continue }
        let requested = pickle.member("requested_size", of: block)
        snapshot.blocks.append(
          Snapshot.Block(
            address: address,
            bytes: requested == nil
              ? size : try bytes(requested, at: place + ".requested_size")))
      }
    }
  }

  // MARK: Values

  private func list(
    _ key: String, of value: Pickle.Value, at place: String
  ) throws(CollectorError) -> [Pickle.Value] {
    guard let member = pickle.member(key, of: value) else {
      throw fault(
        place, "there is no '\(key)'",
        "give a file of torch.cuda.memory._dump_snapshot or the pickle of _snapshot()")
    }
    guard let elements = pickle.elements(of: member) else {
      throw fault("\(place).\(key)", "\(member.kind), not a list", "dump the snapshot again")
    }
    return elements
  }

  private func bytes(
    _ value: Pickle.Value?, at place: @autoclosure () -> String
  ) throws(CollectorError) -> Int {
    guard let bytes = value?.integer, 0...(1 << 53) ~= bytes else {
      let found = value?.integer.map(String.init) ?? value?.kind ?? "nothing"
      throw fault(place(), "\(found), not a number of bytes", "dump the snapshot again")
    }
    return bytes
  }

  private func fault(_ place: String, _ problem: String, _ remedy: String) -> CollectorError {
    .invalid(file: file, place: place, problem: problem, remedy: remedy)
  }
}
