import Foundation

/// The commands of the workload manager Slurm.
struct Slurm {
  /// What its programs said.
  struct Answer {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Which tasks of an array job are waiting or running.
  enum Queue: Equatable {
    case tasks(Set<Int>)
    /// The controller gave no answer; it may come back.
    case unknown(String)
  }

  /// Submits a script as an array job, and returns the job's number.
  func submit(_ script: String, tasks: [Int]) throws -> String {
    let list = tasks.map(String.init).joined(separator: ",")
    let answer = try run(["sbatch", "--parsable", "--array=\(list)", script])
    // With several clusters, the name of one follows.
    let job = answer.output.trimmingCharacters(in: .whitespacesAndNewlines)
      .split(separator: ";").first.map(String.init)
    guard answer.status == 0, let job, !job.isEmpty, job.allSatisfy(\.isNumber) else {
      throw CommandFailure(.failure, "sbatch: \(words(answer)); check --sbatch and the cluster")
    }
    return job
  }

  /// Returns the tasks of a job that are still waiting or running.
  func queue(of job: String) throws -> Queue {
    let answer = try run(["squeue", "--noheader", "--array", "--jobs=\(job)", "--format=%K"])
    if answer.status != 0 {
      // A job that is long over is not known any more.
      return answer.errors.contains("Invalid job id") ? .tasks([]) : .unknown(words(answer))
    }
    return .tasks(Set(answer.output.split(separator: "\n").compactMap { Int($0) }))
  }

  private func words(_ answer: Answer) -> String {
    let text = answer.errors.trimmingCharacters(in: .whitespacesAndNewlines)
    return text.isEmpty ? "ended with status \(answer.status)" : text
  }

  private func run(_ command: [String]) throws -> Answer {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw CommandFailure(.failure, "\(command[0]): can't be started: \(error)")
    }
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    let faults = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    if process.terminationStatus == 127 {
      throw CommandFailure(
        .failure, "\(command[0]): not found; is this a machine from which jobs are submitted?")
    }
    return Answer(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      errors: String(decoding: faults, as: UTF8.self))
  }
}
