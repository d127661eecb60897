import Profiles
import Simulation

/// What device memory is used for over one iteration of a run, by kind of tensor, and what is away.
struct MemoryLayers: Sendable {
  /// One use of memory.
  struct Layer: Sendable {
    let name: String
    let tone: Tone
  }

  /// The uses that occur, persistent ones first.
  let layers: [Layer]
  /// When each change happens, in microseconds from the beginning of the iteration; the first at 0.
  let times: [Double]
  /// The bytes after each change: `bytes[layer][change]`.
  let bytes: [[Int]]
  /// Host memory and NVMe room after each change.
  let hostBytes: [Int]
  let nvmeBytes: [Int]
  /// How long the iteration takes, in microseconds.
  let duration: Double

  /// All uses in the order of the stack.
  private static let all: [Layer] = [
    Layer(name: "parameters", tone: .parameter),
    Layer(name: "optimizer states", tone: .optimizer),
    Layer(name: "inputs", tone: .input),
    Layer(name: "activations", tone: .activation),
    Layer(name: "made again", tone: .temporary),
    Layer(name: "encoded", tone: .encoded),
    Layer(name: "gradients", tone: .gradient),
    Layer(name: "outputs", tone: .output),
    Layer(name: "workspace", tone: .workspace),
  ]

  /// Sorts the last iteration of a run by use. O(changes × uses).
  init(_ result: SimulationResult, storages: Storages) {
    let begin = result.iterationSamples.last ?? 0
    let samples = Array(result.memory[min(begin, result.memory.count)...])
    let origin = result.iterationStarts.last ?? 0
    var changes = Self.all.map { _ in [Int](repeating: 0, count: samples.count + 1) }
    for occupancy in result.occupancy {
      let first = max(0, occupancy.fromSample - begin)
      let last = min(samples.count, (occupancy.toSample ?? .max).clamped(from: begin))
      guard first < last else { continue }
      let layer = Self.layer(of: occupancy.use, storages)
      changes[layer][first] += occupancy.bytes
      changes[layer][last] -= occupancy.bytes
    }
    for layer in changes.indices {
      for sample in samples.indices.dropFirst() {
        changes[layer][sample] += changes[layer][sample - 1]
      }
      changes[layer].removeLast()
    }
    let used = changes.indices.filter { changes[$0].contains { $0 > 0 } }
    layers = used.map { Self.all[$0] }
    bytes = used.map { changes[$0] }
    times = samples.map { max(0, $0.microseconds - origin) }
    hostBytes = samples.map(\.hostBytes)
    nvmeBytes = samples.map(\.nvmeBytes)
    duration = result.iterationMicroseconds
  }

  private static func layer(of use: Occupancy.Use, _ storages: Storages) -> Int {
    let tone: Tone
    switch use {
    case .tensor(let name):
      let kind = storages.indexByTensor[name].map { storages.all[$0].tensor.kind }
      switch kind ?? .activation {
      case .activation: tone = .activation
      case .parameter: tone = .parameter
      case .gradient: tone = .gradient
      case .optimizerState: tone = .optimizer
      case .input: tone = .input
      case .output: tone = .output
      case .workspace: tone = .workspace
      }
    case .temporary: tone = .temporary
    case .encoded: tone = .encoded
    case .workspace: tone = .workspace
    }
    return all.firstIndex { $0.tone == tone } ?? 0
  }

  /// All device memory after each change.
  var sums: [Int] {
    times.indices.map { sample in bytes.reduce(0) { $0 + $1[sample] } }
  }

  /// Returns for each of so many equal stretches of time the change at which most is in use.
  func fullest(columns: Int, of amounts: [Int]) -> [Int] {
    guard !times.isEmpty, columns > 0 else { return [] }
    var (picked, sample) = ([Int](), 0)
    for column in 0..<columns {
      let end = duration * Double(column + 1) / Double(columns)
      var best = sample
      while sample + 1 < times.count, times[sample + 1] < end || column + 1 == columns {
        sample += 1
        if amounts[sample] > amounts[best] { best = sample }
      }
      picked.append(best)
    }
    return picked
  }

  /// Returns a chart of device memory.
  ///
  /// - Parameters:
  ///   - title: What it is called.
  ///   - budgetBytes: What may be used; nil for no limit.
  ///   - reach: What the axis reaches at least, in bytes.
  func chart(title: String, budgetBytes: Int?, reach: Int) -> StackedChart {
    let sums = sums
    let picked = fullest(columns: min(400, max(1, times.count)), of: sums)
    let most = sums.max() ?? 0
    let limit = budgetBytes.map { (Double($0), "budget \(Quantity.bytes($0))") }
    let peak = sums.firstIndex(of: most).map { times[$0] } ?? 0
    return StackedChart(
      title: title,
      summary: "Device memory over \(Quantity.milliseconds(duration)), by kind of tensor: at most "
        + "\(Quantity.bytes(most)), first \(Quantity.milliseconds(peak)) into the iteration"
        + (budgetBytes.map { "; the budget is \(Quantity.bytes($0))." } ?? "."),
      below: "time", beside: "device memory",
      starts: picked.indices.map { duration * Double($0) / Double(picked.count) }, end: duration,
      horizontalUnit: .time(upTo: duration), verticalUnit: .bytes(upTo: Double(max(reach, most))),
      layers: zip(layers, bytes).map { layer, bytes in
        StackedChart.Layer(
          name: layer.name, tone: layer.tone, values: picked.map { Double(bytes[$0]) })
      }, limit: limit, reach: Double(reach))
  }

  /// Returns a chart of what is on the host and on NVMe; nil if nothing ever is.
  func chartOfAway() -> StackedChart? {
    let sums = zip(hostBytes, nvmeBytes).map { $0 + $1 }
    guard let most = sums.max(), most > 0 else { return nil }
    let picked = fullest(columns: min(400, max(1, times.count)), of: sums)
    var layers = [
      StackedChart.Layer(
        name: "host", tone: .temporary, values: picked.map { Double(hostBytes[$0]) })
    ]
    var words = "Host memory over the iteration: at most \(Quantity.bytes(hostBytes.max() ?? 0))"
    if let nvme = nvmeBytes.max(), nvme > 0 {
      layers.append(
        StackedChart.Layer(
          name: "NVMe", tone: .workspace, values: picked.map { Double(nvmeBytes[$0]) }))
      words += "; on NVMe at most \(Quantity.bytes(nvme))"
    }
    return StackedChart(
      title: layers.count > 1 ? "On the host and on NVMe" : "On the host", summary: words + ".",
      below: "time", beside: "away",
      starts: picked.indices.map { duration * Double($0) / Double(picked.count) }, end: duration,
      horizontalUnit: .time(upTo: duration), verticalUnit: .bytes(upTo: Double(most)),
      layers: layers)
  }
}

extension Int {
  /// The distance from a first sample, 0 at least; the largest number stays.
  fileprivate func clamped(from begin: Int) -> Int {
    self == .max ? .max : Swift.max(0, self - begin)
  }
}
