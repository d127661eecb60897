import Foundation
import Profiles
import TestSupport
import Testing

/// Files that are no profiles: each is refused by name, place and remedy, at once and without output.
@Suite("planner: broken input") struct BrokenInputTests {
  /// A file and what the message says of it; a remedy follows a semicolon.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let says: String

    init(_ name: String, _ bytes: [UInt8], says: String = ";") {
      testDescription = name
      self.bytes = bytes
      self.says = says
    }

    init(_ name: String, _ text: String, says: String = ";") {
      self.init(name, Array(text.utf8), says: says)
    }

    /// A small profile with one part of its text exchanged.
    init(_ name: String, replacing old: String, by new: String, says: String = ";") {
      let text = String(
        decoding: RandomProfile.layered(layers: 3, seed: 1).encoded(compressed: false),
        as: UTF8.self)
      precondition(text.contains(old), "the profile has no \(old)")
      let range = text.range(of: old)
      self.init(name, range.map { text.replacingCharacters(in: $0, with: new) } ?? text, says: says)
    }
  }

  static let cases: [Case] = {
    let whole = RandomProfile.layered(layers: 3, seed: 1).encoded(compressed: false)
    let packed = RandomProfile.layered(layers: 3, seed: 1).encoded(compressed: true)
    let deep = String(repeating: "[", count: 100_000)
    return [
      Case("empty", ""), Case("blank", " \n\t"), Case("null", "null"), Case("a list", "[]"),
      Case("an empty object", "{}", says: "schema"), Case("text", "hello"),
      Case("half a file", Array(whole.prefix(whole.count / 2)), says: "line"),
      Case("half a compressed file", Array(packed.prefix(packed.count / 2))),
      Case("a damaged compressed file", packed.prefix(60) + [0, 1, 2, 3] + packed.dropFirst(64)),
      Case("a byte more", whole + Array("}".utf8)),
      Case("zeros", [UInt8](repeating: 0, count: 999)),
      Case("not UTF-8", [UInt8](repeating: 0xFF, count: 99)),
      Case("UTF-16", [0xFF, 0xFE] + "{}".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }),
      Case("deep", deep, says: "nest"),
      Case("deep objects", String(repeating: "{\"a\":", count: 9999)),
      Case("an open string", "{\"schema"),
      Case("another schema", "{\"schema\": \"planner.plan/1\"}"),
      Case(
        "a later schema", replacing: "planner.profile/1", by: "planner.profile/9", says: "schema"),
      Case("a negative size", replacing: "\"bytes\": ", by: "\"bytes\": -", says: "bytes"),
      Case(
        "half a byte", replacing: "\"bytes\": ", by: "\"bytes\": 0.5e0, \"x_\": ", says: "bytes"),
      Case(
        "too many bytes", replacing: "\"bytes\": ", by: "\"bytes\": 9e99, \"x_\": ", says: "bytes"),
      Case(
        "a size in words", replacing: "\"bytes\": ", by: "\"bytes\": \"1\", \"x_\": ", says: "bytes"
      ),
      Case(
        "a time below zero", replacing: "\"duration_us\": ", by: "\"duration_us\": -",
        says: "duration"),
      Case(
        "endless time", replacing: "\"duration_us\": ", by: "\"duration_us\": 1e999, \"x_\": ",
        says: "duration"),
      Case("another unit", replacing: "\"duration_us\"", by: "\"duration_ms\"", says: "duration"),
      Case(
        "an unknown key", replacing: "\"bytes\": ", by: "\"colour\": 1, \"bytes\": ", says: "colour"
      ),
      Case("a key twice", replacing: "\"bytes\": ", by: "\"bytes\": 1, \"bytes\": ", says: "bytes"),
      Case("a dangling name", replacing: "\"act0\"", by: "\"<script>\""),
      Case("control characters", replacing: "\"act0\"", by: "\"a\\u0007\\u001b[2J\""),
      Case("an unknown kind", replacing: "\"input\"", by: "\"output_of_mine\""),
      Case("an unknown phase", replacing: "\"forward\"", by: "\"sideways\""),
    ]
  }()

  @Test("each is refused", arguments: cases)
  func refused(broken: Case) throws {
    let folder = try Folder()
    let path = try folder.file("broken.json", broken.bytes)
    let run = try Command.run(["solve", path, "--budget", "1GiB"])
    #expect(run.status == 3, "\(run.errors)")
    #expect(run.output.isEmpty)
    #expect(run.errors.contains("broken.json"))
    #expect(run.errors.contains(broken.says))
    #expect(!run.errors.unicodeScalars.contains("\u{1B}"))
    #expect(run.seconds < 60, "a refusal takes milliseconds; a busy machine may take seconds")
  }

  @Test(
    "files that can't be read are refused", arguments: ["/", "/nonexistent/p.json", "/dev/null"])
  func unreadable(path: String) throws {
    for command in [
      ["solve", path], ["report", path],
      ["collect", "onnx", path, "--batch", "1", "--device", "T4"],
    ] {
      let run = try Command.run(command)
      #expect(run.status == 3, "\(command): \(run.errors)")
      #expect(run.output.isEmpty)
    }
  }

  @Test("broken plans are refused")
  func plans() throws {
    let folder = try Folder()
    let profile = try folder.profile()
    for (index, text) in ["", "{}", "[1", "{\"schema\": \"planner.profile/1\"}", "{\"schema\": 7}"]
      .enumerated()
    {
      let plan = try folder.file("plan\(index).json", Array(text.utf8))
      let run = try Command.run(["check", profile, plan])
      #expect(run.status == 3, "\(text): \(run.errors)")
      #expect(run.errors.contains("plan\(index).json"))
    }
  }
}
