import Profiles

/// Checks JSON values against the part of JSON Schema (draft 2020-12) that our schemas use.
///
/// Written apart from the readers, so that schema and reader check each other.
package struct SchemaCheck {
  private let root: JSON

  /// Creates a check from the text of a schema.
  package init(_ text: String) throws {
    root = try JSONScanner.parse(Array(text.utf8))
  }

  /// Returns the first place at which a text breaks the schema, or nil if it satisfies it.
  package func fault(in text: [UInt8]) throws -> String? {
    try fault(in: try JSONScanner.parse(text), schema: root, at: "")
  }

  /// A keyword that this check doesn't know.
  package struct UnknownKeyword: Error {
    /// The keyword.
    package let name: String
  }

  private func fault(in value: JSON, schema: JSON, at place: String) throws -> String? {
    if case .boolean(let allowed) = schema { return allowed ? nil : "\(place): forbidden" }
    for (keyword, rule) in members(schema) {
      if let fault = try fault(in: value, keyword, rule, schema: schema, at: place) { return fault }
    }
    return nil
  }

  private func fault(
    in value: JSON, _ keyword: String, _ rule: JSON, schema: JSON, at place: String
  ) throws -> String? {
    let broken = "\(place): \(keyword)"
    switch keyword {
    case "$schema", "$id", "$defs", "title", "description", "default": return nil
    case "$ref": return try fault(in: value, schema: definition(rule), at: place)
    case "type": return isType(value, rule) ? nil : broken
    case "const": return value == rule ? nil : broken
    case "enum": return elements(rule).contains(value) ? nil : broken
    case "not": return try fault(in: value, schema: rule, at: place) == nil ? broken : nil
    case "oneOf":
      let count = try elements(rule).count { try fault(in: value, schema: $0, at: place) == nil }
      return count == 1 ? nil : broken
    case "anyOf":
      let fits = try elements(rule).contains {
        try fault(in: value, schema: $0, at: place) == nil
      }
      return fits ? nil : broken
    case "minimum", "maximum":
      if case .integer(let value) = value, case .integer(let limit) = rule {
        return (keyword == "minimum" ? value >= limit : value <= limit) ? nil : broken
      }
      guard let number = self.number(value), let limit = self.number(rule) else { return nil }
      return (keyword == "minimum" ? number >= limit : number <= limit) ? nil : broken
    case "minLength", "maxLength", "pattern":
      guard case .string(let text) = value else { return nil }
      if case .string(let pattern) = rule {
        return try text.firstMatch(of: Regex(pattern)) != nil ? nil : broken
      }
      let (length, limit) = (text.unicodeScalars.count, Int(number(rule) ?? 0))
      return (keyword == "minLength" ? length >= limit : length <= limit) ? nil : broken
    case "minItems", "maxItems":
      guard case .array(let list) = value else { return nil }
      let limit = Int(number(rule) ?? 0)
      return (keyword == "minItems" ? list.count >= limit : list.count <= limit) ? nil : broken
    case "items":
      for (index, element) in elements(value).enumerated() {
        if let fault = try fault(in: element, schema: rule, at: "\(place)[\(index)]") {
          return fault
        }
      }
      return nil
    case "required":
      guard case .object = value else { return nil }
      let keys = Set(members(value).map(\.0))
      return elements(rule).allSatisfy { keys.contains(string($0)) } ? nil : broken
    case "propertyNames":
      for (key, _) in members(value) {
        if let fault = try fault(in: .string(key), schema: rule, at: "\(place).\(key)") {
          return fault
        }
      }
      return nil
    case "properties":
      let rules = Dictionary(members(rule), uniquingKeysWith: { first, _ in first })
      for (key, member) in members(value) {
        if let rule = rules[key],
          let fault = try fault(in: member, schema: rule, at: "\(place).\(key)")
        {
          return fault
        }
      }
      return nil
    case "patternProperties": return nil  // ours allow anything; see additionalProperties
    case "additionalProperties":
      let known = Set(self.member("properties", of: schema).map { members($0).map(\.0) } ?? [])
      let hasNotes = self.member("patternProperties", of: schema) != nil
      for (key, member) in members(value)
      where !known.contains(key) && !(hasNotes && key.hasPrefix("x_")) {
        if let fault = try fault(in: member, schema: rule, at: "\(place).\(key)") { return fault }
      }
      return nil
    default: throw UnknownKeyword(name: keyword)
    }
  }

  private func definition(_ reference: JSON) -> JSON {
    string(reference).split(separator: "/").dropFirst().reduce(root) {
      member(String($1), of: $0) ?? .boolean(false)
    }
  }

  private func isType(_ value: JSON, _ rule: JSON) -> Bool {
    switch (string(rule), value) {
    case ("object", .object), ("array", .array), ("string", .string), ("boolean", .boolean),
      ("number", .integer), ("integer", .integer):
      true
    case ("number", .number(let number)): number.isFinite
    case ("integer", .number(let number)): number == number.rounded() && number.isFinite
    default: false
    }
  }

  private func members(_ value: JSON) -> [(String, JSON)] {
    if case .object(let members) = value { members.map { ($0.key, $0.value) } } else { [] }
  }

  private func member(_ key: String, of value: JSON) -> JSON? {
    members(value).first { $0.0 == key }?.1
  }

  private func elements(_ value: JSON) -> [JSON] {
    if case .array(let elements) = value { elements } else { [] }
  }

  private func string(_ value: JSON) -> String {
    if case .string(let text) = value { text } else { "" }
  }

  private func number(_ value: JSON) -> Double? {
    switch value {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
