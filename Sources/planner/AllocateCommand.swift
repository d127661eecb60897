import Allocation
import ArgumentParser
import Optimization
import Plans
import Profiles
import Simulation

struct AllocateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allocate",
    abstract:
      "Place buffers with known lifetimes in memory, within a capacity or as low as possible.",
    discussion: """
      Reads a table with the columns id, lower, upper, size and, if wanted, alignment, gaps and offset \
      (minimalloc's form; a buffer is live from lower up to, but not including, upper), and writes it \
      with an offset for each buffer. Every layout is checked before it is written.

      Without -o the table goes to standard output and the summary to standard error. Exit code 4 if \
      nothing can fit the capacity, 5 if nothing was found within the limits, 6 if --check finds a fault.

      Example: planner allocate buffers.csv --capacity 1MiB -o placed.csv
      """)

  @Argument(help: "A CSV file or its gzip; - for standard input.")
  var file: String

  @Option(
    help: "What no buffer may end above: 1MiB, 16GiB or bytes. Default: as little as possible.")
  var capacity: BudgetArgument?

  @Option(name: .shortAndLong, help: "Write the table to this file; - for standard output.")
  var output: String?

  @Option(help: "Stop after this much time, as 60s or 5m. A layout cut off is not repeatable.")
  var timeLimit: TimeArgument?

  @Option(help: "Stop the branch and bound after this many nodes.")
  var nodeLimit: Int?

  @Flag(help: "Leave buffers that have an offset where they are, and place the others.")
  var keepOffsets = false

  @Flag(help: "Only check the offsets that the table has.")
  var check = false

  @Flag(help: "Print one line of JSON instead of the summary.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing but the table and errors.")
  var quiet = false

  func validate() throws {
    if case .share = capacity {
      throw ValidationError("--capacity takes an amount such as 1MiB, not a share")
    }
    if let nodeLimit, nodeLimit < 0 { throw ValidationError("--node-limit takes 0 or more") }
    if check && (output != nil || keepOffsets) {
      throw ValidationError("--check writes nothing; leave out -o and --keep-offsets")
    }
  }

  private var capacityBytes: Int? {
    if case .bytes(let bytes) = capacity { bytes } else { nil }
  }

  private var name: String { file == "-" ? "<stdin>" : file }

  func run() throws {
    let begin = ContinuousClock.now
    let table = try read()
    if check { return try checkOffsets(of: table) }
    let interrupt = Interrupt()
    let answer = try plan(table, interrupt)
    Console.clearProgress()
    if let fault = LayoutCheck(table.buffers).firstFault(in: answer.layout) {
      throw CommandFailure(.validationFailed, "\(name): the check rejects the layout: \(fault)")
    }
    let fits = answer.layout.height <= capacityBytes ?? .max
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    let report = AllocationReport(
      answer, buffers: table.buffers.count, capacity: capacityBytes, seconds: seconds)
    if fits { try Inputs.write(table.placed(by: answer.layout).encoded(), to: output ?? "-") }
    try tell(report, isOutputFree: fits ? output != nil && output != "-" : true)
    if interrupt.cancellation.isCancelled { throw ExitStatus.interrupted.code }
    if !fits {
      let status: ExitStatus = answer.termination == .infeasible ? .infeasible : .limitWithoutPlan
      throw status.code
    }
  }

  private func read() throws -> BufferTable {
    do {
      return file == "-"
        ? try BufferTable.read(try Console.readInput(), name: name)
        : try BufferTable.read(contentsOf: file)
    } catch let error as BufferTableError {
      throw CommandFailure(.badInput, error.description)
    }
  }

  private func plan(_ table: BufferTable, _ interrupt: Interrupt) throws -> AllocationAnswer {
    let settings = AllocationSettings(
      capacity: capacityBytes, nodeLimit: nodeLimit, timeLimit: timeLimit?.seconds,
      keepsOffsets: keepOffsets)
    do {
      var planner = try AllocationPlanner(table.buffers, settings: settings)
      let cancellation = interrupt.cancellation
      // The first layout comes fast.
      cancellation.noteAnswer()
      planner.isCancelled = { cancellation.isCancelled }
      planner.progressHandler = { Console.progress($0) }
      return planner.plan()
    } catch {
      throw CommandFailure(.badInput, "\(name): \(error)")
    }
  }

  /// Prints the summary where the table isn't.
  private func tell(_ report: AllocationReport, isOutputFree: Bool) throws {
    if quiet { return }
    let text = json ? try report.json() : report.text
    if isOutputFree {
      try Console.write(text)
    } else {
      Console.note(String(text.dropLast()))
    }
  }

  private func checkOffsets(of table: BufferTable) throws {
    for buffer in table.buffers where buffer.offset == nil {
      throw CommandFailure(.validationFailed, "\(name): buffer '\(buffer.id)' has no offset")
    }
    let layout = AddressLayout(table.buffers, offsets: table.buffers.map { $0.offset ?? 0 })
    let check = LayoutCheck(table.buffers, capacity: capacityBytes)
    if let fault = check.firstFault(in: layout) {
      throw CommandFailure(.validationFailed, "\(name): \(fault)")
    }
    if quiet { return }
    let height = Quantity.exactBytes(layout.height)
    try Console.write("\(name): \(table.buffers.count) buffers in \(height), no overlap\n")
  }
}
