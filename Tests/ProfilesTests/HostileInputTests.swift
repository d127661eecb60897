import Profiles
import TestSupport
import Testing

@Suite struct HostileInputTests {
  private func firstFault(_ bytes: [UInt8]) -> String? {
    do throws(ProfileError) {
      _ = try Profile.read(bytes, name: "hostile.json")
      return nil
    } catch {
      return error.faults.first?.description
    }
  }

  @Test("nesting deeper than 64 levels is refused, whatever it consists of")
  func depth() {
    for opening in ["[", "{\"a\":", "[{\"a\":"] {
      let text = String(repeating: opening, count: 1_000_000)
      let fault = firstFault(Array(text.utf8))
      #expect(
        fault?.contains("more than 64 levels of nesting; flatten the value; the limit is") == true)
    }
    let nested = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
    let good = BrokenProfile.good.replacing("[null]", with: nested)
    #expect(firstFault(Array(good.utf8)) == nil)
  }

  @Test(
    "bytes that are no text are refused with a place",
    arguments: [
      ([], "line 1, column 1: the text is empty; write one JSON object"),
      ([0x20, 0x0A, 0x0A], "line 3, column 1: the text is empty; write one JSON object"),
      (
        [0x00],
        "line 1, column 1: the byte 0x00 stands where a value should stand; correct the text"
      ),
      ([0xFF, 0xFE, 0x7B, 0x00], "line 1, column 1: the text is UTF-16; save it as UTF-8"),
      (
        [0x22, 0xC3, 0x28, 0x22],
        "line 1, column 1: the string is not valid UTF-8; save the text as UTF-8"
      ),
      (
        [0x22, 0xED, 0xA0, 0x80, 0x22],
        "line 1, column 1: the string is not valid UTF-8; save the text as UTF-8"
      ),
      (
        [0x22, 0x61, 0x00, 0x22],
        "line 1, column 3: a control character in a string; write it as \\u00XX"
      ),
      (
        [0x22, 0x5C],
        "line 1, column 3: the text ends where the end of a string should stand; "
          + "check that it is complete"
      ),
      (
        [0x2D],
        "line 1, column 2: the text ends where a digit should stand; check that it is complete"
      ),
      (
        [0x5B],
        "line 1, column 2: the text ends where a value should stand; check that it is complete"
      ),
      ([0x31], "1 is not an object; write an object with the key schema"),
    ] as [([UInt8], String)])
  func noText(bytes: [UInt8], fault: String) {
    #expect(firstFault(bytes) == fault)
  }

  @Test("a byte order mark is passed over")
  func byteOrderMark() {
    #expect(firstFault([0xEF, 0xBB, 0xBF] + Array(BrokenProfile.good.utf8)) == nil)
  }

  @Test(
    "numbers are read to the nearest value, whole ones exactly",
    arguments: [
      ("0", JSON.integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
      ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(0x1p63)),
      ("1.0", .number(1)), ("4e9", .number(4e9)), ("1e999", .number(.infinity)),
      ("-1e999", .number(-.infinity)), ("1e-999", .number(0)),
      ("5e-324", .number(.leastNonzeroMagnitude)),
      ("1e99999999999999999999999", .number(.infinity)), ("0.1", .number(0.1)),
      ("1e-99999999999999999999999", .number(0)),
      ("123456789.123456789", .number(123456789.123456789)),
      ("2.2250738585072011e-308", .number(Double.leastNormalMagnitude.nextDown)),
      ("9007199254740993.0", .number(9007199254740992)), ("1E+2", .number(100)),
    ])
  func numbers(text: String, value: JSON) throws {
    #expect(try JSONScanner.parse(Array(text.utf8)) == value)
  }

  @Test("numbers with very many digits are read as numbers")
  func longNumbers() throws {
    let digits = String(repeating: "9", count: 100_000)
    #expect(try JSONScanner.parse(Array(digits.utf8)) == .number(.infinity))
    #expect(try JSONScanner.parse(Array("0.\(digits)".utf8)) == .number(1))
  }

  @Test("any number is written so that it reads back the same", arguments: UInt64(0)..<20)
  func numbersRoundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let number = Double(bitPattern: random.next())
      guard number.isFinite else { continue }
      let text = JSONWriter.text(of: number)
      switch try JSONScanner.parse(Array(text.utf8)) {
      case .number(let read): #expect(read == number)
      case .integer(let read): #expect(Double(read) == number)
      default: Issue.record("\(text) is no number")
      }
    }
  }

  @Test("strings keep every character")
  func strings() throws {
    let text = #""\u0000\u001f\"\\\/\b\f\n\r\t é\u00e9\ud83d\ude00😀""#
    let value = JSON.string("\u{0}\u{1F}\"\\/\u{8}\u{C}\n\r\t éé😀😀")
    #expect(try JSONScanner.parse(Array(text.utf8)) == value)
    #expect(try JSONScanner.parse(JSONWriter.encode(value, pretty: false)) == value)
  }

  @Test("a circle of very many aliases is told at once")
  func longCircle() {
    let count = 50_000
    let tensors = (0..<count).map {
      Tensor(id: "t\($0)", bytes: 1, kind: .input, aliasOf: "t\(($0 + 1) % count)")
    }
    let step = Operator(
      id: "f", phase: .forward, durationMicroseconds: 1, reads: ["t0"], writes: [])
    let faults = Profile(name: "circle", tensors: tensors, operators: [step]).validate()
    #expect(
      faults.map(\.description) == [
        "tensors[0].alias_of: the aliases lead round in a circle; let one tensor own the memory"
      ])
  }

  @Test("very many unknown keys are counted without a search for the nearest of each")
  func manyUnknownKeys() {
    let keys = (0..<100_000).map { "\"duration_of_operator_number_\($0)\": 0" }
    let text = "{\"schema\": \"planner.profile/1\", \(keys.joined(separator: ","))}"
    let error = #expect(throws: ProfileError.self) {
      try Profile.read(Array(text.utf8), name: "keys.json")
    }
    #expect(error?.count == 100_003)
  }

  @Test(
    "any change of bytes gives a valid profile or a fault with a place", arguments: UInt64(0)..<40)
  func mutations(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let good = Array(BrokenProfile.good.utf8)
    let compressed = Gzip.compress(good)
    for round in 0..<60 {
      var bytes = round % 6 == 5 ? compressed : good
      for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, &random) }
      do throws(ProfileError) {
        let profile = try Profile.read(bytes, name: "mutated.json")
        #expect(profile.validate() == [])
        #expect((try? Profile.read(profile.encoded(), name: "again.json")) == profile)
      } catch {
        #expect(error.count > 0 && error.faults.count == min(error.count, 10))
        // Only a fault of the file as a whole, such as damaged compression, has no place.
        let isPlaced = error.faults.allSatisfy { !$0.place.isEmpty }
        #expect(isPlaced || Gzip.isCompressed(bytes) || error.description.contains("not an object"))
      }
    }
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    let position = Int.random(in: 0..<bytes.count, using: &random)
    let length = min(Int.random(in: 1...20, using: &random), bytes.count - position)
    switch Int.random(in: 0...6, using: &random) {
    case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes[position] ^= 1 << UInt8.random(in: 0...7, using: &random)
    case 2: bytes.remove(at: position)
    case 3: bytes.removeSubrange(position..<(position + length))
    case 4: bytes.insert(contentsOf: bytes[position..<(position + length)], at: position)
    case 5:
      bytes[position] = Array("0123456789-eE.\"{}[],:x".utf8).randomElement(using: &random) ?? 0
    default:
      if Int.random(in: 0...9, using: &random) == 0 {
        bytes.removeSubrange(position...)
      } else {
        bytes.insert(UInt8.random(in: 32...126, using: &random), at: position)
      }
    }
  }
}
