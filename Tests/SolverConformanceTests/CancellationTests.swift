import Optimization
import Synchronization
import Testing

@Suite("cancellation")
struct CancellationTests {
  private let hard = Model.hardKnapsack(items: 120, capacities: 12)

  @Test("cancelling returns the incumbent", arguments: Backend.all)
  func incumbent(backend: Backend) throws {
    let cancellation = Cancellation()
    var options = SolveOptions(timeLimit: 300)
    options.cancellation = cancellation
    options.progressHandler = { if $0.incumbent != nil { cancellation.cancel() } }
    let solution = try backend.solver().solve(hard, options: options)
    #expect(solution.termination == .feasible(.interrupted))
    #expect(hard.violations(of: try #require(solution.point)).isEmpty)
    #expect(solution.bound != nil)
  }

  @Test("a search that is cancelled before it begins has no point", arguments: Backend.all)
  func before(backend: Backend) throws {
    let cancellation = Cancellation()
    cancellation.cancel()
    var options = SolveOptions()
    options.cancellation = cancellation
    let solution = try backend.solver().solve(hard, options: options)
    #expect(solution.termination == .noSolution(.interrupted))
  }

  @Test("cancelling a task cancels its search", arguments: Backend.all)
  func task(backend: Backend) async throws {
    let solver = try backend.solver()
    let hard = hard
    // The search's own thread cancels: on a busy machine this test may not run again for minutes.
    let running = Mutex<Task<Solution, any Error>?>(nil)
    var options = SolveOptions(timeLimit: 300)
    options.progressHandler = { progress in
      if progress.incumbent != nil { running.withLock { $0?.cancel() } }
    }
    let search = options
    let task = Task { try await solver.solution(of: hard, options: search) }
    running.withLock { $0 = task }
    #expect(try await task.value.termination == .feasible(.interrupted))
  }

  @Test("a relaxation can be cancelled", arguments: Backend.all)
  func relaxation(backend: Backend) throws {
    let cancellation = Cancellation()
    cancellation.cancel()
    var options = SolveOptions()
    options.cancellation = cancellation
    let large = Model.hardKnapsack(items: 2000, capacities: 40)
    #expect(
      try backend.solver().relax(large, options: options).termination == .noSolution(.interrupted))
  }
}
