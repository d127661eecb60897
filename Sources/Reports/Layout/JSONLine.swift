import FoundationEssentials

/// Returns a value as one line of JSON with sorted keys.
///
/// - Parameter convertsKeys: Whether the names of properties become keys in snake case.
/// - Throws: `EncodingError` for a number that JSON can't hold.
func jsonLine(_ value: some Encodable, convertsKeys: Bool = false) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if convertsKeys { encoder.keyEncodingStrategy = .convertToSnakeCase }
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
