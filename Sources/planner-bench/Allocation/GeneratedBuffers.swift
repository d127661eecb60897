import Optimization
import Plans

/// Buffers as networks have them, the same on each run.
enum GeneratedBuffers {
  /// Buffers that fill 1 MiB to the last byte at every time: a rectangle of time and memory, cut in two
  /// again and again. No layout takes less.
  static func perfect(_ count: Int) -> [Buffer] {
    var random = SplitMix(state: UInt64(count))
    var parts = [(time: 0..<1 << 20, memory: 0..<1024)]
    while parts.count < count {
      let index = random.below(parts.count)
      let part = parts[index]
      let cutsTime = random.below(3) > 0
      let side = cutsTime ? part.time : part.memory
      let cut = side.lowerBound + side.count * (15 + random.below(70)) / 100
      guard side.lowerBound < cut else { continue }
      let halves = (side.lowerBound..<cut, cut..<side.upperBound)
      parts[index] = cutsTime ? (halves.0, part.memory) : (part.time, halves.0)
      parts.append(cutsTime ? (halves.1, part.memory) : (part.time, halves.1))
    }
    parts.sort { ($0.time.lowerBound, $0.memory.count) < ($1.time.lowerBound, $1.memory.count) }
    return parts.enumerated().map { index, part in
      Buffer(
        id: "\(index)", lower: part.time.lowerBound, upper: part.time.upperBound,
        size: part.memory.count * 1024)
    }
  }

  /// The buffers of a training iteration: outputs that live until their backward pass, gradients,
  /// weights, and workspaces of one operator.
  static func training(layers: Int) -> [Buffer] {
    var random = SplitMix(state: UInt64(layers))
    var buffers: [Buffer] = []
    func add(_ lower: Int, _ upper: Int, _ size: Int) {
      buffers.append(Buffer(id: "\(buffers.count)", lower: lower, upper: upper, size: size))
    }
    for layer in 0..<layers {
      let (begin, back) = (2 * layer, 4 * layers - 2 * layer)
      let output = 512 << random.below(12)
      add(begin, back, output)
      add(back - 1, back + 2, output)
      add(begin, begin + 1, 512 * (1 + random.below(4096)))
      add(back, back + 1, 512 * (1 + random.below(4096)))
      add(0, 4 * layers + 2, 512 * (1 + random.below(512)))
    }
    return buffers
  }
}
