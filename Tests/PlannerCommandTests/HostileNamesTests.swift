import Foundation
import Testing

/// Pages of all kinds of plans for profiles whose names would be tags.
@Suite struct HostileNamesTests {
  /// What each name begins with.
  static let tag = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&amp;"

  /// Returns a tree in which everything that has a name is called by another one.
  private func renamed(_ tree: Any) -> Any {
    var names: [String: String] = [:]
    func collect(_ value: Any) {
      if let list = value as? [Any] { list.forEach(collect) }
      guard let object = value as? [String: Any] else { return }
      for (key, inner) in object {
        if let name = inner as? String, key == "id" || key == "name" {
          names[name] = "\(Self.tag)\(name)"
        }
        collect(inner)
      }
    }
    func rename(_ value: Any, under key: String) -> Any {
      if let list = value as? [Any] { return list.map { rename($0, under: key) } }
      if let object = value as? [String: Any] {
        return object.reduce(into: [String: Any]()) { $0[$1.key] = rename($1.value, under: $1.key) }
      }
      let isWord = ["schema", "kind", "phase", "dtype", "problem", "selection"].contains(key)
      if let name = value as? String, !isWord { return names[name] ?? name }
      return value
    }
    collect(tree)
    return rename(tree, under: "")
  }

  @Test("names stay text on every page", arguments: ReportPageTests.cases)
  func pages(of given: ReportPageTests.Case) throws {
    let folder = try Folder()
    let original = try given.profile(folder)
    let tree = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(filePath: original)))
    let profile = try folder.file(
      "renamed.json", Array(JSONSerialization.data(withJSONObject: renamed(tree))))
    // Scenarios are asked for by name.
    let arguments = given.arguments.filter { $0 != "--scenario" && $0 != "chat" }
    let page = folder.path("page.html")
    let made = try Command.run(
      [arguments[0], profile] + arguments.dropFirst() + ["--report", page])
    #expect(made.status == 0, "\(made.errors)")
    let text = try String(contentsOfFile: page, encoding: .utf8)
    #expect(!text.contains("<script>alert") && !text.contains("<img src=x"))
    #expect(text.contains("&lt;/script&gt;&lt;script&gt;alert(1)"))
    // The page's program, and its data where it has any.
    #expect((2...3).contains(text.components(separatedBy: "<script").count))
  }
}
