extension Double {
  /// Reads a number as people and tables write it: digits with a point and an exponent, if wanted.
  ///
  /// Swift itself also takes `0x10`, `nan` and `infinity`, which nobody means by a size or a time. Numbers beyond
  /// what `Double` holds are none either.
  package init?(decimal text: some StringProtocol) {
    let isDecimal = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "+"),
        UInt8(ascii: "-"), UInt8(ascii: "e"), UInt8(ascii: "E"):
        true
      default: false
      }
    }
    guard isDecimal, let value = Double(String(text)), value.isFinite else { return nil }
    self = value
  }
}
