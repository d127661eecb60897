import FoundationEssentials

/// Returns a value as one line of JSON with sorted keys.
///
/// - Throws: `EncodingError` for a number that JSON can't hold.
func jsonLine(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
