/// A made-up memory snapshot of PyTorch's CUDA allocator, as a pickle of protocol 4.
struct GeneratedSnapshot {
  private var bytes: [UInt8] = [0x80, 4]

  /// Returns the pickle of a trace with so many allocations, each freed later.
  static func bytes(allocations count: Int) -> [UInt8] {
    var snapshot = GeneratedSnapshot()
    snapshot.begin("}")
    snapshot.key("segments")
    snapshot.begin("]")
    snapshot.end("e")
    snapshot.key("device_traces")
    snapshot.begin("]")
    snapshot.begin("]")
    // The first half of a forward pass's blocks lives until the backward pass, in reverse order.
    for index in 0..<count { snapshot.entry("alloc", index, time: index) }
    for index in 0..<count {
      snapshot.entry("free_completed", count - 1 - index, time: count + index)
    }
    snapshot.end("e")
    snapshot.end("e")
    snapshot.end("u")
    return snapshot.bytes + [UInt8(ascii: ".")]
  }

  private mutating func entry(_ action: String, _ index: Int, time: Int) {
    begin("}")
    key("action")
    add(action)
    for (name, value) in [
      ("addr", 1 << 32 + index << 20), ("size", 4096 + index % 97 * 512), ("stream", 0),
      ("time_us", 1_712_195_495_500_000 + 10 * time),
    ] {
      key(name)
      add(value)
    }
    key("frames")
    begin("]")
    for frame in 0..<3 {
      begin("}")
      key("name")
      add(frame == 0 ? "at::empty" : "forward\(frame)")
      key("filename")
      add(frame == 0 ? "??" : "model.py")
      key("line")
      add(10 * frame)
      end("u")
    }
    end("e")
    end("u")
  }

  private mutating func begin(_ opcode: String) { bytes += Array("\(opcode)(".utf8) }
  private mutating func end(_ opcode: String) { bytes += Array(opcode.utf8) }
  private mutating func key(_ name: String) { add(name) }

  private mutating func add(_ text: String) {
    bytes += [0x8C, UInt8(text.utf8.count)] + Array(text.utf8) + [0x94]
  }

  private mutating func add(_ number: Int) {
    bytes += [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
