import Foundation
import Profiles
import Testing

@Suite struct FileTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "planner-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// Runs a body with a path in the folder of this test, which is removed afterwards.
  private func withPath(_ name: String, _ body: (String) throws -> Void) rethrows {
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.appending(path: name).path)
  }

  @Test("a file is read plain or compressed, with the same content")
  func load() throws {
    let profile = RandomProfile.make(seed: 3)
    try withPath("profile.json") { path in
      try AtomicFile.write(profile.encoded(), to: path)
      let plain = try ProfileFile.load(path)
      #expect(plain.profile == profile)
      #expect(plain.content == profile.encoded())
      try AtomicFile.write(profile.encoded(compressed: true), to: path)
      let compressed = try ProfileFile.load(path)
      #expect(compressed.profile == profile)
      #expect(compressed.content == plain.content)
      #expect(try Profile.read(contentsOf: path) == profile)
    }
  }

  @Test("a file that isn't there, or is a folder, is told in a sentence")
  func unreadable() {
    withPath("none.json") { path in
      let missing = #expect(throws: ProfileError.self) { try Profile.read(contentsOf: path) }
      #expect(
        missing?.description
          == "\(path): can't be read (No such file or directory); check the path and the permissions"
      )
      let directory = #expect(throws: ProfileError.self) {
        try Profile.read(contentsOf: folder.path)
      }
      #expect(directory?.description.contains("can't be read (Is a directory)") == true)
    }
  }

  @Test("a file is replaced as a whole, keeps its permissions, and leaves nothing else behind")
  func replace() throws {
    try withPath("plan.json") { path in
      try AtomicFile.write([1, 2, 3], to: path)
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      try AtomicFile.write([4], to: path)
      #expect(FileManager.default.contents(atPath: path) == Data([4]))
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o640)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["plan.json"])
    }
  }

  @Test("a link stays a link, and the file behind it is replaced")
  func link() throws {
    try withPath("plan.json") { path in
      try AtomicFile.write([1], to: path)
      let link = folder.appending(path: "link.json").path
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
      try AtomicFile.write([2], to: link)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
      #expect(FileManager.default.contents(atPath: path) == Data([2]))
    }
  }

  @Test("a file that can't be written is told in a sentence")
  func unwritable() throws {
    try withPath("none/plan.json") { path in
      #expect(throws: FileError(path: path, problem: "No such file or directory")) {
        try AtomicFile.write([1], to: path)
      }
      #expect(throws: FileError(path: "", problem: "No such file or directory")) {
        try AtomicFile.write([1], to: "")
      }
      #expect(throws: FileError(path: folder.path, problem: "Is a directory")) {
        try AtomicFile.write([1], to: folder.path)
      }
      #expect(throws: FileError(path: "/dev/full", problem: "No space left on device")) {
        try AtomicFile.write([1], to: "/dev/full")
      }
      try AtomicFile.write([1], to: "/dev/null")
    }
  }
}

@Suite struct GzipTests {
  @Test("what is compressed comes back, also in several parts")
  func roundTrip() throws {
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    let compressed = Gzip.compress(bytes)
    #expect(Gzip.isCompressed(compressed))
    #expect(try Gzip.decompress(compressed) == bytes)
    #expect(try Gzip.decompress(compressed + Gzip.compress([]) + compressed) == bytes + bytes)
  }

  @Test("a compressed file carries no time, so it is the same each time")
  func deterministic() {
    let compressed = Gzip.compress(Array("profile".utf8))
    #expect(Array(compressed[4..<8]) == [0, 0, 0, 0])
    #expect(Gzip.compress(Array("profile".utf8)) == compressed)
  }

  @Test("a file cut off anywhere is told")
  func truncated() {
    let compressed = Gzip.compress(Array("a profile of some length".utf8))
    for length in 2..<compressed.count {
      let fault = #expect(throws: Fault.self) {
        try Gzip.decompress(Array(compressed[..<length]))
      }
      #expect(fault?.problem == "the compressed file ends too early")
    }
  }

  @Test("a damaged file, or one with rubbish at its end, is told")
  func damaged() {
    var compressed = Gzip.compress(Array("a profile of some length".utf8))
    let rubbish = #expect(throws: Fault.self) { try Gzip.decompress(compressed + [1, 2, 3]) }
    #expect(rubbish?.problem == "the compressed file is damaged (incorrect header check)")
    compressed[compressed.count - 6] ^= 1
    let damaged = #expect(throws: Fault.self) { try Gzip.decompress(compressed) }
    #expect(damaged?.problem == "the compressed file is damaged (incorrect data check)")
  }

  @Test("content beyond the limit, or compressed beyond belief, is refused")
  func bomb() {
    let large = Gzip.compress([UInt8](repeating: 32, count: 200_000))
    let fault = #expect(throws: Fault.self) { try Gzip.decompress(large, atMost: 100_000) }
    #expect(fault?.problem == "the content is larger than 100000 bytes")
    let bomb = Gzip.compress([UInt8](repeating: 32, count: 18 << 20))
    let refused = #expect(throws: Fault.self) { try Gzip.decompress(bomb) }
    #expect(refused?.problem == "the content is more than 500 times as large as the file")
  }
}
