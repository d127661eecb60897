import Profiles

/// Turns a history of buffers into operators and tensors: an operator for each moment.
///
/// An operator writes what its moment allocates, changes what it changes, and reads what it releases,
/// so that every buffer lives as long as the history says. What is kept beyond the history is read by
/// the last operator.
struct LifetimeProfile {
  let tensors: [Tensor]
  private(set) var operators: [Profiles.Operator] = []

  init(_ history: BufferHistory, _ moments: Moments) {
    tensors = history.buffers.enumerated().compactMap { index, buffer in
      buffer.bytes > 0 ? LifetimeProfile.tensor(index, buffer) : nil
    }
    var made = [[Int]](repeating: [], count: moments.count)
    var changed = made
    var ended = made
    var madeIn = [Int](repeating: -1, count: history.buffers.count)
    for (index, event) in history.events.enumerated() {
      let moment = moments.ofEvent[index]
      switch event.action {
      case .allocate:
        made[moment].append(event.buffer)
        madeIn[event.buffer] = moment
      case .change: changed[moment].append(event.buffer)
      case .release: ended[moment].append(event.buffer)
      }
    }
    for (index, buffer) in history.buffers.enumerated() where buffer.isKept && !buffer.isEarlier {
      ended[moments.count - 1].append(index)
    }
    for moment in 0..<moments.count {
      func names(_ list: [Int]) -> [String] {
        Set(list).filter { history.buffers[$0].bytes > 0 }.sorted().map { "b\($0)" }
      }
      let label = moments.labels[moment].map { ".\($0)" } ?? ""
      operators.append(
        Profiles.Operator(
          id: "m\(moment)\(label)",
          phase: LifetimeProfile.phase(of: moment, history, moments),
          durationMicroseconds: moments.boundaries[moment + 1] - moments.boundaries[moment],
          reads: names((changed[moment] + ended[moment]).filter { madeIn[$0] != moment }),
          writes: names(made[moment] + changed[moment])))
    }
  }

  private static func tensor(_ index: Int, _ buffer: BufferHistory.Buffer) -> Tensor {
    let isPersistent = buffer.isEarlier && buffer.isKept
    // What was there before and goes on the way counts as input, unless its kind says where it is from.
    let isInput = buffer.isEarlier && !isPersistent && !buffer.kind.mayPrecedeIteration
    return Tensor(
      id: "b\(index)", bytes: buffer.bytes, kind: isInput ? .input : buffer.kind,
      isPersistent: isPersistent)
  }

  private static func phase(
    of moment: Int, _ history: BufferHistory, _ moments: Moments
  ) -> Profiles.Operator.Phase {
    if let end = history.backwardEnd, moment > moments.ofEvent[end] { return .optimizer }
    if let start = history.backwardStart, moment >= moments.ofEvent[start] { return .backward }
    return .forward
  }
}
