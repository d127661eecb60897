import Foundation
import Reports
import Testing

/// What a grid's sweep tells.
@Suite struct GridReportTests {
  private func report() -> GridReport {
    var rows = ["a", "b,\"c\""].flatMap { variant in
      [1024, 2048].map { bytes in
        GridReport.Row(
          variant: variant, device: nil, batch: 2, linkGBPerSecond: 12.5, budget: nil,
          budgetBytes: bytes)
      }
    }
    for index in 0..<3 {
      rows[index].status = "planned"
      rows[index].value = Double(10 - index)
      rows[index].bound = 5
      rows[index].isRepeatable = true
    }
    rows[3].status = "infeasible"
    rows[3].code = 4
    return GridReport(name: "model", rows: rows)
  }

  @Test("CSV has a line for each combination, quoted where it must be")
  func csv() {
    let lines = report().csv().split(separator: "\n").map(String.init)
    #expect(lines.count == 5)
    #expect(lines[1] == "a,,2,12.5,,1024,planned,10.0,5.0,,true")
    #expect(lines[4] == "\"b,\"\"c\"\"\",,2,12.5,,2048,infeasible,,,,")
  }

  @Test("JSON and text tell the same, and the picture has a line for each profile with a plan")
  func others() throws {
    let text = try report().json()
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let points = try #require(object?["points"] as? [[String: Any]])
    #expect(points.compactMap { $0["iteration_us"] as? Double } == [10, 9, 8])
    #expect(points[3]["status"] as? String == "infeasible")
    #expect(report().text().contains("4 combinations, 3 with a plan"))
    let svg = report().picture().svg
    #expect(svg.components(separatedBy: "<circle").count == 4)
    #expect(svg.components(separatedBy: "<path class=\"l ").count == 3)
    let failures = report().rows.filter(\.isFailure)
    #expect(failures.isEmpty)
  }
}
