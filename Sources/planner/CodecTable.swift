import Collectors
import Foundation
import Profiles

/// Codecs and what they were compared with, as a table for people.
struct CodecTable {
  let codecs: [CodecModel]
  let baselines: [CodecCalibration.Figures.Baseline]

  /// One line for each codec and size: rates over the densities, and what they are of a copy's.
  var text: String {
    var text = ""
    if !baselines.isEmpty {
      text += "copy          size        GB/s  probe of zeros, of a copy\n"
      for baseline in baselines {
        text += row([
          "", Quantity.bytes(baseline.bytes), rate(baseline.copyGBPerSecond),
          range(baseline.probeRatios.map { "\(Quantity.fixed($0, decimals: 2))×" }),
        ])
      }
      text += "\n"
    }
    text += "codec         size        encode GB/s   of a copy    decode GB/s   of a copy\n"
    for codec in codecs {
      for (index, size) in codec.encode.bytes.enumerated() {
        text += row(
          [
            index == 0 ? codec.id : "",
            codec.encode.bytes == [1] ? "any" : Quantity.bytes(size),
          ] + columns(codec.encode, index) + columns(codec.decode, index))
      }
      text += remarks(codec)
    }
    return text
  }

  private func columns(_ table: ThroughputTable, _ index: Int) -> [String] {
    guard table.gbPerSecond.indices.contains(index) else { return ["–", "–"] }
    return [
      range(table.gbPerSecond[index].map(rate)),
      table.copyRatios.map { range($0[index].map { "\(Quantity.fixed($0, decimals: 2))×" }) }
        ?? "–",
    ]
  }

  private func remarks(_ codec: CodecModel) -> String {
    var parts = ["worst ratio \(Quantity.fixed(codec.worstRatio, decimals: 4))"]
    if codec.workspaceBytes > 0 {
      parts.append("workspace \(Quantity.bytes(codec.workspaceBytes))")
    }
    for (name, table) in [("encode", codec.encode), ("decode", codec.decode)] {
      if let median = table.fitError, let worst = table.worstFitError {
        parts.append("\(name) fits within \(percent(median)), at worst \(percent(worst))")
      }
    }
    return "              " + parts.joined(separator: "; ") + "\n"
  }

  private func percent(_ share: Double) -> String {
    "\(Quantity.fixed(share * 100, decimals: 0)) %"
  }

  private func rate(_ rate: Double) -> String { Quantity.fixed(rate, decimals: rate < 1 ? 2 : 1) }

  /// The least and the largest of some numbers.
  private func range(_ numbers: [String]) -> String {
    func value(_ text: String) -> Double { Double(text.filter { $0 != "×" }) ?? 0 }
    let sorted = numbers.sorted { value($0) < value($1) }
    guard let low = sorted.first, let high = sorted.last else { return "–" }
    return low == high ? low : "\(low.filter { $0 != "×" })–\(high)"
  }

  private func row(_ cells: [String]) -> String {
    let widths = [14, 12, 14, 13, 14, 12]
    var line = ""
    for (cell, width) in zip(cells, widths) {
      line += cell + String(repeating: " ", count: max(1, width - cell.count))
    }
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }
}
