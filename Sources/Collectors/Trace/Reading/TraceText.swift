import Profiles

/// Runs readers over the bytes of a trace and turns their failures into errors with line and column.
enum TraceText {
  static func read<Result>(
    _ source: SourceFile,
    _ body: (inout JSONPull) throws(JSONPull.Failure) -> Result
  ) throws(CollectorError) -> Result {
    do {
      return try source.bytes.withUnsafeBufferPointer {
        (bytes) throws(JSONPull.Failure) -> Result in
        var pull = JSONPull(bytes)
        return try body(&pull)
      }
    } catch {
      let syntax = JSONSyntaxError(
        at: error.offset, of: source.bytes, error.problem, error.remedy)
      throw .invalid(
        file: source.name, place: "line \(syntax.line), column \(syntax.column)",
        problem: syntax.problem, remedy: syntax.remedy)
    }
  }
}

extension JSONPull {
  /// Passes a value and returns it if it is a whole number, or a string that holds one.
  mutating func optionalInteger() throws(Failure) -> Int? {
    switch kind() {
    case .number: return try number().integer
    case .string: return try string().integer
    default:
      try skip()
      return nil
    }
  }

  /// Passes a value and returns its text if it is a string or a number.
  mutating func optionalText() throws(Failure) -> JSONText? {
    switch kind() {
    case .number: return try number()
    case .string: return try string()
    default:
      try skip()
      return nil
    }
  }

  /// Passes a time in microseconds.
  mutating func nanoseconds(_ key: StaticString) throws(Failure) -> Int {
    let start = position
    let text = kind() == .number ? try number() : nil
    guard let time = text?.nanoseconds, time.magnitude < 1 << 61 else {
      throw Failure(
        offset: start, problem: "\(key) isn't a time in microseconds",
        remedy: "record the trace again")
    }
    return time
  }
}
