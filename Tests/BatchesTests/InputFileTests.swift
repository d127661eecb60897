import Batches
import Foundation
import Testing

/// What paths stand for, and where plans go.
@Suite struct InputFileTests {
  private static let profile = #"{"schema": "planner.profile/1"}"#

  @Test("a folder stands for the profiles in it, a pattern for what it matches")
  func finding() throws {
    let folder = try TemporaryFolder()
    for name in ["b.json", "a/c.json", ".hidden/d.json", ".e.json"] {
      try folder.file(name, Self.profile)
    }
    // The schema far behind in the file, another schema, another ending.
    try folder.file("late.json", String(repeating: " ", count: 10_000) + Self.profile)
    try folder.file("p.plan.json", #"{"schema": "planner.plan/1"}"#)
    try folder.file("notes.txt", Self.profile)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/a/round", withDestinationPath: folder.path)
    let names = ["a/c.json", "b.json", "late.json"].map { folder.path + "/" + $0 }
    #expect(try ProfileFinder.files(folder.path) == names)
    #expect(try ProfileFinder.files(folder.path + "/") == names)
    #expect(try ProfileFinder.files(folder.path + "/[bl]*.json") == [names[1], names[2]])
    #expect(try ProfileFinder.files(folder.path + "/?") == [names[0]])
    // A file whose name looks like a pattern.
    let odd = try folder.file("x[1].json", Self.profile)
    #expect(try ProfileFinder.files(odd) == [odd])
    #expect(throws: BatchInputError.self) { try ProfileFinder.files(folder.path + "/nix*") }
    #expect(throws: BatchInputError.self) { try ProfileFinder.files(folder.path + "/nix") }
    #expect(throws: BatchInputError.self) { try ProfileFinder.files(folder.path + "/.hidden/d") }
  }

  @Test("plans are named after their profiles, and no two get one name")
  func naming() throws {
    let folder = try TemporaryFolder()
    var names = OutputNames(folder: folder.path, allowsOutside: false)
    #expect(names.take("a-2.plan.json").path == folder.path + "/a-2.plan.json")
    #expect(names.name(after: "x/a.profile.json.gz") == folder.path + "/a.plan.json")
    #expect(names.name(after: "y/a.json") == folder.path + "/a-3.plan.json")
    #expect(names.name(after: ".json") == folder.path + "/.json.plan.json")
    #expect(names.notes.count == 1)
    #expect(names.take("./z/../a.plan.json").fault?.contains("also another item's") == true)
  }

  @Test(
    "no output leaves the folder",
    arguments: [
      "../x", "/etc/x", "a/../../x", "link/x", "link", ".", "", "a/..", "/", "link/../../x",
    ])
  func confinement(name: String) throws {
    let folder = try TemporaryFolder()
    let inside = folder.path + "/out"
    try folder.file("out/a/b", "")
    try FileManager.default.createSymbolicLink(
      atPath: inside + "/link", withDestinationPath: folder.path)
    var names = OutputNames(folder: inside, allowsOutside: false)
    #expect(names.take(name).path == nil)
    var free = OutputNames(folder: inside, allowsOutside: true)
    #expect(free.take(name).path != nil)
    #expect(names.take("a/new/x").path == inside + "/a/new/x")
    #expect(names.take(inside + "/y").path == inside + "/y")
  }
}
