import ExpertPlacement
import Foundation
import Testing

/// The published rules that plans are compared with.
@Suite struct BaselineTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    var load: [Double]
    var replicas: Int
    var groups: Int
    var nodes: Int
    var devices: Int
    var expected: [Int]

    var testDescription: String { "\(replicas) replicas on \(devices) devices, \(nodes) nodes" }
  }

  static func cases() -> [Case] {
    let file = Layers.fixtures.appending(path: "eplb.json")
    return (try? JSONDecoder().decode([Case].self, from: Data(contentsOf: file))) ?? []
  }

  @Test("fourteen cases are there, the first two of EPLB's README")
  func count() {
    #expect(Self.cases().count == 14)
  }

  @Test("EPLB gives what its published algorithm gives", arguments: cases())
  func eplb(item: Case) throws {
    let eplb = try #require(
      EPLB(
        experts: item.load.count, devices: item.devices, nodes: item.nodes, groups: item.groups,
        replicas: item.replicas))
    #expect(Array(eplb.place(item.load).joined()) == item.expected)
  }

  @Test("EPLB is refused where it has no rule")
  func refused() {
    #expect(EPLB(experts: 8, devices: 3, nodes: 1, groups: 1, replicas: 10) == nil)
    #expect(EPLB(experts: 8, devices: 2, nodes: 1, groups: 1, replicas: 6) == nil)
    #expect(EPLB(experts: 8, devices: 3, nodes: 2, groups: 1, replicas: 12) == nil)
  }
}
