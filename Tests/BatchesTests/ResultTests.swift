import Batches
import Foundation
import Profiles
import Testing

/// Result lines, files and logs.
@Suite struct ResultTests {
  private func line(_ item: Int, _ status: ResultLine.Status = .planned) -> ResultLine {
    ResultLine(
      item: item, id: "item \(item)", profile: "p\"\(item)\n.json", status: status,
      figures: ResultLine.Figures(problem: "swap", value: 1.5, bound: 0.1, gap: nil),
      seconds: 0.25, output: "o/\(item)", digest: "d", input: "i", message: status.rawValue)
  }

  @Test("a line reads back as it was", arguments: ResultLine.Status.allCases)
  func lines(status: ResultLine.Status) throws {
    let bytes = line(7, status).encoded()
    #expect(bytes.last == 0x0A)
    #expect(bytes.dropLast().contains(0x0A) == false)
    #expect(ResultLine(Array(bytes.dropLast())) == line(7, status))
    #expect(ResultLine(Array(bytes.dropLast(2))) == nil)
    #expect(ResultLine(Array(#"{"schema":"planner.result/2","item":1}"#.utf8)) == nil)
  }

  @Test("a half line at the end is dropped, wherever the file was cut", arguments: 0..<8)
  func halfLines(part: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/r.jsonl"
    let whole = line(1).encoded()
    let second = line(2).encoded()
    let cut = whole + second.prefix(second.count * part / 8)
    try Data(cut).write(to: URL(filePath: path))
    let log = try ResultLog(path, resumes: true)
    #expect(log.before.lines == [line(1)])
    #expect(log.before.damaged.isEmpty)
    try log.append(line(3))
    try log.synchronize()
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    #expect(bytes == whole + line(3).encoded())
  }

  @Test("a log is written by one batch at a time, and old results aren't mixed with new ones")
  func logs() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/r.jsonl"
    let log = try ResultLog(path, resumes: false)
    try log.append(line(1))
    #expect(throws: FileError.self) { _ = try ResultLog(path, resumes: true) }
    try folder.file("s.jsonl", "{}\n")
    #expect(throws: FileError.self) {
      _ = try ResultLog(folder.path + "/s.jsonl", resumes: false)
    }
    let other = try ResultLog(folder.path + "/s.jsonl", resumes: true)
    #expect(other.before.damaged == [1])
    #expect(throws: FileError.self) { try ResultLog("/dev/full", resumes: false).append(line(1)) }
    #expect(throws: FileError.self) { _ = try ResultLog(folder.path + "/no/r", resumes: false) }
  }

  @Test("merging takes the last line of each item, in the order of the input, and can be repeated")
  func merging() {
    let first = ResultFile(line(3).encoded() + line(1, .crashed).encoded() + Array("{".utf8))
    let second = ResultFile(line(2).encoded() + line(1).encoded())
    #expect(first.hasHalfLine)
    let merged = ResultFile.merged([first, second])
    #expect(merged == [line(1), line(2), line(3)])
    let again = ResultFile(merged.flatMap { $0.encoded() })
    #expect(ResultFile.merged([again, again]) == merged)
  }
}
