/// The formats that a model can be written in.
public enum ModelFileFormat: String, Sendable, CaseIterable {
  /// CPLEX LP: made to be read by people.
  case lp
  /// Free MPS: read by every solver.
  case mps
}

/// What the rows and variables of a model are called in a file.
///
/// Names are kept where the format allows them. In an LP file `[` and `]` become `(` and `)`, so
/// `memory[17]` reads `memory(17)`. Any other character that a reader of the format would stumble
/// over is written as `~` and its two hexadecimal digits: the variable `e12`, which looks like a
/// number, is `~6512` in an LP file. `~` itself is always `~7E`, so the original can be had back.
///
/// A name that is too long for a reader, or that another row (or variable) already has, ends in
/// `~~` and its index; a comment at the top of the file gives the original. `~U` at the end marks
/// the upper half of a row that the format can't hold in one. `~objective` and `~none` are the
/// objective and a row that always holds. The variable `offset_constant` is always 1; a name of
/// the model that reads like this gets its index.
public struct FileNames: Sendable, Hashable {
  /// The format that the names are made for.
  public let format: ModelFileFormat
  /// The written name of each variable.
  public private(set) var variables: [String] = []
  /// The written name of each row.
  public private(set) var rows: [String] = []
  /// The written name of the model.
  private(set) var title = ""
  /// The name of some variable of the file.
  var first: String { variables.first ?? Self.constant }
  /// One entry for each name that `original(of:in:)` can't give back.
  private(set) var notes: [Note] = []

  /// A name that a comment explains.
  struct Note: Sendable, Hashable {
    /// Whether it is a row or a variable, and the written name.
    let subject: String
    /// The name in the model, in pieces that fit into a line.
    let pieces: [String]
  }

  /// The objective.
  static let objective = "~objective"
  /// The variable that is always 1; its coefficient in the objective is the offset.
  static let constant = "offset_constant"
  /// The row that always holds, for models without rows.
  static let none = "~none"
  /// What marks the upper half of a row.
  static let upperHalf = "~U"

  /// CBC renames everything in an LP file when a single name exceeds 100 bytes.
  private static let longest = 98
  /// How many bytes of an original name stand in one line of a comment.
  private static let pieceLength = 200

  /// Words that begin a section or stand for a value in an LP file.
  private static let keywords: Set<String> = [
    "minimize", "minimise", "minimum", "min", "maximize", "maximise", "maximum", "max", "subject",
    "such", "st", "s.t.", "st.", "bound", "bounds", "general", "generals", "gen", "integer",
    "integers", "int", "binary", "binaries", "bin", "end", "free", "inf", "infinity", "sos", "sos1",
    "sos2", "semi", "semis", "sec", "semi-continuous", "to", "that",
  ]

  /// What may occur inside a name of an LP file, besides letters, digits and `_`.
  private static let harmless = Array(".,#@!?;{}&%".utf8)

  /// Chooses the names for a model.
  public init(of model: Model, in format: ModelFileFormat) {
    self.format = format
    title = String(escaped(model.name).prefix(Self.longest))
    if title.isEmpty { title = "model" }
    variables = unique(model.variableNames, kind: "variable")
    rows = unique(model.rowNames, kind: "row")
  }

  /// Returns the name in the model, or nil if the written name alone doesn't tell it.
  ///
  /// That is the case for names that end in an index, and for the names that the writer adds.
  public static func original(of written: String, in format: ModelFileFormat) -> String? {
    if written == constant { return nil }
    var bytes = Array(written.utf8)
    if bytes.suffix(2) == Array(upperHalf.utf8)[...] { bytes.removeLast(2) }
    var name = ""
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch (byte, format) {
      case (UInt8(ascii: "~"), _):
        guard position + 2 <= bytes.count,
          let code = UInt8(
            String(decoding: bytes[position..<position + 2], as: UTF8.self), radix: 16)
        else { return nil }
        name.unicodeScalars.append(Unicode.Scalar(code))
        position += 2
      case (UInt8(ascii: "("), .lp): name += "["
      case (UInt8(ascii: ")"), .lp): name += "]"
      default: name.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return name
  }

  private mutating func unique(_ names: [String], kind: String) -> [String] {
    var taken: Set<String> = [Self.constant]
    var written: [String] = []
    written.reserveCapacity(names.count)
    for (index, name) in names.enumerated() {
      var candidate = escaped(name)
      if candidate.utf8.count > Self.longest || !taken.insert(candidate).inserted {
        candidate = "\(candidate.prefix(80))~~\(index)"
        notes.append(Note(subject: "\(kind) \(candidate)", pieces: Self.pieces(of: name)))
      }
      written.append(candidate)
    }
    return written
  }

  /// Returns a name in pieces that fit into a line.
  private static func pieces(of name: String) -> [String] {
    let bytes = Array(name.utf8)
    return stride(from: 0, to: bytes.count, by: pieceLength).map {
      String(decoding: bytes[$0..<min($0 + pieceLength, bytes.count)], as: UTF8.self)
    }
  }

  /// Returns the name with every character that the format's readers stumble over written as a code.
  func escaped(_ name: String) -> String {
    var text = ""
    for (position, byte) in name.utf8.enumerated() {
      if format == .lp && byte == UInt8(ascii: "[") && position > 0 {
        text += "("
      } else if format == .lp && byte == UInt8(ascii: "]") && position > 0 {
        text += ")"
      } else if position == 0 ? canBegin(byte) && !isMisread(name) : canContinue(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        text += digits.utf8.count == 1 ? "~0\(digits)" : "~\(digits)"
      }
    }
    return text
  }

  private func canBegin(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private func canContinue(_ byte: UInt8) -> Bool {
    if canBegin(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { return true }
    switch format {
    case .lp: return Self.harmless.contains(byte)
    case .mps: return byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "~")
    }
  }

  /// Whether a reader of LP files takes the name for a keyword or for the exponent of a number.
  private func isMisread(_ name: String) -> Bool {
    guard format == .lp else { return false }
    if Self.keywords.contains(name.lowercased()) { return true }
    guard let first = name.first, first == "e" || first == "E" else { return false }
    guard let second = name.dropFirst().first else { return true }
    return !(second.isLetter || second == "_" || second == "[")
  }
}
