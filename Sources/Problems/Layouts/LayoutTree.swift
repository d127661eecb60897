import Plans
import Profiles

/// The best ways from one layout to all others (Dijkstra 1959).
struct LayoutTree: Sendable {
  /// What is made as small as can be.
  enum Goal: Sendable {
    /// The sum of the steps' times; of equals the fewest steps.
    case time
    /// The largest of the steps' peaks; of equals the fewest steps.
    case peak
  }

  /// The value of each layout: microseconds or bytes; infinite where no way leads.
  let values: [Double]
  private let source: Int
  private let previous: [Int32]
  private let arcs: [Int32]

  /// - Parameter cap: Steps with a higher peak, in bytes, are left out.
  init(_ graph: LayoutGraph, from source: Int, goal: Goal, cap: Int?) {
    let count = graph.layouts.count
    var values = [Double](repeating: .infinity, count: count)
    var lengths = [Int32](repeating: 0, count: count)
    var previous = [Int32](repeating: -1, count: count)
    var arcs = [Int32](repeating: -1, count: count)
    var isDone = [Bool](repeating: false, count: count)
    var heap = LabelHeap()
    values[source] = 0
    heap.insert(LabelHeap.Label(value: 0, length: 0, layout: Int32(source)))
    while let label = heap.removeLeast() {
      let here = Int(label.layout)
      if isDone[here] { continue }
      isDone[here] = true
      for (index, arc) in graph.arcs[here].enumerated() where !isDone[arc.target] {
        let peak = LayoutTree.peak(of: arc, at: here, from: source, graph)
        if let cap, peak > cap { continue }
        let value =
          switch goal {
          case .time: label.value + arc.microseconds
          case .peak: max(label.value, Double(peak))
          }
        let length = label.length + 1
        let target = arc.target
        guard (value, length) < (values[target], lengths[target]) else { continue }
        values[target] = value
        lengths[target] = length
        previous[target] = label.layout
        arcs[target] = Int32(index)
        heap.insert(LabelHeap.Label(value: value, length: length, layout: Int32(target)))
      }
    }
    self.values = values
    self.source = source
    self.previous = previous
    self.arcs = arcs
  }

  /// What a device holds during a step: the tensor that is converted stays until the end, because others
  /// may still read it.
  static func peak(
    of arc: LayoutGraph.Arc, at here: Int, from source: Int, _ graph: LayoutGraph
  ) -> Int {
    (here == source ? 0 : graph.bytes[source]) + graph.bytes[here] + arc.temporaryBytes
      + graph.bytes[arc.target]
  }

  /// Returns the way to a layout; nil if there is none.
  func path(to target: Int, in graph: LayoutGraph) -> LayoutPath? {
    guard values[target].isFinite else { return nil }
    var stages: [LayoutPath.Stage] = []
    var here = target
    while here != source {
      let before = Int(previous[here])
      let arc = graph.arcs[before][Int(arcs[here])]
      stages.append(
        LayoutPath.Stage(
          step: arc.step, layout: graph.layouts[here], microseconds: arc.microseconds,
          peakBytes: LayoutTree.peak(of: arc, at: before, from: source, graph)))
      here = before
    }
    return LayoutPath(
      source: graph.layouts[source], sourceBytes: graph.bytes[source], stages: stages.reversed())
  }
}

/// Labels by value, then length, then layout.
private struct LabelHeap {
  struct Label {
    let value: Double
    let length: Int32
    let layout: Int32

    var key: (Double, Int32, Int32) { (value, length, layout) }
  }

  private var labels: [Label] = []

  mutating func insert(_ label: Label) {
    labels.append(label)
    var child = labels.count - 1
    while child > 0, labels[child].key < labels[(child - 1) / 2].key {
      labels.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeLeast() -> Label? {
    guard let least = labels.first, let last = labels.popLast() else { return nil }
    guard !labels.isEmpty else { return least }
    labels[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < labels.count else { return least }
      if child + 1 < labels.count, labels[child + 1].key < labels[child].key { child += 1 }
      guard labels[child].key < labels[parent].key else { return least }
      labels.swapAt(parent, child)
      parent = child
    }
  }
}
