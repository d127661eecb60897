/// What a file of a run is.
enum TraceKind {
  case kineto
  case execution

  /// Looks at the first keys of a file.
  static func of(_ file: SourceFile) throws(CollectorError) -> TraceKind {
    let kind = try TraceText.read(file) { (pull) throws(JSONPull.Failure) -> TraceKind? in
      if pull.kind() == .array { return .kineto }
      guard pull.kind() == .object else { return nil }
      try pull.openObject()
      while let key = try pull.nextKey() {
        if key == "traceEvents" { return .kineto }
        if key == "nodes" { return .execution }
        try pull.skip()
      }
      return nil
    }
    if let kind { return kind }
    throw .malformed(
      file: file.name,
      problem: "it has neither traceEvents nor nodes; is it a trace of the PyTorch profiler?")
  }
}
