import Foundation
import Plans
import Profiles
import Reports
import Simulation
import Testing

@Suite("Traces of planned iterations")
struct PerfettoTests {
  /// An event as readers of the format see it.
  struct Event: Decodable {
    var ph: String
    var name: String
    var pid: Int
    var tid: Int?
    var ts: Double?
    var dur: Double?
    var id: Int?
    var bp: String?
    var cat: String?
    var args: [String: Value]?

    enum Value: Decodable, Equatable {
      case number(Double)
      case text(String)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
          self = .number(number)
        } else {
          self = .text(try container.decode(String.self))
        }
      }
    }

    /// Whole nanoseconds, as readers get them.
    var start: Int { Int((ts ?? -1) * 1000) }
    var end: Int { start + Int((dur ?? 0) * 1000) }
  }

  private struct File: Decodable {
    var displayTimeUnit: String
    var traceEvents: [Event]
  }

  static func events(_ report: SwapReport) throws -> [Event] {
    let bytes = try SwapExport(report, as: .perfetto).bytes
    return try JSONDecoder().decode(File.self, from: Data(bytes)).traceEvents
  }

  @Test("the worked example has its tasks, copies, waits, arrows and memory")
  func workedExample() throws {
    let events = try Self.events(Sample.report())
    func slices(_ category: String) -> [String] {
      events.filter { $0.ph == "X" && $0.cat == category }
        .map { "\($0.name) \($0.start / 1_000_000)-\($0.end / 1_000_000)" }
    }
    #expect(slices("recompute") == ["f2 72-82"])
    #expect(slices("forward").first == "f1 0-10" && slices("forward").last == "b1 102-112")
    #expect(slices("copy") == ["a 20-41", "a 51-72"])
    #expect(slices("stall") == ["waits for memory 30-41", "waits for a tensor 51-72"])
    let flows = events.filter { ["s", "t", "f"].contains($0.ph) }
    #expect(
      flows.map { "\($0.ph) \($0.name) \($0.id ?? 0) \($0.start / 1_000_000)" } == [
        "s swap 1 20", "f swap 1 51", "s prefetch 2 41", "f prefetch 2 51",
      ])
    #expect(flows.filter { $0.ph == "f" }.allSatisfy { $0.bp == "e" })
    let device = events.filter { $0.ph == "C" && $0.name == "device memory, bytes" }
    #expect(
      device.contains { $0.args?["all"] == .number(Double(70 * Sample.mebibyte)) })
    let host = events.filter { $0.ph == "C" && $0.name == "host memory, bytes" }
    #expect(host.contains { $0.args?["all"] == .number(Double(20 * Sample.mebibyte)) })
  }

  @Test(
    "slices of a thread never overlap, arrows begin and end in slices", arguments: UInt64(1)..<12)
  func rules(_ seed: UInt64) throws {
    let report = try SwapExportTests.random(seed)
    #expect(report.result.isValid)
    let events = try Self.events(report)
    let named = Set(events.filter { $0.name == "thread_name" }.compactMap(\.tid))
    var slices: [Int: [Event]] = [:]
    for event in events where event.ph == "X" {
      #expect(event.start >= 0 && event.end >= event.start)
      slices[try #require(event.tid), default: []].append(event)
    }
    #expect(named.isSuperset(of: slices.keys))
    for lane in slices.values {
      let sorted = lane.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
      for (first, second) in zip(sorted, sorted.dropFirst()) {
        #expect(first.end <= second.start, "\(first.name) and \(second.name)")
      }
    }
    var flows: [Int: [Event]] = [:]
    for event in events where ["s", "t", "f"].contains(event.ph) {
      flows[try #require(event.id), default: []].append(event)
      #expect(slices[try #require(event.tid)]?.contains { $0.start == event.start } == true)
    }
    #expect(!flows.isEmpty)
    for flow in flows.values {
      #expect(flow.first?.ph == "s" && flow.last?.ph == "f")
      #expect(zip(flow, flow.dropFirst()).allSatisfy { $0.start <= $1.start })
    }
    // The kinds add up to all.
    func counter(_ name: String) -> [Int: Double] {
      var sums: [Int: Double] = [:]
      for event in events where event.ph == "C" && event.name == name {
        sums[event.start] = (event.args ?? [:]).values.reduce(0) {
          if case .number(let bytes) = $1 { $0 + bytes } else { $0 }
        }
      }
      return sums
    }
    let kinds = counter("device memory by kind, bytes")
    for (moment, bytes) in counter("device memory, bytes") { #expect(kinds[moment] == bytes) }
  }
}
