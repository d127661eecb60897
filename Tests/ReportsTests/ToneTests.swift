import Foundation
import Testing

@testable import Reports

/// Colours by the formulas of WCAG 2.1 and CIE 1976, worked out anew.
@Suite struct ToneTests {
  private static func linear(_ hexadecimal: String) -> [Double] {
    let value = Int(hexadecimal.dropFirst(), radix: 16) ?? 0
    return [16, 8, 0].map { shift in
      let share = Double(value >> shift & 255) / 255
      return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
  }

  private static func contrast(_ one: String, _ other: String) -> Double {
    let shares = [one, other].map { colour in
      zip([0.2126, 0.7152, 0.0722], linear(colour)).reduce(0) { $0 + $1.0 * $1.1 }
    }.sorted()
    return (shares[1] + 0.05) / (shares[0] + 0.05)
  }

  /// Machado, Oliveira and Fernandes (2009), severity 1: all cones, and without those of one kind.
  private static let eyes: [[[Double]]] = [
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    [
      [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    [
      [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
      [-0.01182, 0.04294, 0.968881],
    ],
    [
      [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.3039],
    ],
  ]

  private static func lab(_ colour: String, seenWith eye: [[Double]]) -> [Double] {
    let rgb = linear(colour)
    let seen = eye.map { row in
      min(1, max(0, row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]))
    }
    func curve(_ value: Double) -> Double {
      value > 0.008856 ? cbrt(value) : 7.787 * value + 16.0 / 116
    }
    let x = curve((0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.9505)
    let y = curve(0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2])
    let z = curve((0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.089)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
  }

  @Test("each colour stands out from its background, and from the others for all eyes")
  func distances() {
    for (colours, background) in [
      (Tone.allCases.map(\.colours.light), Tone.background.light),
      (Tone.allCases.map(\.colours.dark), Tone.background.dark),
    ] {
      for colour in colours { #expect(Self.contrast(colour, background) >= 3, "\(colour)") }
      for eye in Self.eyes {
        let places = colours.map { Self.lab($0, seenWith: eye) }
        for first in places.indices {
          for second in places.indices where second > first {
            let distance = zip(places[first], places[second])
              .reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
            #expect(distance >= 22, "\(colours[first]) and \(colours[second])")
          }
        }
      }
    }
  }

  @Test("text stands out from the background in both modes")
  func text() throws {
    for (dark, light) in [("#20262D", "#FFFFFF"), ("#59636E", "#FFFFFF"), ("#0A4FB4", "#FFFFFF")] {
      #expect(Self.contrast(dark, light) >= 4.5)
    }
    for light in ["#E6E9ED", "#A3ADB8", "#8CB8FF", "#6BD58C", "#FF8A80"] {
      #expect(Self.contrast(light, Tone.background.dark) >= 4.5, "\(light)")
    }
    // The style sheet has these colours.
    let page = try Sample.report().page().html()
    for colour in ["#20262D", "#59636E", "#0A4FB4", "#E6E9ED", "#A3ADB8", "#8CB8FF"] {
      #expect(page.contains(colour), "\(colour)")
    }
  }
}
