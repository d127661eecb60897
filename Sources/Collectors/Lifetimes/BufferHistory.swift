import Profiles

/// What an allocator saw: when buffers came, changed and went.
struct BufferHistory {
  /// A buffer.
  struct Buffer {
    /// Its size.
    var bytes: Int
    /// What it is for.
    var kind: Tensor.Kind
    /// Whether it was there before the history begins.
    var isEarlier = false
    /// Whether the history ends before the buffer does.
    var isKept = true
  }

  /// What happens to a buffer.
  enum Action {
    case allocate
    case change
    case release
  }

  /// One event.
  struct Event {
    var microseconds: Double
    var action: Action
    /// The buffer's position.
    var buffer: Int
    /// Who asked for it, where that is known.
    var label: String?
  }

  /// All buffers.
  var buffers: [Buffer] = []
  /// The events in the order in which they happened.
  var events: [Event] = []
  /// The first event of the backward pass and one of its last moment, where that is known.
  var backwardStart: Int?
  var backwardEnd: Int?

  /// Adds a buffer and returns its position.
  mutating func add(_ bytes: Int, _ kind: Tensor.Kind, isEarlier: Bool = false) -> Int {
    buffers.append(Buffer(bytes: bytes, kind: kind, isEarlier: isEarlier))
    return buffers.count - 1
  }

  /// Adds an event; time doesn't run back, whatever the clocks of several threads say.
  mutating func add(
    _ action: Action, _ buffer: Int, at microseconds: Double, label: String? = nil
  ) {
    let time = max(microseconds, events.last?.microseconds ?? microseconds)
    events.append(Event(microseconds: time, action: action, buffer: buffer, label: label))
    if action == .release { buffers[buffer].isKept = false }
  }
}
