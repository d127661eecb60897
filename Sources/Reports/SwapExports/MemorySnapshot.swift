import Profiles
import Simulation

/// The planned iteration as a memory snapshot of PyTorch's CUDA allocator, which pytorch.org/memory_viz draws.
///
/// Each use of device memory is a block; what is there when the iteration begins has no `alloc` entry, as in
/// snapshots of programs that were running before. Addresses are first fit in multiples of 512 bytes: they say
/// which blocks are apart, not where an allocator would put them. Sizes are the plan's, unrounded.
struct MemorySnapshot {
  private static let base = 1 << 40
  private static let alignment = 512

  /// The file.
  let pickle: [UInt8]

  init(_ report: SwapReport) {
    let result = report.result
    let begin = result.iterationSamples.last ?? 0
    let origin = result.iterationStarts.last ?? 0
    let uses = result.occupancy.filter { $0.bytes > 0 && ($0.toSample ?? .max) > begin }
    var opened: [Int: [Int]] = [:]
    var closed: [Int: [Int]] = [:]
    var heap = FirstFit(alignment: Self.alignment)
    var addresses = [Int](repeating: 0, count: uses.count)
    for (index, use) in uses.enumerated() {
      if use.fromSample < begin || use.fromSample == 0 {
        addresses[index] = heap.take(use.bytes)
      } else {
        opened[use.fromSample, default: []].append(index)
      }
      if let end = use.toSample { closed[end, default: []].append(index) }
    }
    var trace: [PickleBytes.Value] = []
    for sample in begin..<max(begin, result.memory.count) {
      let time = PlannedIteration.nanoseconds(result.memory[sample].microseconds - origin) / 1000
      // What is freed goes first, so that no sum is above the plan's.
      for index in closed[sample] ?? [] {
        for action in ["free_requested", "free_completed"] {
          trace.append(Self.entry(action, uses[index], addresses[index], time, report))
        }
        heap.free(addresses[index])
      }
      for index in opened[sample] ?? [] {
        addresses[index] = heap.take(uses[index].bytes)
        trace.append(Self.entry("alloc", uses[index], addresses[index], time, report))
      }
    }
    let left = uses.indices.filter { (uses[$0].toSample ?? .max) >= result.memory.count }
      .sorted { addresses[$0] < addresses[$1] }
    let segment = Self.segment(
      left.map { (uses[$0], addresses[$0]) }, height: heap.height, report)
    pickle = PickleBytes.pickle(
      .dictionary([
        ("segments", .list(heap.height > 0 ? [segment] : [])),
        ("device_traces", .list([.list(trace)])),
        ("allocator_settings", .dictionary([])),
      ]))
  }

  private static func entry(
    _ action: String, _ use: Occupancy, _ address: Int, _ time: Int, _ report: SwapReport
  ) -> PickleBytes.Value {
    .dictionary([
      ("action", .text(action)), ("addr", .integer(base + address)), ("size", .integer(use.bytes)),
      ("stream", .integer(0)), ("time_us", .integer(time)), ("frames", frames(use, report)),
    ])
  }

  /// The stack of a block: what it is for.
  private static func frames(_ use: Occupancy, _ report: SwapReport) -> PickleBytes.Value {
    let (name, place): (String, String) =
      switch use.use {
      case .tensor(let tensor):
        (
          tensor,
          report.storages.indexByTensor[tensor].map { report.storages.all[$0].tensor.kind.rawValue }
            ?? "tensor"
        )
      case .temporary(let tensor, let chain): ("\(tensor) for \(chain.tensor)", "made again")
      case .encoded(let tensor): (tensor, "encoded")
      case .workspace(let task): (task.operation, "workspace")
      }
    return .list([
      .dictionary([("name", .text(name)), ("filename", .text(place)), ("line", .integer(0))])
    ])
  }

  private static func segment(
    _ left: [(use: Occupancy, address: Int)], height: Int, _ report: SwapReport
  ) -> PickleBytes.Value {
    var blocks: [PickleBytes.Value] = []
    func block(_ address: Int, _ size: Int, _ use: Occupancy?) {
      blocks.append(
        .dictionary([
          ("address", .integer(base + address)), ("size", .integer(size)),
          ("requested_size", .integer(use?.bytes ?? 0)),
          ("state", .text(use == nil ? "inactive" : "active_allocated")),
          ("frames", use.map { frames($0, report) } ?? .list([])),
        ]))
    }
    var end = 0
    for (use, address) in left {
      if address > end { block(end, address - end, nil) }
      block(address, use.bytes, use)
      end = address + use.bytes
    }
    if height > end { block(end, height - end, nil) }
    let held = left.reduce(0) { $0 + $1.use.bytes }
    return .dictionary([
      ("device", .integer(0)), ("address", .integer(base)), ("total_size", .integer(height)),
      ("allocated_size", .integer(held)), ("active_size", .integer(held)),
      ("requested_size", .integer(held)), ("stream", .integer(0)),
      ("segment_type", .text("large")),
      ("segment_pool_id", .list([.integer(0), .integer(0)])), ("is_expandable", .boolean(false)),
      ("frames", .list([])), ("blocks", .list(blocks)),
    ])
  }
}

/// Addresses from 0 on, the lowest that is free. O(live blocks) for each.
struct FirstFit {
  private let alignment: Int
  /// The live blocks, by address; `end` is a multiple of the alignment.
  private var live: [(start: Int, end: Int)] = []
  /// The highest address that was ever in use.
  private(set) var height = 0

  init(alignment: Int) {
    self.alignment = alignment
  }

  /// Takes memory and returns its address.
  mutating func take(_ bytes: Int) -> Int {
    let size = (bytes + alignment - 1) / alignment * alignment
    var (position, start) = (0, 0)
    while position < live.count, live[position].start - start < size {
      start = live[position].end
      position += 1
    }
    live.insert((start, start + size), at: position)
    height = max(height, start + size)
    return start
  }

  /// Frees the block at an address.
  mutating func free(_ address: Int) {
    live.removeAll { $0.start == address }
  }
}
