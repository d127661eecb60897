import Optimization

/// One solve or relaxation by a worker, seen from the one who asked for it.
struct WorkerTask {
  /// How a task ended.
  enum Ending {
    /// By the worker's last reply.
    case reply(Reply)
    /// Without one: the worker was ended, or it was lost.
    case lost(Termination.Limit, words: String)
  }

  private let kind: Request.Task
  private let engine: String
  private let model: Model
  private let options: SolveOptions
  private let gracePeriod: Duration
  /// Whether the process is ended by the system where it takes too much memory.
  private let isMemoryKeptBySystem: Bool
  private let started = ContinuousClock.now

  /// The best point that the worker told while searching.
  private(set) var incumbent: [Double]?
  /// What the objective can't be better than.
  private(set) var bound: Double?
  private(set) var nodes = 0

  init(
    kind: Request.Task, engine: String, model: Model, options: SolveOptions, gracePeriod: Double,
    engineLimitsMemory: Bool
  ) {
    self.kind = kind
    self.engine = engine
    self.model = model
    self.options = options
    // Who asks for seconds doesn't wait as many again for an engine that doesn't stop.
    let share = options.timeLimit.map { max(0.2, $0 / 10) } ?? gracePeriod
    self.gracePeriod = .seconds(min(gracePeriod, share))
    isMemoryKeptBySystem = options.memoryLimitBytes != nil && !engineLimitsMemory
  }

  /// How long an engine has to stop when the user asks for it: nothing but the last point would be lost, and
  /// the best one was told before.
  private static let patience = Duration.milliseconds(400)

  private var isCancelled: Bool { options.cancellation?.isCancelled ?? false }
  private var elapsed: Duration { started.duration(to: .now) }
  private var isTimeUp: Bool { timeLimit.map { elapsed >= $0 } ?? false }

  /// Hands the task to a worker of the pool and follows it to its end.
  mutating func run(_ pool: WorkerPool) throws(SolverError) -> Ending {
    let isLate = { [self] in isCancelled || isTimeUp }
    guard !isLate(), let worker = try pool.take(unless: isLate) else {
      return .lost(isCancelled ? .interrupted : .time, words: "no worker was free")
    }
    let last: Reply
    do throws(WorkerProcess.Failure) {
      last = try follow(worker)
    } catch {
      pool.drop()
      return loss(of: worker, error)
    }
    pool.give(worker)
    if case .failure(let record) = last { throw record.error }
    return .reply(last)
  }

  /// Sends the request and takes replies until the last one.
  private mutating func follow(_ worker: WorkerProcess) throws(WorkerProcess.Failure) -> Reply {
    var end = timeLimit.map { started + $0 + gracePeriod }
    try worker.send(request, until: end ?? .now + .seconds(60))
    var isStopping = false
    while true {
      if isCancelled && !isStopping {
        isStopping = true
        let last = ContinuousClock.now + min(gracePeriod, Self.patience)
        end = end.map { min($0, last) } ?? last
        try worker.send(stop, until: last)
      }
      let tick = ContinuousClock.now + .milliseconds(20)
      let reply: Reply
      do throws(WorkerProcess.Failure) {
        reply = try worker.receive(until: end.map { min($0, tick) } ?? tick)
      } catch {
        if error == .timedOut, end.map({ .now < $0 }) ?? true { continue }
        throw error
      }
      switch reply {
      case .log(let line): options.logHandler?(line)
      case .incumbent(let point):
        incumbent = point
        options.cancellation?.noteAnswer()
      case .progress(let value, let bound, let nodes, let seconds):
        self.bound = bound ?? self.bound
        self.nodes = nodes
        options.progressHandler?(
          SolveProgress(incumbent: value, bound: bound, nodes: nodes, seconds: seconds))
      case .greeting, .solution, .relaxation, .failure: return reply
      }
    }
  }

  /// The wall time that the task may take, within what a `Duration` holds.
  private var timeLimit: Duration? { options.timeLimit.map { .seconds(min($0, 1e9)) } }

  private var request: [UInt8] {
    let payload = ModelPayload(model: model, start: options.warmStart)
    let left = timeLimit.map { max(0, ($0 - elapsed) / .seconds(1)) }
    let header = Request(
      task: kind, shape: payload.shape, timeLimit: left, nodeLimit: options.nodeLimit,
      absoluteGap: options.absoluteGap, relativeGap: options.relativeGap,
      memoryLimitBytes: options.memoryLimitBytes, wantsLog: options.logHandler != nil)
    return encodedLine(header) + payload.bytes
  }

  private var stop: [UInt8] { encodedLine(Request(task: .stop)) }

  /// Ends a worker that failed and says what limit that amounts to.
  private func loss(of worker: WorkerProcess, _ failure: WorkerProcess.Failure) -> Ending {
    let words = "the worker " + worker.end()
    switch failure {
    case .timedOut:
      options.logHandler?("\(engine): the engine did not stop in time; \(words)")
      return .lost(isCancelled ? .interrupted : .time, words: words)
    case .gone:
      options.logHandler?("\(engine): \(words)")
      return .lost(isMemoryKeptBySystem ? .memory : .engineFailure, words: words)
    }
  }
}
