import Profiles

/// The rows of a raw memory timeline, with buffers told apart.
///
/// A row that ends a buffer or a version of one means the latest open buffer of its size and category.
struct Timeline {
  private(set) var history = BufferHistory()
  /// The bytes of each category when all categories together are largest, and their sum.
  private(set) var peak = [Int](repeating: 0, count: Category.allCases.count)
  private(set) var peakBytes = 0
  private(set) var rows = 0

  /// The open buffers by category and size, the latest last.
  private struct Key: Hashable {
    var category: Int
    var bytes: Int
  }

  private let file: String
  private var open: [Key: [Int]] = [:]
  private var level = [Int](repeating: 0, count: Category.allCases.count)
  private var levelBytes = 0
  /// The buffer whose next version is to come.
  private var changing: (buffer: Int, bytes: Int)?
  private var firstNanoseconds: Int?
  private var lastNanoseconds = -1

  private init(file: String) {
    self.file = file
  }

  /// Reads a file.
  static func read(_ source: SourceFile) throws(CollectorError) -> Timeline {
    var timeline = Timeline(file: source.name)
    let json: JSON
    do {
      json = try JSONScanner.parse(source.bytes)
    } catch {
      throw .invalid(
        file: source.name, place: "line \(error.line), column \(error.column)",
        problem: error.problem, remedy: error.remedy)
    }
    guard case .array(let rows) = json else {
      throw .malformed(
        file: source.name,
        problem:
          "it isn't a list of rows; export the timeline with a name that ends in .raw.json.gz")
    }
    guard rows.count <= InputLimits.current[.bufferEvents] else {
      throw .tooLarge(
        file: source.name, place: "the list",
        problem: "\(rows.count) rows are too many; \(InputLimits.raise(.bufferEvents))")
    }
    timeline.rows = rows.count
    for (index, row) in rows.enumerated() {
      try timeline.read(row, at: index)
    }
    try timeline.finish()
    return timeline
  }

  // MARK: Rows

  private mutating func read(_ row: JSON, at index: Int) throws(CollectorError) {
    guard case .array(let cells) = row, cells.count == 4,
      case .integer(let time) = cells[0], case .integer(let action) = cells[1],
      case .integer(let bytes) = cells[2], case .integer(let number) = cells[3]
    else {
      throw fault(
        index, "not four whole numbers", "write [nanoseconds, action, signed bytes, category]")
    }
    guard let category = Category(rawValue: number) else {
      throw fault(index, "there is no category \(number)", "use 0 to 7")
    }
    guard bytes.magnitude <= 1 << 53 else {
      throw fault(index, "\(bytes) bytes are more than 8 PiB", "check the unit")
    }
    guard time >= lastNanoseconds else {
      throw fault(index, "time \(time) comes after \(lastNanoseconds)", "sort the rows by time")
    }
    lastNanoseconds = time
    if time >= 0 && firstNanoseconds == nil { firstNanoseconds = time }
    try follow(action, bytes, category, at: index)
    level[number] += bytes
    levelBytes += bytes
    guard levelBytes <= 1 << 53 else {
      throw .tooLarge(
        file: file, place: "row \(index)", problem: "the buffers together have more than 8 PiB")
    }
    if levelBytes > peakBytes {
      peakBytes = levelBytes
      peak = level
    }
  }

  private mutating func follow(
    _ action: Int, _ bytes: Int, _ category: Category, at index: Int
  ) throws(CollectorError) {
    if changing != nil && !(action == 3 && bytes >= 0) {
      throw fault(index, "the next version of a buffer is missing", "export the timeline again")
    }
    let key = Key(category: category.rawValue, bytes: Int(bytes.magnitude))
    switch (action, bytes.signum()) {
    case (1, 0...), (2, 0...):
      let buffer = history.add(bytes, category.kind, isEarlier: action == 1)
      open[key, default: []].append(buffer)
      if action == 1 { return }
      history.add(.allocate, buffer, at: microseconds)
      if category == .gradient { markGradient() }
    case (3, ...0) where changing == nil:
      changing = (try takeOpen(key, at: index), key.bytes)
    case (3, 0...):
      guard let (buffer, size) = changing, size == key.bytes else {
        throw fault(
          index, "a version of \(bytes) bytes follows one of another size", "export it again")
      }
      changing = nil
      open[key, default: []].append(buffer)
      if history.buffers[buffer].kind == .workspace {
        history.buffers[buffer].kind = category.kind
      }
      history.add(.change, buffer, at: microseconds)
    case (4, ...0):
      history.add(.release, try takeOpen(key, at: index), at: microseconds)
    default:
      throw fault(
        index, "action \(action) with \(bytes) bytes",
        "use 1 (there before) and 2 (made) with positive bytes, 3 (changed) with a pair, "
          + "4 (destroyed) with negative bytes")
    }
  }

  private mutating func takeOpen(_ key: Key, at index: Int) throws(CollectorError) -> Int {
    if let buffer = open[key]?.popLast() { return buffer }
    throw fault(
      index,
      "no open buffer of \(key.bytes) bytes is of the category "
        + "\(Category(rawValue: key.category)?.name ?? "")",
      "export the timeline from its beginning")
  }

  /// Moves the end of the backward pass, which begins with the first gradient, to the last event.
  private mutating func markGradient() {
    history.backwardStart = history.backwardStart ?? history.events.count - 1
    history.backwardEnd = history.events.count - 1
  }

  private mutating func finish() throws(CollectorError) {
    guard changing == nil else {
      throw fault(rows, "the next version of a buffer is missing", "export the timeline again")
    }
    guard !history.events.isEmpty else {
      throw .malformed(file: file, problem: "it holds no events after its beginning")
    }
  }

  /// The time of the current row since the first; rows of what was there before have none.
  private var microseconds: Double {
    Double(lastNanoseconds - (firstNanoseconds ?? lastNanoseconds)) / 1e3
  }

  private func fault(_ row: Int, _ problem: String, _ remedy: String) -> CollectorError {
    .invalid(file: file, place: "row \(row)", problem: problem, remedy: remedy)
  }
}

extension Timeline {
  /// Says what the file held, what was supposed, and what it lacks.
  func describe(_ moments: Moments, _ findings: inout Findings) {
    findings.found("\(rows) rows: \(history.buffers.count) buffers in \(moments.count) moments")
    let parts = Category.allCases.filter { peak[$0.rawValue] != 0 }
      .sorted { (peak[$1.rawValue], $0.rawValue) < (peak[$0.rawValue], $1.rawValue) }
      .map { "\($0.name) \(Findings.mebibytes(Double(peak[$0.rawValue])))" }
    findings.found(
      "a peak of \(Findings.mebibytes(Double(peakBytes))): " + parts.joined(separator: ", "))
    let span = (moments.boundaries.last ?? 0) - (moments.boundaries.first ?? 0)
    findings.found("\(Findings.milliseconds(span / 1e3)) from the first to the last event")
    findings.assumed(
      "a row ends the latest open buffer of its size and category; a buffer keeps the first "
        + "category that says what it is for")
    findings.assumedMoments()
    findings.assumed(
      "the backward pass begins with the first gradient and ends with the last")
    findings.missingReaders()
  }
}

extension Findings {
  /// States how events became operators.
  mutating func assumedMoments() {
    assumed(
      "an operator begins with the first allocation after a release and lasts until the next one")
  }

  /// States what no record of an allocator says.
  mutating func missingReaders() {
    missing(
      "who reads a buffer between its first and its last event: a plan to move buffers would be too "
        + "hopeful; address planning needs lifetimes alone")
  }
}
