import Foundation
import Plans
import Profiles
import Simulation
import TestSupport
import Testing

@testable import Reports

/// The HTML page of a swap plan.
@Suite struct SwapPageTests {
  /// Names that would be tags, ends of scripts, entities, quotes, or turn the text around.
  static let hostile = [
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a&amp;b\"'",
    "<!-- comment", "{{title}}{{{data}}}", "\u{202E}reversed\u{0000}\u{2028}", "<script>",
  ]

  /// The sample with a hostile name for each tensor and operator, and for itself.
  static func hostileReport() throws -> SwapReport {
    var profile = Sample.profile
    var names: [String: String] = [:]
    for (index, tensor) in profile.tensors.enumerated() {
      names[tensor.id] = "\(hostile[index % hostile.count]) t\(index)"
    }
    for (index, operation) in profile.operators.enumerated() {
      names[operation.id] = "\(hostile[index % hostile.count]) o\(index)"
    }
    func renamed(_ name: String) -> String { names[name] ?? name }
    for index in profile.tensors.indices {
      profile.tensors[index].id = renamed(profile.tensors[index].id)
      profile.tensors[index].aliasOf = profile.tensors[index].aliasOf.map(renamed)
    }
    for index in profile.operators.indices {
      profile.operators[index].id = renamed(profile.operators[index].id)
      profile.operators[index].reads = profile.operators[index].reads.map(renamed)
      profile.operators[index].writes = profile.operators[index].writes.map(renamed)
    }
    profile.name = hostile[0]
    profile.device?.name = hostile[1]
    var plan = Sample.plan
    plan.profile.name = profile.name
    guard case .swap(var swap) = plan.decisions else { return try Sample.report() }
    swap.gaps = swap.gaps.map { gap in
      let action: GapDecision.Action =
        switch gap.action {
        case .keep: .keep
        case .swap(let prefetch, _, _): .swap(prefetchAt: renamed(prefetch))
        case .recompute(let chain, _): .recompute(operators: chain.map(renamed))
        }
      return GapDecision(
        tensor: renamed(gap.tensor), after: renamed(gap.after), before: renamed(gap.before),
        action: action)
    }
    plan.decisions = .swap(swap)
    plan.reasons = plan.reasons.map {
      Reason(
        tensor: renamed($0.tensor), after: renamed($0.after), before: renamed($0.before),
        freedBytes: $0.freedBytes, costMicroseconds: $0.costMicroseconds,
        neededAt: renamed($0.neededAt), text: "needed by \(renamed($0.neededAt))")
    }
    plan.search[0].strategy = hostile[6]
    plan.search[0].termination = hostile[1]
    plan.lowerBound?.method = hostile[3]
    return SwapReport(plan, simulator: try Simulator(profile: profile))
  }

  @Test("hostile names stay text")
  func escaping() throws {
    let report = try Self.hostileReport()
    #expect(report.result.isValid)
    let page = try report.page(hasSeconds: true).html()
    let plain = try Sample.report().page(hasSeconds: true).html()
    func count(_ text: String, in page: String) -> Int { page.components(separatedBy: text).count }
    // As many tags as with harmless names.
    for tag in ["<script", "</script", "<img", "<!--", "<svg", "<title", "</title"] {
      #expect(count(tag, in: page) == count(tag, in: plain), "\(tag)")
    }
    #expect(!page.contains("onerror=alert(1)>"))
    #expect(!page.unicodeScalars.contains("\u{0000}"))
    #expect(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"))
    #expect(page.contains("{{title}}{{{data}}} o4"))
    for name in Self.hostile.dropLast(2) {
      #expect(try Self.data(of: page).contains { $0.hasPrefix(name) }, "\(name)")
    }
    let svg = report.picture().svg
    #expect(!svg.contains("<script") && !svg.contains("<img"))
    #expect(XMLCheck.isWellFormed(svg))
  }

  /// The names in the page's data, as a program reads them.
  private static func data(of page: String) throws -> [String] {
    let begin = try #require(page.range(of: "id=\"data\">"))
    let end = try #require(page.range(of: "</script>", range: begin.upperBound..<page.endIndex))
    let object = try JSONSerialization.jsonObject(
      with: Data(page[begin.upperBound..<end.lowerBound].utf8))
    return try #require((object as? [String: Any])?["names"] as? [String])
  }

  @Test("the same report gives the same bytes, and nothing outside is named")
  func determinism() throws {
    let page = try Sample.report().page().html()
    #expect(try Sample.report().page().html() == page)
    // Pictures inside of a page need no namespace.
    for reference in ["http:", "https:", "//cdn", "@import", "url(", "src=", "<link rel=\"style"] {
      #expect(!page.contains(reference), "\(reference)")
    }
    let svg = try Sample.report().picture().svg
    #expect(svg.components(separatedBy: "http").count == 2)
    #expect(svg.contains("xmlns=\"http://www.w3.org/2000/svg\""))
    #expect(svg.contains("<title id=\"title\">") && svg.contains("<desc id=\"desc\">"))
  }

  @Test("the page tells numbers, stalls, decisions with reasons, the search and its seconds")
  func contents() throws {
    let page = try Sample.report().page(hasSeconds: true).html()
    for words in [
      "The simulator finds the plan valid.", "112.000 ms", "+42.000 ms (+60.0 %)", "101.000 ms",
      "70.00 MiB", "for tensors 21.000 ms, for memory 11.000 ms", "1234", "node limit",
      "Running &#39;f2&#39; again takes 10 ms", "waits for a tensor", "1.50", "budget 70.00 MiB",
    ] {
      #expect(page.contains(words), "\(words)")
    }
    let later = try Sample.report().page().html()
    #expect(!later.contains("1.50"))
    #expect(later.contains("Plan files carry no seconds"))
  }

  @Test("a plan that fails has a page that says where it stops")
  func failure() throws {
    let report = try Sample.report(
      [Sample.gap("a", .keep), Sample.gap("b", .keep), Sample.gap("x", .keep)], budget: 70)
    #expect(!report.result.isValid)
    let page = try report.page().html()
    #expect(page.contains("The plan fails."))
    #expect(page.contains("up to where it stops"))
  }

  @Test("layers of memory add up to what the simulator measured", arguments: UInt64(0)..<20)
  func layers(seed: UInt64) throws {
    let profile = RandomProfile.layered(layers: 4, seed: seed)
    let simulator = try Simulator(profile: profile)
    let result = simulator.runUnconstrained()
    let layers = MemoryLayers(result, storages: simulator.storages)
    #expect(layers.sums == result.memory.map(\.deviceBytes))
    #expect(layers.sums.max() == result.peakDeviceBytes)
    let picked = layers.fullest(columns: 7, of: layers.sums)
    #expect(picked.map { layers.sums[$0] }.max() == result.peakDeviceBytes)
    #expect(picked == picked.sorted())
  }

  @Test("two lines of memory stand in the text where they are asked for")
  func lines() throws {
    let report = try Sample.report()
    #expect(!report.text().contains("over time, before"))
    let text = report.text(hasTimeline: true)
    #expect(text.contains("  over time, before  "))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }
}
