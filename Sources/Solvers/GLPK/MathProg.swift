import CEngine
import CGLPK
import Engines
public import Optimization

/// Models in the GNU MathProg language, a subset of AMPL.
///
/// GLPK's translator turns a model and its data into a `Model` that any solver can solve:
///
/// ```swift
/// let model = try MathProg.read(model: "var x >= 2; minimize cost: 3 * x; end;")
/// let solution = try CBCSolver().solve(model, options: SolveOptions())
/// ```
///
/// Read text that you trust only: it can loop without end and take all memory. What would touch
/// files or databases is refused: `table`, and any statement with `printf` and `>` (put conditions
/// that need `>` into a set of their own).
public enum MathProg {
  /// Translates a model.
  ///
  /// Variables and rows keep their MathProg names, as `x[1,b]`; blanks and what isn't ASCII become
  /// percent codes, as in `x['a%20b']`. A row that restricts nothing is left out. `solve`, and what
  /// follows it, is without effect.
  ///
  /// - Parameters:
  ///   - model: The model section, and the data section if it is not apart.
  ///   - data: The data section, nil if there is none or the model holds it.
  /// - Throws: `SolverError.invalidModel` with the translator's words, `SolverError.unavailable` if
  ///   this build lacks GLPK.
  public static func read(model: String, data: String? = nil) throws(SolverError) -> Model {
    for text in [model, data ?? ""] {
      if text.utf8.contains(0) { throw .invalidModel("MathProg: the text contains a zero byte") }
      if let fault = Statements(text).fileAccess { throw .invalidModel("MathProg: \(fault)") }
    }
    var program = glpk_program()
    var result = engine_result()
    var callbacks = engine_callbacks()
    callbacks.event = { _, _ in 0 }
    let hasRun: Void? = onLargeStack {
      glpk_read_mathprog(model, data, &callbacks, &program, &result)
    }
    defer { glpk_free_program(&program) }
    switch hasRun == nil ? ENGINE_OUT_OF_MEMORY : result.status {
    case ENGINE_OPTIMAL: break
    case ENGINE_NOT_BUILT:
      throw .unavailable(engine: "glpk", remedy: "build planner with the trait WithGLPK")
    case ENGINE_OUT_OF_MEMORY: throw .engineFailed(engine: "glpk", words: "out of memory")
    default: throw .invalidModel("MathProg: \(Self.lastLines(of: result.words))")
    }
    let translated = Self.model(from: program)
    try translated.validate()
    return translated
  }

  /// The translator's complaint, which is the end of what it printed, without our file names.
  private static func lastLines(of words: String) -> String {
    let lines = words.split(separator: "\n").filter { !$0.hasPrefix("Reading ") }
    return lines.suffix(3).map { line in
      guard line.hasPrefix("/proc/self/fd/"), let colon = line.firstIndex(of: ":") else {
        return String(line)
      }
      return "line " + line[line.index(after: colon)...]
    }.joined(separator: "; ")
  }

  private static func model(from program: glpk_program) -> Model {
    var names = program.names.map { UnsafePointer($0) }
    func nextName() -> String {
      guard let name = names else { return "" }
      var length = 0
      while name[length] != 0 { length += 1 }
      names = name.advanced(by: length + 1)
      return Self.legalName(
        UnsafeBufferPointer(start: name, count: length).map(UInt8.init(bitPattern:)))
    }
    let isMaximized = program.is_maximized == 1
    var model = Model(name: "mathprog", sense: isMaximized ? .maximize : .minimize)
    var objective = LinearExpression(constant: program.offset)
    let columns = (0..<Int(program.columns)).map { column in
      model.addVariable(
        nextName(), lower: program.column_lower[column], upper: program.column_upper[column],
        kind: program.is_integer[column] == 1 ? .integer : .continuous)
    }
    for (index, variable) in columns.enumerated() where program.objective[index] != 0 {
      objective.add(program.objective[index], variable)
    }
    for row in 0..<Int(program.rows) {
      var expression = LinearExpression()
      for term in Int(program.starts[row])..<Int(program.starts[row + 1]) {
        expression.add(program.values[term], columns[Int(program.indices[term])])
      }
      model.addRow(
        nextName(), expression, atLeast: program.row_lower[row], atMost: program.row_upper[row])
    }
    model.setObjective(objective)
    return model
  }
}

extension MathProg {
  /// A name that `Model.validate()` accepts: percent codes for all but printable ASCII.
  ///
  /// What is too long for a name after that ends early.
  private static func legalName(_ bytes: [UInt8]) -> String {
    var legal = ""
    for byte in bytes {
      let digits = String(byte, radix: 16, uppercase: true)
      let part =
        byte > 0x20 && byte < 0x7F
        ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
      if legal.utf8.count + part.utf8.count > 255 { break }
      legal += part
    }
    return legal
  }
}

/// The statements of a MathProg text, with a blank for each comment and each string.
///
/// Both end a word for the translator: it reads `printf"x">"file"` as four.
private struct Statements {
  private var statements: [String] = [""]

  init(_ text: String) {
    let bytes = Array(text.utf8)
    var position = 0
    func skip(past end: [UInt8]) {
      while position < bytes.count && !bytes[position...].starts(with: end) { position += 1 }
      position += end.count
    }
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "#"): skip(past: [UInt8(ascii: "\n")])
      case UInt8(ascii: "/") where position < bytes.count && bytes[position] == UInt8(ascii: "*"):
        position += 1
        skip(past: Array("*/".utf8))
      case UInt8(ascii: "'"), UInt8(ascii: "\""): skip(past: [byte])
      case UInt8(ascii: ";"): statements.append("")
      default:
        statements[statements.count - 1].unicodeScalars.append(Unicode.Scalar(byte))
        continue
      }
      statements[statements.count - 1].append(" ")
    }
  }

  /// What would read or write a file; nil if nothing would.
  var fileAccess: String? {
    for statement in statements {
      let words = statement.unicodeScalars.split { !Self.isInWord($0) }.map(String.init)
      if words.contains("table") { return "'table' is refused, because it reads and writes files" }
      if words.contains("printf") && statement.unicodeScalars.contains(">") {
        return "'printf' with '>' is refused, because it writes files"
      }
    }
    return nil
  }

  private static func isInWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
  }
}
