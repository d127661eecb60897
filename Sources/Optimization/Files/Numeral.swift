extension Double {
  /// The shortest decimal text that reads back as the same number; whole numbers without `.0`.
  package var numeral: String {
    if let whole = Int(exactly: self), abs(self) < 1e15 { return String(whole) }
    return description
  }
}
