import Foundation
import Glibc
public import Optimization
import Synchronization

/// Serves requests from standard input until it closes, and ends the process then.
///
/// This is the whole of a worker executable. Standard output carries the replies and nothing else:
/// what libraries print is dropped. A request that can't be read is answered by a failure.
public func runWorker(_ solver: any Solver) -> Never {
  signal(SIGPIPE, SIG_IGN)
  let input = dup(STDIN_FILENO)
  let writer = ReplyWriter(descriptor: dup(STDOUT_FILENO))
  let nowhere = open("/dev/null", O_RDWR)
  for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] { dup2(nowhere, stream) }
  Worker(solver: solver, writer: writer).serve(input)
  // A search may be in the middle of a phase that nothing interrupts.
  _exit(EXIT_SUCCESS)
}

/// The worker's side of the protocol.
///
/// A class, because the thread that reads requests and the one that solves share it.
private final class Worker: Sendable {
  private let solver: any Solver
  private let writer: ReplyWriter
  /// What stops the running task; nil while idle.
  private let running = Mutex<Cancellation?>(nil)

  init(solver: any Solver, writer: ReplyWriter) {
    self.solver = solver
    self.writer = writer
  }

  /// Greets and serves until the input ends.
  func serve(_ input: Int32) {
    writer.write(
      .greeting(
        Greeting(
          schema: Greeting.currentSchema, name: solver.name, version: solver.version,
          features: solver.capabilities.features.map(\.rawValue).sorted(),
          deviations: solver.capabilities.deviations)))
    var source = BlockingSource(descriptor: input)
    while let line = source.line() {
      guard let request = try? decoded(Request.self, from: line) else {
        fail("the request is not one line of JSON as \(Greeting.currentSchema) has it")
        continue
      }
      if request.task == .stop {
        running.withLock { $0?.cancel() }
        continue
      }
      guard let shape = request.shape, let count = shape.byteCount else {
        // Where the next request begins can't be known.
        fail("the request has no shape, or a negative one")
        return
      }
      guard let bytes = source.bytes(count) else { return }
      start(request, shape, bytes)
    }
  }

  private func fail(_ words: String) {
    writer.write(.failure(FailureRecord(.engineFailed(engine: solver.name, words: words))))
  }

  /// Starts a task on a thread of its own, so that a request to stop can be read.
  private func start(_ request: Request, _ shape: ModelPayload.Shape, _ bytes: [UInt8]) {
    let cancellation = Cancellation()
    let isFree = running.withLock { running in
      defer { running = running ?? cancellation }
      return running == nil
    }
    guard isFree else { return fail("the worker is busy with another request") }
    let isStarted = Self.startThread {
      let reply: Reply
      do throws(SolverError) {
        let payload = try ModelPayload(shape: shape, bytes: bytes)
        reply = try self.answer(request, payload, cancellation)
      } catch {
        reply = .failure(FailureRecord(error))
      }
      // Free before the reply, which the next request may follow at once.
      self.running.withLock { $0 = nil }
      self.writer.write(reply)
    }
    if !isStarted {
      running.withLock { $0 = nil }
      fail("memory ran out: there is none for a thread's stack")
    }
  }

  /// What a new thread runs.
  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
      self.run = run
    }
  }

  /// Runs a closure on a thread of its own; false where there can be none, which Foundation's `Thread`
  /// doesn't tell.
  private static func startThread(_ run: @escaping @Sendable () -> Void) -> Bool {
    let body = Unmanaged.passRetained(Body(run))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, body.toOpaque())
    if code != 0 {
      body.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  private func answer(
    _ request: Request, _ payload: ModelPayload, _ cancellation: Cancellation
  ) throws(SolverError) -> Reply {
    var options = SolveOptions(
      timeLimit: request.timeLimit, nodeLimit: request.nodeLimit,
      absoluteGap: request.absoluteGap, relativeGap: request.relativeGap, warmStart: payload.start)
    options.cancellation = cancellation
    let writer = writer
    if request.wantsLog { options.logHandler = { writer.write(.log(line: $0)) } }
    options.progressHandler = {
      writer.write(
        .progress(incumbent: $0.incumbent, bound: $0.bound, nodes: $0.nodes, seconds: $0.seconds))
    }
    if let limit = request.memoryLimitBytes {
      if solver.capabilities.features.contains(.memoryLimit) {
        options.memoryLimitBytes = limit
      } else {
        limitAddressSpace(to: addressSpace() + limit)
      }
    }
    defer { limitAddressSpace(to: nil) }
    switch request.task {
    case .relax:
      return .relaxation(RelaxationRecord(try solver.relax(payload.model, options: options)))
    case .solve, .stop:
      return .solution(SolutionRecord(try solve(payload.model, options)))
    }
  }

  private func solve(_ model: Model, _ options: SolveOptions) throws(SolverError) -> Solution {
    guard let solver = solver as? any IncumbentReporting else {
      return try solver.solve(model, options: options)
    }
    let writer = writer
    return try solver.solve(model, options: options) { writer.write(.incumbent(point: $0)) }
  }
}

extension SolutionRecord {
  fileprivate init(_ solution: Solution) {
    self.init(
      termination: TerminationRecord(solution.termination), point: solution.point,
      bound: solution.bound, nodes: solution.nodes, engine: solution.engine)
  }
}

extension RelaxationRecord {
  fileprivate init(_ relaxation: Relaxation) {
    self.init(
      termination: TerminationRecord(relaxation.termination), objective: relaxation.objective,
      point: relaxation.point, rowDuals: relaxation.rowDuals,
      reducedCosts: relaxation.reducedCosts, engine: relaxation.engine)
  }
}

/// Writes replies, each as one undivided line.
///
/// A class, because several threads share the descriptor's lock.
private final class ReplyWriter: Sendable {
  private let descriptor: Mutex<Int32>

  init(descriptor: Int32) {
    self.descriptor = Mutex(descriptor)
  }

  /// Writes a reply; one that can't be written has no reader any more.
  func write(_ reply: Reply) {
    let line = encodedLine(reply)
    descriptor.withLock { descriptor in
      var rest = line[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno != EINTR { return }
        rest = rest.dropFirst(max(0, count))
      }
    }
  }
}

/// Lines and bytes from a descriptor, waiting for them.
private struct BlockingSource {
  let descriptor: Int32
  private var buffer = ByteBuffer()

  init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// The next line; nil at the end of the input.
  mutating func line() -> [UInt8]? {
    while true {
      if let line = buffer.takeLine() { return line }
      if !fill() { return nil }
    }
  }

  /// The next bytes; nil if the input ends before.
  mutating func bytes(_ count: Int) -> [UInt8]? {
    while true {
      if let bytes = buffer.take(count) { return bytes }
      if !fill() { return nil }
    }
  }

  private mutating func fill() -> Bool {
    while true {
      let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { space, filled in
        filled = max(0, read(descriptor, space.baseAddress, space.count))
      }
      if piece.isEmpty && errno == EINTR {
        errno = 0
        continue
      }
      buffer.append(piece)
      return !piece.isEmpty
    }
  }
}
