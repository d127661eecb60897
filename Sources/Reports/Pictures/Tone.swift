/// What a coloured part of a picture stands for.
///
/// Each tone has a colour on white and one on the dark page. Every colour has a contrast of at least 3 with its
/// background (WCAG 2.1, 1.4.11), and any two differ for eyes without one of the three cones, too:
/// simulated by the matrices of Machado et al. (2009), by 22 units of CIE 1976 L*a*b* or more.
enum Tone: String, CaseIterable {
  case activation
  case parameter
  case gradient
  case optimizer
  case input
  case output
  case workspace
  case temporary
  case encoded

  /// The colours in hexadecimal.
  var colours: (light: String, dark: String) {
    switch self {
    case .activation: ("#0F2DB9", "#4A99F6")
    case .parameter: ("#CB8100", "#F6701A")
    case .gradient: ("#24A85B", "#50FFAA")
    case .optimizer: ("#9370A7", "#C481C1")
    case .input: ("#461E57", "#BDBDB7")
    case .output: ("#455C15", "#FFD72F")
    case .workspace: ("#7E9890", "#7F7162")
    case .temporary: ("#4470FF", "#BFE4FF")
    case .encoded: ("#94224C", "#FF9D6B")
    }
  }

  /// The name of its style in pictures and pages.
  var style: String { "t-\(rawValue)" }

  /// The background that the colours are for.
  static let background = (light: "#FFFFFF", dark: "#15181C")

  /// The rules of all tones for a picture by itself, on white.
  static let rules: String = allCases.map { tone in
    ".a.\(tone.style){fill:\(tone.colours.light)}.l.\(tone.style){stroke:\(tone.colours.light)}"
  }.joined()

  /// The rules of all tones for a page, by variables.
  static let pageRules: String = allCases.map { tone in
    ".a.\(tone.style){fill:var(--\(tone.style))}.l.\(tone.style){stroke:var(--\(tone.style))}"
      + ".k.\(tone.style){background:var(--\(tone.style))}"
  }.joined()

  /// The variables of a page.
  static func variables(dark: Bool) -> String {
    allCases.map { "--\($0.style):\(dark ? $0.colours.dark : $0.colours.light);" }.joined()
  }
}
