import Foundation
import Profiles
import TestSupport
import Testing

@Suite struct CodecCommandTests {
  @Test("zeros of a recorded tensor become the profile's history, epoch by epoch")
  func sparsity() throws {
    let folder = try Folder()
    let profile = RandomProfile.layered(layers: 3, seed: 1)
    let path = try folder.file("p.json", profile.encoded())
    let tensor = try #require(profile.tensors.first { $0.kind == .activation })
    let elements = try folder.file("run.raw", [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    var known = profile
    known.tensors[profile.tensors.firstIndex { $0.id == tensor.id } ?? 0].dtype = "float32"
    try Data(known.encoded()).write(to: URL(filePath: path))
    for epoch in 0..<2 {
      let command = try Command.run([
        "collect", "sparsity", path, elements, "--tensor", tensor.id, "-o", path,
      ])
      #expect(command.status == 0, "\(command.errors)")
      #expect(command.errors.contains("\(tensor.id): density 0.2500, mean cycle 2.7 of 4 elements"))
      let history = try Profile.read(contentsOf: path).tensors.first { $0.id == tensor.id }?
        .sparsity?.history
      #expect(history?.map(\.epoch) == Array(0...epoch))
    }
    let wrong = try Command.run(["collect", "sparsity", path, elements])
    #expect(wrong.status == 3)
    #expect(wrong.errors.contains("run.raw: name: the profile has no tensor \"run\""))
  }

  @Test("codecs that others measured are added to a profile or a file without measuring")
  func added() throws {
    let folder = try Folder()
    let path = try folder.profile()
    let output = folder.path("q.json.gz")
    let command = try Command.run([
      "calibrate", path, "--no-measure", "--add", "nvcomp-lz4-a100", "-o", output,
    ])
    #expect(command.status == 0, "\(command.errors)")
    #expect(try Profile.read(contentsOf: output).codecs.map(\.id) == ["nvcomp-lz4-a100"])

    let file = folder.path("codecs.json")
    let written = try Command.run([
      "calibrate", "--no-measure", "--add", "dietgpu-float32-a100", "-o", file,
    ])
    #expect(written.status == 0)
    let both = try Command.run(["calibrate", output, "--no-measure", "--add", file, "-o", output])
    #expect(both.status == 0, "\(both.errors)")
    #expect(
      try Profile.read(contentsOf: output).codecs.map(\.id)
        == ["nvcomp-lz4-a100", "dietgpu-float32-a100"])
    #expect(both.text.contains("dietgpu-float32-a100"))

    let list = try Command.run(["calibrate", "--list", "--json"])
    #expect(try CodecFile.read(list.output, name: "list").count >= 3)
    let unknown = try Command.run(["calibrate", "--no-measure", "--add", "none"])
    #expect(unknown.status == 3)
    #expect(unknown.errors.contains("no codec 'none' in the catalogue; known are "))
    #expect(try Command.run(["calibrate", path]).status == 64)
  }
}
