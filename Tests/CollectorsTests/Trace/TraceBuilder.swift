import Collectors

/// Writes small Kineto traces in the spelling of different years.
struct TraceBuilder: Sendable {
  /// How a trace is spelled.
  enum Vintage: String, Sendable, CaseIterable {
    /// Categories with capitals, threads as strings, whole microseconds, `external id`.
    case of2021
    /// Today's names, microseconds with decimals.
    case today
    /// Times relative to a base.
    case relative
    /// AMD's runtime: numbers as strings.
    case rocm
  }

  var vintage = Vintage.today
  var hasShapes = true
  var hasAddresses = false
  var hasTotals = false
  var hasSequences = true
  var hasFlows = false
  var events: [String] = []
  private var correlation = 0
  private var flow = 0
  private var addresses: [Int: [Int]] = [:]
  private var nextAddress = 4096
  private var total = 1 << 20

  init(_ vintage: Vintage = .today) { self.vintage = vintage }

  private func time(_ microseconds: Double) -> String {
    switch vintage {
    case .of2021: String(1_623_142_623_460_000 + Int(microseconds))
    case .today: "\(1_712_195_495_500_000 + Int(microseconds)).125"
    case .relative, .rocm: "\(4_458_676.0 + microseconds)"
    }
  }

  private func thread(_ number: Int) -> String {
    vintage == .of2021 ? "\"\(number)\"" : "\(number)"
  }

  /// Adds an operator or an annotation.
  mutating func add(
    _ name: String, at start: Double, for duration: Double, thread number: Int = 1,
    sequence: Int? = nil, shapes: [[Int]] = [], number function: Int? = nil,
    isAnnotation: Bool = false, more: String = ""
  ) {
    let category =
      vintage == .of2021 ? "Operator" : isAnnotation ? "user_annotation" : "cpu_op"
    var arguments = ["\"\(vintage == .of2021 ? "external id" : "External id")\": \(events.count)"]
    if let sequence, hasSequences {
      arguments.append("\"Sequence number\": \(sequence), \"Fwd thread id\": 0")
    }
    if hasShapes, !shapes.isEmpty {
      arguments.append("\"Input Dims\": \(shapes), \"Input type\": \(shapes.map { _ in "float" })")
    }
    if let function { arguments.append("\"Record function id\": \(function)") }
    if hasFlows, let sequence {
      let isBackward = name.contains("Backward")
      events.append(
        "{\"ph\": \"\(isBackward ? "f" : "s")\", \"cat\": \"fwdbwd\", \"name\": \"fwdbwd\", "
          + "\"id\": \(sequence), \"pid\": 9, \"tid\": \(thread(number)), \"ts\": \(time(start + 1))}"
      )
    }
    events.append(
      "{\"ph\": \"X\", \"cat\": \"\(category)\", \"name\": \"\(name)\", \"pid\": 9, "
        + "\"tid\": \(thread(number)), \"ts\": \(time(start)), \"dur\": \(Int(duration)), "
        + "\"args\": {\(arguments.joined(separator: ", "))\(more)}}")
  }

  /// Adds a kernel and the call that queues it.
  mutating func kernel(
    _ name: String = "kernel", queued: Double, at start: Double, for duration: Double,
    thread number: Int = 1, stream: Int = 7, more: String = ""
  ) {
    correlation += 1
    let (runtime, kernel) =
      vintage == .of2021 ? ("Runtime", "Kernel") : ("cuda_runtime", "kernel")
    let call = vintage == .rocm ? "hipLaunchKernel" : "cudaLaunchKernel"
    let line = vintage == .of2021 ? "\"stream \(stream)\"" : "\(stream)"
    let number = thread(number)
    events.append(
      "{\"ph\": \"X\", \"cat\": \"\(runtime)\", \"name\": \"\(call)\", \"pid\": 9, "
        + "\"tid\": \(number), \"ts\": \(time(queued)), \"dur\": 2, "
        + "\"args\": {\"correlation\": \(correlation), \"size\": \"2560\"}}")
    events.append(
      "{\"ph\": \"X\", \"cat\": \"\(kernel)\", \"name\": \"\(name)\", \"pid\": 0, "
        + "\"tid\": \(line), \"ts\": \(time(start)), \"dur\": \(Int(duration)), "
        + "\"args\": {\"stream\": \(stream), \"correlation\": \(correlation)\(more)}}")
  }

  /// Adds a memory event; negative bytes free the oldest block of that size.
  mutating func memory(_ bytes: Int, at start: Double, thread number: Int = 1, device: Int = 1) {
    var arguments = "\"Device Type\": \(device), \"Device Id\": 0, \"Bytes\": \(bytes)"
    total += bytes
    if hasTotals { arguments += ", \"Total Allocated\": \(total), \"Total Reserved\": 4194304" }
    if hasAddresses {
      var address = nextAddress
      if bytes > 0 {
        nextAddress += 4096
        addresses[bytes, default: []].append(address)
      } else {
        let open = addresses[-bytes] ?? []
        address = open.first ?? 64
        addresses[-bytes] = Array(open.dropFirst())
      }
      arguments += ", \"Addr\": \(address)"
    }
    events.append(
      "{\"ph\": \"i\", \"s\": \"t\", \"name\": \"[memory]\", \"pid\": 9, "
        + "\"tid\": \(thread(number)), \"ts\": \(time(start)), \"args\": {\(arguments)}}")
  }

  /// The text of the trace.
  var text: String {
    let base = vintage == .relative ? "\"baseTimeNanoseconds\": 1735632360000000000, " : ""
    return "{\"schemaVersion\": 1, \(base)\"deviceProperties\": [{\"id\": 0, \"name\": \"GPU\"}],\n"
      + "\"traceEvents\": [\n\(events.joined(separator: ",\n"))\n]}"
  }

  /// The trace as a file.
  func file(_ name: String = "trace.json") -> SourceFile {
    SourceFile(name: name, bytes: Array(text.utf8))
  }
}
