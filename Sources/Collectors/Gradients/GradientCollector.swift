internal import Codecs
public import Profiles

/// Measures recorded gradients and makes the section `gradients` of a profile from them.
///
/// Files are arrays of NumPy (`.npy`, `.npz`), safetensors, or raw elements. A tensor that several files
/// hold was recorded by several workers: their unions are measured too.
public struct GradientCollector: Sendable {
  /// How fast the workers' links and choices are; the buckets come from the files.
  public var mesh: GradientExchange
  /// Tensors are put together until a bucket has this many bytes.
  public var bucketBytes = 25 << 20
  /// The elements of blocks that are measured.
  public var blocks = [1024, 4096]
  /// The shares of elements that are measured.
  public var densities = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
  /// The type of elements in files that don't tell.
  public var rawType = FloatingType.float32

  /// Creates a collector for a mesh, whose buckets are replaced.
  public init(mesh: GradientExchange) { self.mesh = mesh }

  /// Measures gradients.
  ///
  /// - Parameters:
  ///   - files: Recorded gradients; none for a timeline and curves alone.
  ///   - timeline: When each gradient is ready, in JSON; nil for all at once.
  ///   - curves: A profile whose largest bucket stands for tensors that weren't recorded.
  /// - Throws: `CollectorError` with the file, the place in it, and a remedy.
  public func collect(
    _ files: [SourceFile], timeline: SourceFile? = nil, curves: Profile? = nil
  ) throws(CollectorError) -> Profile {
    var findings = Findings()
    let recording = try GradientRecording(files, rawType: rawType)
    let sample = curves?.gradients?.buckets.max { first, second in
      (first.bytes, second.id) < (second.bytes, first.id)
    }
    if let curves, sample == nil {
      throw .option(
        name: "curves", problem: "the profile \(JSON.quoted(curves.name)) has no gradients",
        remedy: "give one that planner collect gradients made")
    }
    var exchange = mesh
    exchange.elementBytes = recording.elementBytes > 0 ? recording.elementBytes : 4
    let groups = try groups(recording, timeline, exchange.elementBytes, &findings)
    // What an element that wasn't recorded has of energy.
    let sampleBytes = curves?.gradients?.elementBytes ?? 4
    let mean = sample.map { $0.energy / Double($0.bytes / sampleBytes) }
    var buckets: [GradientBucket] = []
    for group in groups {
      buckets.append(
        try bucket(group, recording, exchange.elementBytes, sample, mean, &findings))
    }
    exchange.buckets = buckets
    let workers = recording.names.compactMap { recording.workers[$0]?.count }
    if let least = workers.min(), let most = workers.max() {
      findings.found(
        "gradients of \(recording.names.count) tensors by \(least == most ? "" : "\(least) to ")\(most) "
          + (most == 1 ? "worker" : "workers"))
      if most == 1 {
        findings.missing(
          "unions of several workers, so that they count as independent; give a file of each worker"
        )
        findings.assumed(
          "counts of blocks suit later gradients as well as the one that they were made from")
      }
    }
    return Profile(
      name: "gradients",
      source: Profile.Source(collector: "gradients", notes: findings.notes),
      problem: "gradients", tensors: [], operators: [], gradients: exchange)
  }

  // MARK: Buckets

  /// Tensors that are sent together.
  private struct Group {
    var tensors: [(name: String, elements: Int)] = []
    var ready = 0.0

    var elements: Int { tensors.reduce(0) { $0 + $1.elements } }
  }

  private func groups(
    _ recording: GradientRecording, _ timeline: SourceFile?, _ elementBytes: Int,
    _ findings: inout Findings
  ) throws(CollectorError) -> [Group] {
    var order: [GradientTimeline.Entry] = []
    if let timeline {
      order = try GradientTimeline(timeline).entries
      let known = Set(order.map(\.name))
      let unknown = recording.names.filter { !known.contains($0) }
      if let first = unknown.first {
        findings.missing(
          "\(unknown.count) recorded tensors in \(timeline.name), such as \(JSON.quoted(first)); they "
            + "are left out")
      }
    } else {
      order = recording.names.map { name in
        .init(name: name, elements: recording.workers[name]?.first?.count ?? 0, ready: 0)
      }
      findings.assumed("all buckets are ready at once; give --timeline")
    }
    var groups: [Group] = []
    var group = Group()
    for entry in order {
      if let recorded = recording.workers[entry.name]?.first, recorded.count != entry.elements {
        throw .invalid(
          file: timeline?.name ?? entry.name, place: JSON.quoted(entry.name),
          problem: "\(entry.elements) elements, recorded were \(recorded.count)",
          remedy: "give the timeline of the same model")
      }
      group.tensors.append((entry.name, entry.elements))
      group.ready = entry.ready
      if group.elements * elementBytes >= bucketBytes {
        groups.append(group)
        group = Group()
      }
    }
    if !group.tensors.isEmpty { groups.append(group) }
    guard !groups.isEmpty else {
      throw .option(
        name: "files", problem: "there are neither gradients nor a timeline",
        remedy: "name files, or --timeline and --curves")
    }
    return groups
  }

  private func bucket(
    _ group: Group, _ recording: GradientRecording, _ elementBytes: Int, _ sample: GradientBucket?,
    _ mean: Double?, _ findings: inout Findings
  ) throws(CollectorError) -> GradientBucket {
    let first = group.tensors[0].name
    let id = group.tensors.count == 1 ? first : "\(first) + \(group.tensors.count - 1)"
    var bucket = GradientBucket(
      id: id, bytes: group.elements * elementBytes, readyMicroseconds: group.ready, energy: 0)
    let lists = group.tensors.compactMap { recording.workers[$0.name] }
    let workers = lists.map(\.count).min() ?? 0
    if lists.count == group.tensors.count, workers > 0 {
      let meter = EnergyMeter(
        workers: (0..<workers).map { worker in lists.flatMap { $0[worker] } },
        densities: densities)
      do {
        bucket.energy = meter.energy
        bucket.energyCurves = try meter.curves(blocks: blocks)
        bucket.unionCurves = try meter.unions(block: blocks.first ?? 1024)
      } catch {
        throw .option(name: "blocks", problem: "\(error)", remedy: "give other blocks")
      }
      return bucket
    }
    let missing = group.tensors.first { recording.workers[$0.name] == nil }?.name ?? first
    guard let sample, let mean else {
      throw .invalid(
        file: missing, place: "gradients", problem: "nobody recorded this tensor of the timeline",
        remedy: "give a file with it, or --curves with a profile whose curves may stand for it")
    }
    findings.assumed(
      "\(id) has the curves of \(JSON.quoted(sample.id)), and as much energy an element")
    bucket.energy = mean * Double(group.elements)
    bucket.energyCurves = sample.energyCurves
    bucket.unionCurves = sample.unionCurves
    return bucket
  }
}
