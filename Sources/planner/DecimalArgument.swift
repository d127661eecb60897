import ArgumentParser
import Profiles

/// Numbers as users type them.
enum DecimalArgument {
  /// Reads a number in decimal digits; `0x10`, `nan` and `inf`, which Swift would take, are none.
  static func value(_ text: String) throws -> Double {
    guard let value = Double(decimal: text) else {
      throw ValidationError("'\(text)' is no number such as 12.5")
    }
    return value
  }
}
