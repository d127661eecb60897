import Foundation
import Profiles
import Testing

@Suite struct InputLimitsTests {
  @Test("limits are read by name, with binary units, and others keep what holds anyway")
  func settings() throws {
    let limits = try InputLimits(setting: "depth=128, bytes=4GiB")
    #expect(limits[.depth] == 128 && limits[.bytes] == 1 << 32)
    #expect(limits[.values] == InputLimits.Kind.values.standard)
    #expect(try InputLimits(setting: "") == InputLimits())
  }

  @Test(
    "what is no limit is refused by name",
    arguments: [
      "deep=1", "depth", "depth=", "depth=0", "depth=-1", "depth=513", "depth=1e2", "depth=0x10",
      "bytes=9999999TiB", "bytes=1.5GiB", "values=٣",
    ])
  func refused(setting: String) {
    #expect(throws: Fault.self) { try InputLimits(setting: setting) }
  }

  @Test("a message tells the limit and how to raise it, and the raised limit holds")
  func raised() throws {
    let deep = Array((String(repeating: "[", count: 100) + String(repeating: "]", count: 100)).utf8)
    let error = #expect(throws: JSONSyntaxError.self) { try JSONScanner.parse(deep) }
    let words = "the limit is 64; raise it with PLANNER_LIMITS=depth=128"
    #expect(error.map { "\($0.fault)".contains(words) } == true)
    try InputLimits.$current.withValue(try InputLimits(setting: "depth=128")) {
      _ = try JSONScanner.parse(deep)
    }
    let most = InputLimits.Kind.depth.largest
    let deepest = Array(
      (String(repeating: "[", count: most) + String(repeating: "]", count: most)).utf8)
    try InputLimits.$current.withValue(try InputLimits(setting: "depth=\(most)")) {
      _ = try JSONScanner.parse(deepest)
    }
  }

  @Test("the article lists every limit as it is")
  func article() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/Collectors/Collectors.docc/Limits.md")
    let text = try String(contentsOf: path, encoding: .utf8)
    for kind in InputLimits.Kind.allCases {
      let row = "| `\(kind.rawValue)` | \(kind.standard) | \(kind.largest) | \(kind.meaning) |"
      #expect(text.contains(row), "\(row)")
    }
  }

  @Test("numbers are decimal digits; what Swift reads besides is none")
  func decimals() {
    #expect(Double(decimal: "15.6") == 15.6 && Double(decimal: "-1e3") == -1000)
    for text in ["0x10", "nan", "inf", "-infinity", "1e999", "", " 1", "1_0", "٣", "1e"] {
      #expect(Double(decimal: text) == nil, "\(text)")
    }
  }

  @Test("texts in UTF-16 are told from others")
  func encodings() {
    for bytes in [
      [0xFF, 0xFE, 0x7B, 0], [0xFE, 0xFF, 0, 0x7B], [0x7B, 0, 0x0A, 0], [0, 0x7B, 0, 0x22],
    ] {
      #expect(UTF16.begins(bytes.map { UInt8($0) }))
    }
    for text in ["{}", "{\"a\"", "", "é1"] { #expect(!UTF16.begins(Array(text.utf8))) }
    #expect(!UTF16.begins([0, 0, 0, 0]) && !UTF16.begins([8, 7, 0, 0]))
  }
}
