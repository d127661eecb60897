import TestSupport

/// A value of a JSON text, by the bytes that it takes.
private struct Place {
  let value: Range<Int>
  /// Where the member begins, at its key; nil for elements of lists.
  let key: Range<Int>?
}

extension Damage {
  /// Exchanges, removes, doubles and renames values of a JSON text; what comes out may be no JSON.
  mutating func damagedTree(_ content: [UInt8]) -> [UInt8] {
    let places = Damage.places(of: content)
    guard !places.isEmpty else { return content }
    let place = pick(places)
    var bytes = content
    func text(_ range: Range<Int>) -> [UInt8] { Array(content[range]) }
    switch chance(12) {
    case 0..<4:
      note("number")
      let scalars = places.filter {
        Array("-0123456789".utf8).contains(content[$0.value.lowerBound])
      }
      bytes.replaceSubrange(
        (scalars.isEmpty ? place : pick(scalars)).value, with: pick(Damage.numbers).utf8)
    case 4, 5:
      note("name")
      let scalars = places.filter { content[$0.value.lowerBound] == 0x22 }
      let other = scalars.isEmpty || chance(2) == 0 ? nil : text(pick(scalars).value)
      bytes.replaceSubrange(
        (scalars.isEmpty ? place : pick(scalars)).value,
        with: other ?? Array("\"\(pick(Damage.names))\"".utf8))
    case 6:
      note("type")
      let value = pick([
        "null", "true", "[]", "{}", "\"\"", "[[]]", "[null]", "{\"\": 1}", "\"9\"", "[1e9, 1e9]",
        String(repeating: "[", count: 70),
        String(repeating: "[", count: 60)
          + String(repeating: "]", count: 60),
      ])
      bytes.replaceSubrange(place.value, with: value.utf8)
    case 7:
      note("copy")
      bytes.replaceSubrange(place.value, with: text(pick(places).value))
    case 8:
      note("drop")
      let range = (place.key ?? place.value).lowerBound..<place.value.upperBound
      let comma = content[range.upperBound...].prefix { $0 <= 0x20 || $0 == 0x2C }
      bytes.removeSubrange(range.lowerBound..<comma.endIndex)
    case 9:
      note("double")
      let range = (place.key ?? place.value).lowerBound..<place.value.upperBound
      let copies = pick([1, 1, 3, 50])
      for _ in 0..<copies { bytes.insert(contentsOf: text(range) + [0x2C], at: range.lowerBound) }
    case 10:
      note("rename")
      let keys = places.compactMap(\.key)
      if !keys.isEmpty {
        bytes.replaceSubrange(pick(keys), with: text(pick(keys)))
      }
    default:
      note("swap")
      let other = pick(places)
      guard !place.value.overlaps(other.value) else { return content }
      let (first, last) =
        place.value.lowerBound < other.value.lowerBound ? (place, other) : (other, place)
      bytes.replaceSubrange(last.value, with: text(first.value))
      bytes.replaceSubrange(first.value, with: text(last.value))
    }
    return bytes
  }

  /// All values of a JSON text but the outermost.
  private static func places(of bytes: [UInt8]) -> [Place] {
    var found: [Place] = []
    var open: [(start: Int, key: Range<Int>?)] = []
    var key: Range<Int>?
    var index = 0
    while index < bytes.count {
      let start = index
      index += 1
      switch bytes[start] {
      case 0x7B, 0x5B:
        open.append((start, key))
        key = nil
      case 0x7D, 0x5D:
        guard let (begin, itsKey) = open.popLast() else { break }
        if !open.isEmpty { found.append(Place(value: begin..<index, key: itsKey)) }
      case 0x22:
        while index < bytes.count, bytes[index] != 0x22 { index += bytes[index] == 0x5C ? 2 : 1 }
        index = min(index + 1, bytes.count)
        if bytes[index...].first(where: { $0 > 0x20 }) == 0x3A {
          key = start..<index
        } else {
          found.append(Place(value: start..<index, key: key))
          key = nil
        }
      case 0x2C, 0x3A, ...0x20: break
      default:
        while index < bytes.count, ![0x2C, 0x7D, 0x5D].contains(bytes[index]), bytes[index] > 0x20 {
          index += 1
        }
        found.append(Place(value: start..<index, key: key))
        key = nil
      }
    }
    return found
  }
}
