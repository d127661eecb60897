import Foundation
import Testing

/// Pages in headless Chromium, where it is installed: Debian's package `chromium`.
@Suite struct BrowserTests {
  static let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// What a frame of one page measures.
  struct Measures: Decodable {
    let title: String
    let faults: [String]
    let overflow: Int
    let canvasColours: Int?
    let pictures: Int
    let sorted: String?
    let found: Int?
    let status: String?
  }

  @Test(
    "scripts run without a word, nothing is wider than 400 pixels, and tables sort",
    .enabled(if: browser != nil, "Chromium is not installed: apt-get install chromium"))
  func pages() throws {
    let folder = try Folder()
    var frames = ""
    for (index, given) in ReportPageTests.cases.enumerated() {
      let inner = try Folder()
      let page = inner.path("page.html")
      let made = try Command.run(
        [given.arguments[0], try given.profile(inner)] + given.arguments.dropFirst() + [
          "--report", page,
        ])
      #expect(made.status == 0, "\(made.errors)")
      let text = try String(contentsOfFile: page, encoding: .utf8)
        .replacing("<head>", with: "<head>" + Self.listener, maxReplacements: 1)
        .replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
      frames +=
        "<iframe id=\"f\(index)\" width=\"400\" height=\"700\" srcdoc=\"\(text)\"></iframe>\n"
    }
    let wrapper = try folder.file(
      "w.html",
      Array("<!DOCTYPE html><meta charset=utf-8>\(frames)<script>\(Self.check)</script>".utf8))
    let shown = try run(["--dump-dom", "--virtual-time-budget=3000", "file://\(wrapper)"], folder)
    let begin = try #require(shown.range(of: "<pre>"))
    let end = try #require(shown.range(of: "</pre>"))
    let json = shown[begin.upperBound..<end.lowerBound].replacing("&lt;", with: "<")
      .replacing("&gt;", with: ">").replacing("&amp;", with: "&")
    let all = try JSONDecoder().decode([Measures].self, from: Data(json.utf8))
    #expect(all.count == ReportPageTests.cases.count)
    for (measures, given) in zip(all, ReportPageTests.cases) {
      #expect(measures.faults == [], "\(given)")
      #expect(measures.overflow <= 0, "\(given)")
      #expect(measures.sorted == "ascending" || measures.sorted == "descending", "\(given)")
      let hasTimeline = ["swap", "gradients"].contains(given.description)
      #expect((measures.canvasColours ?? 0 > 5) == hasTimeline, "\(given)")
      #expect(measures.pictures > 0 || hasTimeline, "\(given)")
      if hasTimeline { #expect(measures.status?.contains(" ms, takes ") == true, "\(given)") }
    }
    #expect((all[0].found ?? 0) > 0)
  }

  @Test(
    "a screenshot of a page is not blank",
    .enabled(if: browser != nil, "Chromium is not installed: apt-get install chromium"))
  func screenshot() throws {
    let folder = try Folder()
    let page = folder.path("page.html")
    let profile = try folder.profile()
    #expect(
      try Command.run(["solve", profile, "--budget", "60%", "-q", "--report", page]).status == 0)
    let blank = try folder.file("blank.html", Array("<!DOCTYPE html>".utf8))
    func size(_ path: String) throws -> Int {
      let picture = folder.path("shot.png")
      _ = try run(["--window-size=1280,900", "--screenshot=\(picture)", "file://\(path)"], folder)
      return try Data(contentsOf: URL(filePath: picture)).count
    }
    #expect(try size(page) > 3 * size(blank))
  }

  /// Runs the browser to its end and returns what it prints.
  private func run(_ arguments: [String], _ folder: Folder) throws -> String {
    let process = Process()
    let output = folder.path("output")
    try Data().write(to: URL(filePath: output))
    process.executableURL = URL(filePath: try #require(Self.browser))
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--user-data-dir=\(folder.path("browser"))",
      ] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return try String(contentsOfFile: output, encoding: .utf8)
  }

  /// Collects what goes wrong in a page, from its first line on.
  private static let listener = """
    <script>window.faults=[];addEventListener("error",e=>faults.push(e.message));
    addEventListener("securitypolicyviolation",e=>faults.push(e.violatedDirective));
    for(const n of ["error","warn","log"])console[n]=(...a)=>faults.push(a.join(" "))</script>
    """

  /// Measures all frames, and leaves nothing but the result.
  private static let check = """
    addEventListener("load",()=>setTimeout(()=>{
    const all=[...document.querySelectorAll("iframe")].map(f=>{
      const d=f.contentDocument,w=f.contentWindow,m={title:d.title,faults:w.faults,pictures:d.querySelectorAll(".narrow svg").length};
      m.overflow=d.documentElement.scrollWidth-d.documentElement.clientWidth;
      const c=d.querySelector("canvas");
      if(c){const p=c.getContext("2d").getImageData(0,0,c.width,c.height).data,s=new Set();
        for(let i=0;i<p.length;i+=4)s.add(p[i]<<16|p[i+1]<<8|p[i+2]);m.canvasColours=s.size;
        for(const key of ["ArrowDown","ArrowRight","+","ArrowLeft","0"])c.dispatchEvent(new KeyboardEvent("keydown",{key,bubbles:true}));
        m.status=d.getElementById("timeline-status").textContent}
      const b=d.querySelector("th button");if(b){b.click();m.sorted=b.parentNode.getAttribute("aria-sort")}
      const t=d.getElementById("decisions-table");if(t)m.found=t.tBodies[0].rows.length;
      return m});
    document.body.innerHTML="<pre></pre>";document.querySelector("pre").textContent=JSON.stringify(all)},300))
    """
}
