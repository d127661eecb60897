/// The ranges that quantities of a profile or a plan lie in.
extension FaultList {
  /// The most bytes that a size, or all sizes together, may have: 2⁵³ (8 PiB), up to which every size
  /// is exact as a `Double` too.
  package static let maximumBytes = 1 << 53
  /// The longest time: 10¹² microseconds, more than eleven days.
  package static let maximumMicroseconds = 1e12

  /// Checks a name: not empty, no control characters.
  package mutating func checkName(_ name: String?, at place: @autoclosure () -> JSONPath) {
    guard let name else { return }
    if name.isEmpty {
      add(place(), "the name is empty", "write at least one character")
    } else if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      add(place(), "\(JSON.quoted(name)) has a control character", "remove it")
    }
  }

  /// Checks a whole number that counts something: up to 2⁵³, as all programs can hold it.
  package mutating func checkCount(_ count: Int?, at place: @autoclosure () -> JSONPath) {
    guard let count else { return }
    if count < 0 { add(place(), "\(count) is negative", "write 0 or more") }
    if count > FaultList.maximumBytes {
      add(place(), "\(count) is too large for a whole number", "write at most 2^53")
    }
  }

  /// Checks a size.
  package mutating func checkBytes(
    _ bytes: Int?, atLeast least: Int = 0, at place: @autoclosure () -> JSONPath
  ) {
    guard let bytes else { return }
    if bytes < least {
      add(
        place(), bytes < 0 ? "\(bytes) is negative" : "\(bytes) bytes are too few",
        "write \(least) or more bytes")
    } else if bytes > FaultList.maximumBytes {
      add(place(), "\(bytes) bytes are more than 8 PiB", "check the unit")
    }
  }

  /// Checks a time.
  package mutating func checkMicroseconds(
    _ time: Double?, at place: @autoclosure () -> JSONPath
  ) {
    checkNumber(time, in: 0...FaultList.maximumMicroseconds, at: place())
  }

  /// Checks a rate in 10⁹ bytes per second.
  package mutating func checkRate(_ rate: Double?, at place: @autoclosure () -> JSONPath) {
    checkNumber(rate, in: 1e-6...1e9, at: place())
  }

  /// Checks that a number lies in a range, which NaN doesn't.
  package mutating func checkNumber(
    _ number: Double?, in range: ClosedRange<Double>, at place: @autoclosure () -> JSONPath
  ) {
    guard let number, !range.contains(number) else { return }
    if number < 0 && range.lowerBound == 0 {
      add(place(), "\(JSONWriter.text(of: number)) is negative", "write 0 or more")
    } else {
      let (low, high) = (range.lowerBound, range.upperBound)
      add(
        place(), "\(number.isNaN ? "NaN" : JSONWriter.text(of: number)) is out of range",
        "write a number from \(JSONWriter.text(of: low)) to \(JSONWriter.text(of: high))")
    }
  }

  /// Checks a SHA-256 digest in hexadecimal.
  package mutating func checkDigest(_ digest: String?, at place: @autoclosure () -> JSONPath) {
    guard let digest else { return }
    let isDigest =
      digest.utf8.count == 64
      && digest.utf8.allSatisfy { byte in
        Character(Unicode.Scalar(byte)).isHexDigit && byte < 0x80
      }
    if !isDigest {
      add(place(), "\(JSON.quoted(digest)) is not a SHA-256 digest", "write 64 hexadecimal digits")
    }
  }
}
