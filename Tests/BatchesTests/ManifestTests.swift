import Batches
import Testing

/// Lists of profiles with options.
@Suite struct ManifestTests {
  private func read(_ text: String) throws -> [Manifest.Entry] {
    try Manifest(Array(text.utf8), name: "m.jsonl").entries
  }

  private func message(_ text: String) -> String {
    do {
      _ = try read(text)
      return ""
    } catch let error as BatchInputError {
      return error.description
    } catch {
      return "\(error)"
    }
  }

  @Test("each line is an item with its options, output and name")
  func entries() throws {
    let second =
      #"{"profile": "b.json", "options": {"budget": "50%", "node_limit": 7, "gap": 0.5, "#
      + #""no-swap": true, "jitter": null, "no-recompute": false}, "#
      + #""output": "x/b.json", "id": "b", "x_note": [1]}"#
    let entries = try read("{\"profile\": \"a.json\"}\n\n" + second)
    #expect(entries.map(\.line) == [1, 3])
    #expect(entries[0].options.isEmpty)
    #expect(entries[1].options.count == 6)
    #expect(entries[1].options["budget"] == "50%")
    #expect(entries[1].options["node-limit"] == "7")
    #expect(entries[1].options["gap"] == "0.5")
    #expect(entries[1].options["no-swap"] == "true")
    #expect(entries[1].options["jitter"] == .some(nil))
    #expect(entries[1].output == "x/b.json")
    #expect(entries[1].id == "b")
  }

  @Test(
    "a fault is told with its line and a remedy",
    arguments: [
      (#"{"profile": 3}"#, "m.jsonl:1: profile: 3 is not a name; write a name"),
      (#"{"output": "x"}"#, "m.jsonl:1: profile: the key is missing; add a name"),
      (#"{"profile": "a", "outptu": "x"}"#, "m.jsonl:1: outptu: an item has no key \"outptu\""),
      (#"{"profile": "a", "profile": "b"}"#, "the key stands twice in one object"),
      (#"{"profile": ""}"#, "m.jsonl:1: profile: the text is empty"),
      (#"{"profile": "-"}"#, "m.jsonl:1: profile: \"-\" is no file; write a path"),
      (
        "{\"profile\": \"a\\u0000b\"}", "m.jsonl:1: profile: \"a\\u{0}b\" holds a control character"
      ),
      (#"{"profile": "a", "options": 3}"#, "m.jsonl:1: options: 3 is not an object"),
      (#"{"profile": "a", "options": {"gap": [1]}}"#, "options.gap: an array is no option's value"),
      (#"{"profile": "a", "options": {"a_b": 1, "a-b": 2}}"#, "stands twice in one object"),
      (#"{"profile": "a", "options": {"gap": 1e999}}"#, "is no option's value"),
      (#"[1]"#, "m.jsonl:1: an array is not an object"),
      ("\n{\"profile\": \"a\"", "m.jsonl:2: column 16: the text ends"),
      (String(repeating: "[", count: 100_000), "m.jsonl:1: column "),
      ("\u{FF}", "m.jsonl:1: column 1"),
    ])
  func faults(text: String, words: String) {
    #expect(message(text).contains(words), "\(message(text))")
  }

  @Test("a line has a largest length, and ten faults are listed")
  func limits() {
    let long = #"{"profile": ""# + String(repeating: "a", count: Manifest.maximumLineBytes) + #""}"#
    #expect(message(long).contains("m.jsonl:1: more than 1048576 bytes; shorten the line"))
    let name = #"{"profile": ""# + String(repeating: "a", count: 5000) + #""}"#
    #expect(message(name).contains("profile: the text has more than 4096 bytes"))
    let many = message(String(repeating: "{}\n", count: 25))
    #expect(many.split(separator: "\n").count == 11)
    #expect(many.hasSuffix("and 15 more"))
  }
}
