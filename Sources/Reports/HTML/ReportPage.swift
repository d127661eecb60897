import Mustache
import Plans
import Profiles

/// A report as one HTML file that needs nothing outside of itself.
///
/// Every name from a profile or a plan is text: templates escape what they are given, and data for the scripts
/// stand as JSON in which no tag can begin. The same page gives the same bytes.
public struct ReportPage: Sendable {
  /// What the page is called: the profile's name.
  public let title: String
  /// The kind of plan.
  let kind: String
  /// Devices and budgets, in a line.
  let subtitle: String
  /// Sentences about validity, good or bad.
  var verdicts: [Verdict] = []
  /// The main numbers.
  var facts: [Fact] = []
  /// The rest of the page.
  private(set) var sections: [Section] = []
  /// What made the plan, in a line.
  let footer: String
  /// Data for the scripts.
  private var data = JSONMembers()
  /// The names that data speak of by position.
  private var names = NameTable()

  /// A sentence with its colour.
  struct Verdict: Sendable {
    let text: String
    /// `good`, `bad` or `plain`.
    let tone: String
  }

  /// A number with its name.
  struct Fact: Sendable {
    let name: String
    let value: String
    var note: String?
  }

  /// A part of the page.
  struct Section: Sendable {
    let id: String
    let heading: String
    var text: [String] = []
    var hasTimeline = false
    var pictures: [@Sendable (Int) -> Picture] = []
    var tables: [PageTable] = []
  }

  /// Creates a page without sections.
  init(
    title: String, kind: String, subtitle: String, version: String,
    profile: Plan.ProfileReference
  ) {
    self.title = Page.printable(title)
    self.kind = kind
    self.subtitle = Page.printable(subtitle)
    let digest = profile.sha256.map { ", SHA-256 \($0)" } ?? ""
    let maker = version.hasPrefix("planner") ? version : "planner \(version)"
    footer = Page.printable("\(maker). Profile \(profile.name)\(digest).")
  }

  /// Adds a part at the end.
  mutating func add(_ section: Section) { sections.append(section) }

  /// Adds a number to the summary.
  mutating func add(fact name: String, _ value: String, _ note: String? = nil) {
    facts.append(
      Fact(name: name, value: Page.printable(value), note: note.map { Page.printable($0) }))
  }

  /// Adds a sentence to the summary.
  mutating func add(verdict text: String, _ tone: String) {
    verdicts.append(Verdict(text: Page.printable(text), tone: tone))
  }

  /// Adds data for the scripts.
  ///
  /// - Parameters:
  ///   - key: What the scripts call them.
  ///   - code: Returns them, with names by their positions.
  mutating func add(data key: String, _ code: (inout NameTable) -> JSON) {
    data.add(key, code(&names))
  }

  /// Adds what several strategies found.
  mutating func addSearch(_ table: PageTable) {
    guard !table.rows.isEmpty else { return }
    add(Section(id: "search", heading: "Search", tables: [table]))
  }

  /// Returns the file.
  ///
  /// - Throws: What the template library throws if a template is broken.
  public func html() throws -> String {
    var library = MustacheLibrary()
    try library.register(Self.text(PackageResources.table_mustache), named: "table")
    try library.register(Self.text(PackageResources.page_mustache), named: "page")
    let model = PageModel(
      self, style: Self.style, script: Self.text(PackageResources.report_js),
      data: embeddedData)
    return library.render(model, withTemplate: "page") ?? ""
  }

  /// The data with all names; nil if there are none.
  private var embeddedData: String? {
    guard data.object != .object([]) else { return nil }
    var all = data
    all.add("names", .array(names.names.map { .string(Page.printable($0)) }))
    return Self.embedded(all.object)
  }

  /// Returns JSON in which no tag can begin or end: `<` and `>` become their escapes.
  static func embedded(_ value: JSON) -> String {
    var bytes: [UInt8] = []
    for byte in JSONWriter.encode(value, pretty: false) where byte != UInt8(ascii: "\n") {
      switch byte {
      case UInt8(ascii: "<"): bytes += Array("\\u003c".utf8)
      case UInt8(ascii: ">"): bytes += Array("\\u003e".utf8)
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// The style sheet with the colours of all tones.
  private static var style: String {
    let (light, dark) = (Tone.variables(dark: false), Tone.variables(dark: true))
    return ":root{\(light)}@media (prefers-color-scheme:dark){:root{\(dark)}}"
      + ":root[data-theme=light]{\(light)}:root[data-theme=dark]{\(dark)}"
      + "@media print{:root,:root[data-theme]{\(light)}}\(Tone.pageRules)\n"
      + text(PackageResources.report_css)
  }
}
