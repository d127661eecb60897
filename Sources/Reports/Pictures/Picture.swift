import Profiles

/// A drawing with a title, and a sentence that tells what it shows to whoever can't see it.
public struct Picture: Sendable, Hashable {
  /// What it is called.
  public let title: String
  /// What it shows, with its main numbers.
  public let summary: String
  /// The extent, in pixels.
  let width: Int
  let height: Int
  /// The elements between the title and the end.
  let body: String

  /// The picture as a file of its own, on white: SVG 1.1, without references to anything outside.
  public var svg: String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
    viewBox="0 0 \(width) \(height)" role="img" aria-labelledby="title desc">
    <title id="title">\(SVGText.escaped(title))</title>
    <desc id="desc">\(SVGText.escaped(summary))</desc>
    <style>\(Self.rules)\(Tone.rules)</style>
    <rect width="\(width)" height="\(height)" fill="#FFFFFF"/>
    \(body)
    </svg>

    """
  }

  /// Returns the picture as a part of a page, which has the rules.
  ///
  /// - Parameter id: Unique in the page.
  func inline(id: String) -> String {
    "<svg width=\"\(width)\" height=\"\(height)\" viewBox=\"0 0 \(width) \(height)\" role=\"img\" "
      + "aria-labelledby=\"\(id)-t \(id)-d\"><title id=\"\(id)-t\">\(SVGText.escaped(title))</title>"
      + "<desc id=\"\(id)-d\">\(SVGText.escaped(summary))</desc>\(body)</svg>"
  }

  /// The rules of text, axes and marks for a picture by itself.
  private static let rules =
    "text{font:12px 'DejaVu Sans',Verdana,sans-serif;fill:#20262D}.h{font-size:14px;font-weight:bold}"
    + ".n{fill:#59636E}.e{text-anchor:end}.m{text-anchor:middle}.g{stroke:#DDE1E6}.x{stroke:#59636E}"
    + ".l{fill:none;stroke-width:2}.b{stroke:#20262D;stroke-width:1.5;stroke-dasharray:6 4;fill:none}"
    + ".s{stroke:#FFFFFF;stroke-width:.75}.o{fill:#FFFFFF}.v{paint-order:stroke;stroke:#FFFFFF;stroke-width:4}"
    + ".c{fill:#0F2DB9}.w{fill:#EEF0F3}"
}

/// Elements of SVG.
enum SVGText {
  /// Returns a text that is safe between tags and in attributes, without control characters.
  static func escaped(_ text: String) -> String {
    var safe = ""
    for character in Page.printable(text) {
      switch character {
      case "<": safe += "&lt;"
      case ">": safe += "&gt;"
      case "&": safe += "&amp;"
      case "\"": safe += "&quot;"
      case "'": safe += "&#39;"
      default: safe.append(character)
      }
    }
    return safe
  }

  /// Returns a coordinate with one decimal at most.
  static func number(_ value: Double) -> String {
    let text = Quantity.fixed(value, decimals: 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Returns a text element.
  static func text(_ x: Double, _ y: Double, _ style: String, _ words: String) -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\" class=\"\(style)\">\(escaped(words))</text>"
  }

  /// Returns a straight line.
  static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String
  ) -> String {
    "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" "
      + "class=\"\(style)\"/>"
  }

  /// Returns a rectangle; what it stands for is its tooltip.
  static func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String,
    tooltip: String? = nil, opacity: Double? = nil
  ) -> String {
    let start =
      "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(max(0, width)))\" "
      + "height=\"\(number(max(0, height)))\" class=\"\(style)\""
      + (opacity.map { " fill-opacity=\"\(Quantity.fixed($0, decimals: 2))\"" } ?? "")
    return tooltip.map { "\(start)><title>\(escaped($0))</title></rect>" } ?? "\(start)/>"
  }

  /// How wide a text of 12 pixels is, about.
  static func width(of text: String) -> Double { Double(text.count) * 7.2 }
}
