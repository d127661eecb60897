import Foundation
import Profiles

/// Prints lines as a table or as JSON.
struct Output {
  let isJSON: Bool
  private var group = ""

  init(isJSON: Bool) { self.isJSON = isJSON }

  /// Prints what holds for the whole run.
  func begin(_ setting: Setting) {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    var load = [0.0]
    let hasLoad = getloadavg(&load, 1) == 1
    let rounds = "\(setting.rounds) round\(setting.rounds == 1 ? "" : "s")"
    let words = "\(cores) cores, load \(hasLoad ? String(format: "%.1f", load[0]) : "unknown")"
    if isJSON {
      var members = JSONMembers()
      members.add("cores", .number(Double(cores)))
      members.add("load", hasLoad ? .number(load[0]) : nil)
      members.add("rounds", .number(Double(setting.rounds)))
      write(members.object)
    } else {
      write("\(words), \(rounds); ratio = A / B, medians, with the least and the largest\n")
    }
  }

  /// Prints a group's name.
  mutating func title(_ title: String) {
    group = title
    if !isJSON { write("\n\(title)\n") }
  }

  /// Prints one line.
  func print(_ line: Line) {
    if isJSON { return write(json(line)) }
    guard !line.firstValues.isEmpty else {
      return write("  \(line.subject): \(line.note)\n")
    }
    let ratios = line.ratios
    let least = ratios.min() ?? .nan
    let most = ratios.max() ?? .nan
    var text = "  \(padded(line.subject, 34)) "
    text += "\(padded(line.first + " / " + line.second, 42)) "
    text += "\(aligned(value(line.firstValues.median), 9)) "
    text += "\(aligned(value(line.secondValues.median), 9)) \(padded(line.unit.rawValue, 11)) "
    text += "\(aligned(value(ratios.median), 8))×"
    if ratios.count > 1, most > least {
      text += "  (\(value(least))–\(value(most)))"
    }
    if !line.note.isEmpty { text += "  \(line.note)" }
    write(text + "\n")
  }

  private func json(_ line: Line) -> JSON {
    var members = JSONMembers()
    members.add("group", .string(group))
    members.add("subject", .string(line.subject))
    if !line.firstValues.isEmpty {
      members.add("a", .string(line.first))
      members.add("b", .string(line.second))
      members.add("unit", .string(line.unit.rawValue))
      members.add("more_is_better", .boolean(line.unit.isRate))
      members.add("a_values", .array(line.firstValues.map(JSON.number)))
      members.add("b_values", .array(line.secondValues.map(JSON.number)))
      members.add("a_median", .number(line.firstValues.median))
      members.add("b_median", .number(line.secondValues.median))
      members.add("ratio", .number(line.ratios.median))
      members.add("ratio_min", line.ratios.min().map(JSON.number))
      members.add("ratio_max", line.ratios.max().map(JSON.number))
    }
    members.add("note", line.note.isEmpty ? nil : .string(line.note))
    return members.object
  }

  /// A number with three digits, without an exponent.
  private func value(_ number: Double) -> String {
    guard number.isFinite, number != 0 else { return "\(number)" }
    let digits = 2 - Int(log10(abs(number)).rounded(.down))
    return String(format: "%.\(max(0, min(digits, 7)))f", number)
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func aligned(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private func write(_ json: JSON) {
    write(String(decoding: JSONWriter.encode(json, pretty: false), as: UTF8.self))
  }

  private func write(_ text: String) {
    try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
  }
}
