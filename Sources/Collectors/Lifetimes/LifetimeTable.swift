/// Buffers with their lifetimes, for planning addresses.
public struct LifetimeTable: Sendable, Hashable {
  /// One buffer: live from the moment `lower` until just before `upper`.
  public struct Row: Sendable, Hashable {
    /// The name of the buffer's tensor.
    public let id: String
    /// The first moment.
    public let lower: Int
    /// The moment after the last.
    public let upper: Int
    /// The bytes.
    public let size: Int
  }

  /// The buffers.
  public let rows: [Row]

  /// The table as minimalloc's benchmarks write it: `id,lower,upper,size` with a heading.
  public var csv: String {
    var text = "id,lower,upper,size\n"
    for row in rows { text += "\(row.id),\(row.lower),\(row.upper),\(row.size)\n" }
    return text
  }
}

extension LifetimeTable {
  /// Reads the lifetimes off a history; a buffer lives through the moment that releases it.
  init(_ history: BufferHistory, _ moments: Moments) {
    var lower = [Int](repeating: 0, count: history.buffers.count)
    var upper = [Int](repeating: moments.count, count: history.buffers.count)
    for (index, event) in history.events.enumerated() {
      switch event.action {
      case .allocate: lower[event.buffer] = moments.ofEvent[index]
      case .release: upper[event.buffer] = moments.ofEvent[index] + 1
      case .change: break
      }
    }
    rows = history.buffers.indices.compactMap { index in
      let bytes = history.buffers[index].bytes
      guard bytes > 0 else { return nil }
      return Row(id: "b\(index)", lower: lower[index], upper: upper[index], size: bytes)
    }
  }
}
