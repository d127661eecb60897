import Collectors
import Testing

@Suite("Pickles")
struct PickleTests {
  private func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      UInt8(digits[$0] * 16 + digits[$0 + 1])
    }
  }

  private func error(_ bytes: [UInt8]) -> String {
    do {
      _ = try SnapshotTests.collect(bytes)
      return "taken"
    } catch {
      return error.description
    }
  }

  /// `pickle.dumps` of a dictionary with every kind of value, which is no snapshot.
  @Test(
    "Python's pickles of protocols 2 to 5 are read to their end",
    arguments: [
      """
      80027d71002858010000006171015d7102284b014d2c014a701101004afbffffff8a06000000000001473ff800000000
      000065580100000062710388894e87710458010000006371057d71062858010000007871074b01857108580100000079
      71094b014b0286710a58010000007a710b2975580100000064710c580400000074657874710d580100000074710e284b
      014b024b034b0474710f5805000000616761696e71106802752e
      """,
      """
      80049579000000000000007d94288c0161945d94284b014d2c014a701101004afbffffff8a06000000000001473ff800
      0000000000658c01629488894e87948c0163947d94288c0178944b0185948c0179944b014b0286948c017a9429758c01
      64948c0474657874948c017494284b014b024b034b0474948c05616761696e946802752e
      """,
    ])
  func protocols(pickle: String) {
    var pickle = bytes(pickle)
    for version in UInt8(2)...5 {
      pickle[1] = version
      #expect(error(pickle).contains("there is no 'device_traces'"))
    }
    for end in 1..<pickle.count {
      #expect(error(Array(pickle.prefix(end))).contains("the pickle ends"), "\(end) bytes")
    }
  }

  /// `os.system("true")` as the second element of a snapshot's segments.
  @Test("pickles that call functions are refused with the instruction and its byte")
  func calls() {
    let old = bytes(
      "80027d710058080000007365676d656e747371015d710263706f7369780a73797374656d0a7103580400000074"
        + "727565710485710552710661732e")
    #expect(error(old).hasPrefix("step.pickle: byte 23: the instruction GLOBAL would import"))
    let new = bytes(
      "80049530000000000000007d948c087365676d656e7473945d948c05706f736978948c0673797374656d949394"
        + "8c0474727565948594529461732e")
    #expect(error(new).hasPrefix("step.pickle: byte 43: the instruction STACK_GLOBAL would import"))
    for code in [0x50, 0x51, 0x52, 0x62, 0x69, 0x6F, 0x81, 0x82, 0x83, 0x84, 0x92, 0x97, 0x98] {
      #expect(error([0x80, 4, UInt8(code)]).contains("byte 2: the instruction"))
    }
  }

  @Test("instructions without their values are damage")
  func stack() {
    for code in "aeust.hjqr\u{94}\u{85}\u{86}\u{87}".unicodeScalars {
      let text = error([0x80, 4, UInt8(code.value), 9, 0, 0, 0])
      #expect(text.contains("byte 2: the pickle is damaged"), "\(code): \(text)")
    }
    // The mark hides what lies below it.
    #expect(
      error(Array("\u{80}".unicodeScalars.map { UInt8($0.value) }) + [4] + Array("](a".utf8))
        .contains("byte 4"))
    #expect(error([0x80, 4] + Array("N(e".utf8)).contains("appends to None"))
    #expect(error([0x80, 4] + Array("}(Nu".utf8)).contains("sets 1 keys and values"))
  }

  @Test("sizes beyond the file and numbers beyond 64 bits are refused")
  func sizes() {
    #expect(error([0x80, 4, 0x58, 0xFF, 0xFF, 0xFF, 0x7F]).contains("the pickle ends"))
    for code: UInt8 in [0x8D, 0x8E] {
      #expect(error([0x80, 4, code] + [UInt8](repeating: 0xFF, count: 8)).contains("pickle ends"))
    }
    #expect(error([0x80, 4, 0x8A, 9] + [UInt8](repeating: 1, count: 9)).contains("9 bytes, not 8"))
  }

  @Test("a million nested lists, and a list in itself, take no stack")
  func nesting() {
    let depth = 1_000_000
    let nested =
      [0x80, 4] + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
      + [UInt8](repeating: UInt8(ascii: "a"), count: depth - 1) + [UInt8(ascii: ".")]
    #expect(error(nested).contains("there is no 'device_traces'"))
    // {"device_traces": L, "segments": L} with L = [L]
    var knot: [UInt8] = [0x80, 4] + Array("}(".utf8)
    knot += [0x8C, 13] + Array("device_traces".utf8) + Array("]".utf8) + [0x94]
    knot += Array("h\u{0}a".utf8) + [0x8C, 8] + Array("segments".utf8) + Array("h\u{0}u.".utf8)
    #expect(error(knot).contains("device_traces[0][0]: there is no action"))
  }
}
