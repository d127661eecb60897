import Profiles
import TestSupport

/// Damages files of any form, the same way for the same seed.
struct Damage {
  private var random: SeededGenerator
  /// What was done, for a finding's name.
  private(set) var done: [String] = []

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
  }

  static let numbers = [
    "0", "-1", "-0.0", "1", "0.5", "5e-324", "1e308", "-1e308", "1e309", "2147483648",
    "4294967296", "1000000000", "9007199254740992", "9007199254740993", "4611686018427387904",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
    "18446744073709551616", "1e30", "NaN", "nan", "inf", "-Infinity", "0x10", "1e", "1_000", "٣",
  ]

  static let names = [
    "", " ", "../../../tmp/x", "/etc/passwd", "<script>alert(1)</script>", "\\u001b[2J\\u0007",
    "\\u0000", "\\ud800", "\\u202egnp", "a,b\\nc", "'\\\"", "%s%n",
    String(repeating: "x", count: 5000),
    "é́́", "=cmd()", "-rf", "act0", "f0",
  ]

  mutating func chance(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

  mutating func pick<T>(_ items: [T]) -> T { items[chance(items.count)] }

  /// Returns damaged content of a file.
  mutating func damaged(_ content: [UInt8], others: [[UInt8]]) -> [UInt8] {
    var bytes = content
    for _ in 0..<pick([1, 1, 1, 2, 4]) {
      let isJSON = bytes.first { $0 > 0x20 }.map { $0 == 0x7B || $0 == 0x5B } ?? false
      let isText = !bytes.prefix(200).contains { $0 < 9 || $0 > 0x7E }
      switch chance(10) {
      case 0..<7 where isJSON: bytes = damagedTree(bytes)
      case 0..<6 where isText: bytes = damagedWords(bytes)
      default: bytes = damagedBytes(bytes, others: others)
      }
    }
    if chance(25) == 0 {
      bytes = damagedForm(bytes)
    }
    return bytes
  }

  mutating func note(_ what: String) { done.append(what) }

  // MARK: - Bytes

  private mutating func damagedBytes(_ content: [UInt8], others: [[UInt8]]) -> [UInt8] {
    var bytes = content
    let at = chance(bytes.count + 1)
    let end = min(bytes.count, at + pick([1, 4, 10, 100, 1000]))
    switch chance(9) {
    case 0:
      note("cut")
      return Array(bytes[..<at])
    case 1, 2:
      note("flip")
      for _ in 0..<pick([1, 1, 2, 8, 64]) where !bytes.isEmpty {
        bytes[chance(bytes.count)] ^= 1 << UInt8(chance(8))
      }
    case 3:
      note("overwrite")
      let value = pick([0, 0x7F, 0x80, 0xFF] as [UInt8])
      for index in at..<end { bytes[index] = value }
    case 4:
      note("double")
      let part = Array(bytes[at..<end])
      for _ in 0..<pick([1, 2, 20]) { bytes.insert(contentsOf: part, at: at) }
    case 5:
      note("remove")
      bytes.removeSubrange(at..<end)
    case 6:
      note("splice")
      let other = pick(others)
      return Array(bytes[..<at] + other[chance(other.count + 1)...])
    case 7:
      note("variable-length number")
      var value = pick([1 << 28, 1_000_000_000, 1 << 31, 1 << 62, UInt64.max] as [UInt64])
      var number: [UInt8] = []
      while value > 127 {
        number.append(UInt8(value & 127) | 128)
        value >>= 7
      }
      bytes.replaceSubrange(at..<min(bytes.count, at + chance(3)), with: number + [UInt8(value)])
    default:
      note("binary number")
      let value = pick([.max, .min, 1_000_000_000, 1 << 40, -1, 1 << 32] as [Int64])
      let number = (0..<pick([4, 8])).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
      bytes.replaceSubrange(at..<min(bytes.count, at + pick([0, 4, 8])), with: number)
    }
    return bytes
  }

  /// Another encoding, or a compressed file that is whole or not.
  private mutating func damagedForm(_ content: [UInt8]) -> [UInt8] {
    switch chance(5) {
    case 0:
      note("UTF-16")
      return [0xFF, 0xFE] + content.flatMap { [$0, 0] }
    case 1:
      note("UTF-16 without mark")
      return content.flatMap { [0, $0] }
    case 2:
      note("byte order mark")
      return [0xEF, 0xBB, 0xBF] + content
    case 3:
      note("gzip")
      return Gzip.compress(content)
    default:
      note("damaged gzip")
      var bytes = Gzip.compress(content)
      bytes[chance(bytes.count)] ^= 1 << UInt8(chance(8))
      return chance(2) == 0 ? bytes : Array(bytes.dropLast(chance(20)))
    }
  }

  // MARK: - Words

  /// Exchanges words of a table or a log.
  private mutating func damagedWords(_ content: [UInt8]) -> [UInt8] {
    note("words")
    let separators = Set(", \t\n;()=:".utf8)
    var words: [ArraySlice<UInt8>] = []
    var start = content.startIndex
    for (index, byte) in content.enumerated() where separators.contains(byte) {
      if index > start { words.append(content[start..<index]) }
      words.append(content[index...index])
      start = index + 1
    }
    words.append(content[start...])
    for _ in 0..<pick([1, 1, 2, 5]) {
      let at = chance(words.count)
      switch chance(4) {
      case 0: words[at] = pick(words)
      case 1: words[at] = ArraySlice(pick(Damage.names).utf8)
      case 2: words.insert(contentsOf: words[at..<min(words.count, at + 20)], at: at)
      default: words[at] = ArraySlice(pick(Damage.numbers).utf8)
      }
    }
    return Array(words.joined())
  }
}
