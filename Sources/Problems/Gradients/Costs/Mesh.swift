import Foundation
import Plans
import Profiles

/// The workers and their links.
///
/// A device sends to others of its node over a link of its own; all devices of a node share what leads
/// to other nodes.
struct Mesh {
  let nodes: Int
  let devices: Int
  let within: Link?
  let between: Link?
  let valueBytes: Int
  /// Bytes of gradient that a device looks through in a microsecond, in blocks and as a whole.
  let selectionRate: Double
  let wholeSelectionRate: Double

  init(_ exchange: GradientExchange) {
    nodes = exchange.nodes
    devices = exchange.devicesPerNode
    within = exchange.withinNode
    between = exchange.betweenNodes
    valueBytes = exchange.elementBytes
    selectionRate = exchange.selectionGBPerSecond * 1e3
    wholeSelectionRate =
      (exchange.wholeSelectionGBPerSecond ?? exchange.selectionGBPerSecond) * 1e3
  }

  var workers: Int { nodes * devices }

  /// Returns the share of some elements that one of several parts has, rounded up.
  static func part(_ elements: Int, of parts: Int) -> Int { (elements + parts - 1) / parts }

  /// Returns how long finding the largest elements takes, in microseconds.
  func selection(elements: Int, _ selection: GradientBucket.Selection) -> Double {
    let rate = selection == .whole ? wholeSelectionRate : selectionRate
    return Double(elements * valueBytes) / rate
  }
}

/// How long an exchange holds the channel, and what it sends.
struct ChannelUse {
  private(set) var microseconds = 0.0
  /// What one device sends within its node.
  private(set) var withinBytes = 0
  /// What one node sends to others.
  private(set) var betweenBytes = 0

  /// Adds messages of one size, one after the other, from each device to others of its node.
  mutating func sendWithin(_ mesh: Mesh, messages: Int, bytes: Int) {
    guard messages > 0, let link = mesh.within else { return }
    microseconds += Double(messages) * link.copyMicroseconds(bytes: bytes)
    withinBytes += messages * bytes
  }

  /// Adds messages of one size from each node to others.
  mutating func sendBetween(_ mesh: Mesh, messages: Int, bytes: Int) {
    guard messages > 0, let link = mesh.between else { return }
    microseconds += Double(messages) * link.copyMicroseconds(bytes: bytes)
    betweenBytes += messages * bytes
  }

  /// Adds messages of which each worker sends one at once, to workers anywhere: all devices of a node
  /// share its link to others.
  mutating func sendFlat(_ mesh: Mesh, messages: Int, bytes: Int) {
    if mesh.nodes > 1 {
      sendBetween(mesh, messages: messages, bytes: mesh.devices * bytes)
    } else {
      sendWithin(mesh, messages: messages, bytes: bytes)
    }
  }

  /// Adds time in which nothing is sent.
  mutating func wait(_ time: Double) { microseconds += time }
}
