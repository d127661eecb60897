import Foundation
import Testing
import Workers

/// What programs that serve this one get from it.
@Suite("Child processes")
struct ChildProcessTests {
  @Test("a child gets its three streams and no other descriptor")
  func descriptors() throws {
    // A pipe as libraries make them: open in every program that is started.
    var pipeEnds: [Int32] = [-1, -1]
    try #require(pipe(&pipeEnds) == 0)
    var streamEnds: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue)
    try #require(socketpair(AF_UNIX, kind, 0, &streamEnds) == 0)
    defer { for end in pipeEnds + streamEnds { close(end) } }
    let child = try ChildProcess.start("/bin/sleep", arguments: ["60"], stream: streamEnds[1])
    defer {
      kill(child, SIGKILL)
      waitpid(child, nil, 0)
    }
    let folder = "/proc/\(child)/fd"
    let open = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(Set(open).isSuperset(of: ["0", "1", "2"]))
    // What the child opens itself while it is loaded are files.
    for descriptor in open where !["0", "1", "2"].contains(descriptor) {
      let target = try? FileManager.default.destinationOfSymbolicLink(
        atPath: "\(folder)/\(descriptor)")
      #expect(target?.hasPrefix("/") != false, "descriptor \(descriptor)")
    }
  }
}
