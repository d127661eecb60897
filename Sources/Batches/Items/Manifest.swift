import Profiles

/// A list of profiles with options: one JSON object a line.
///
/// Its keys are `profile` (required), `options`, `output` and `id`. Blank lines are skipped. What a
/// line may hold is limited, because a manifest may come from anyone.
package struct Manifest {
  /// The most bytes of one line.
  package static let maximumLineBytes = 1 << 20
  /// The most bytes of a path or a name.
  static let maximumNameBytes = 4096

  /// One line.
  package struct Entry: Sendable, Hashable {
    /// The line's number, from 1.
    package var line: Int
    /// The profile's path as written.
    package var profile: String
    /// Options by name; nil takes back what the command line says.
    package var options: [String: String?]
    /// Where the plan goes, as written.
    package var output: String?
    /// What results call the item.
    package var id: String?
  }

  /// The lines in their order.
  package private(set) var entries: [Entry] = []

  /// Reads a manifest.
  ///
  /// - Parameters:
  ///   - bytes: Its text.
  ///   - name: What messages call it.
  /// - Throws: `BatchInputError` with the first ten faults and their lines.
  package init(_ bytes: [UInt8], name: String) throws(BatchInputError) {
    var faults: [String] = []
    var line = 0
    var start = bytes.startIndex
    while start < bytes.endIndex {
      line += 1
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
      let text = bytes[start..<end]
      start = end < bytes.endIndex ? end + 1 : end
      if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      guard text.count <= Self.maximumLineBytes else {
        faults.append("\(name):\(line): more than \(Self.maximumLineBytes) bytes; shorten the line")
        continue
      }
      guard entries.count < InputLimits.current[.items] else {
        throw BatchInputError(
          "\(name):\(line): too many items; split the manifest up; \(InputLimits.raise(.items))")
      }
      switch Self.entry(Array(text), line: line) {
      case .success(let entry): entries.append(entry)
      case .failure(let found): faults += found.words.map { "\(name):\(line): \($0)" }
      }
    }
    if !faults.isEmpty { throw BatchInputError(faults) }
  }

  private struct Faults: Error {
    var words: [String]
  }

  private static func entry(_ text: [UInt8], line: Int) -> Result<Entry, Faults> {
    let tree: JSON
    do {
      tree = try JSONScanner.parse(text)
    } catch {
      let words = "column \(error.column): \(error.problem); \(error.remedy)"
      return .failure(Faults(words: [words]))
    }
    var reader = JSONReader()
    let keys = ["profile", "options", "output", "id"]
    guard let object = reader.object(tree, at: .root, of: "an item", keys: keys) else {
      return .failure(Faults(words: reader.faults.first.map(\.description)))
    }
    let profile = reader.requiredText("profile", in: object)
    let output = reader.text("output", in: object)
    let id = reader.text("id", in: object)
    for (key, value) in [("profile", profile), ("output", output), ("id", id)] {
      if let value { check(value, at: .root[key], &reader.faults) }
    }
    if profile == "-" {
      reader.faults.add(.root["profile"], "\"-\" is no file", "write a path")
    }
    let options = object["options"].map { reader.options($0, at: .root["options"]) } ?? [:]
    guard let profile, reader.faults.isEmpty else {
      return .failure(Faults(words: reader.faults.first.map(\.description)))
    }
    return .success(
      Entry(line: line, profile: profile, options: options, output: output, id: id))
  }

  private static func check(_ text: String, at place: JSONPath, _ faults: inout FaultList) {
    if text.isEmpty { faults.add(place, "the text is empty", "write a name or leave the key out") }
    if text.utf8.count > maximumNameBytes {
      faults.add(place, "the text has more than \(maximumNameBytes) bytes", "shorten it")
    }
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      faults.add(place, "\(JSON.quoted(text)) holds a control character", "remove it")
    }
  }
}

extension JSONReader {
  /// Reads options by name. Which of them exist the command line knows.
  mutating func options(_ value: JSON, at path: JSONPath) -> [String: String?] {
    guard case .object(let members) = value else {
      faults.add(
        path, "\(value.shown) is not an object",
        "write the options of planner solve, as {\"budget\": \"50%\", \"no-swap\": true}")
      return [:]
    }
    var options: [String: String?] = [:]
    for member in members {
      let name = member.key.replacing("_", with: "-")
      if options.keys.contains(name) {
        faults.add(path[member.key], "the key stands twice in one object", "keep one of the two")
      }
      switch member.value {
      case .string(let text): options[name] = .some(text)
      case .integer(let number): options[name] = .some(String(number))
      case .number(let number) where number.isFinite:
        options[name] = .some(JSONWriter.text(of: number))
      case .boolean(true): options[name] = .some("true")
      case .boolean(false), .null: options[name] = .some(nil)
      case .number, .array, .object:
        faults.add(
          path[member.key], "\(member.value.shown) is no option's value",
          "write a text, a number, true or false")
      }
    }
    return options
  }
}
