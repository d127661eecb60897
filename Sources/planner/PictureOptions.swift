import ArgumentParser
import Foundation
import Reports

/// Where a command writes its picture.
struct PictureOptions: ParsableArguments {
  @Option(
    help: """
      Draw it to this file: SVG, or PNG if the name ends in .png (by rsvg-convert, of Debian's package \
      librsvg2-bin). - for standard output.
      """)
  var svg: String?

  func validate() throws {
    if svg == "" { throw ValidationError("--svg takes the name of a file, or -") }
  }

  /// Writes a picture, if one was asked for.
  func write(_ picture: @autoclosure () -> Picture) throws {
    guard let svg else { return }
    let bytes = Array(picture().svg.utf8)
    try Inputs.write(
      svg.lowercased().hasSuffix(".png") ? try Self.png(of: bytes, for: svg) : bytes, to: svg)
  }

  /// Returns a picture in PNG, twice as large in each direction.
  private static func png(of svg: [UInt8], for path: String) throws -> [UInt8] {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let tool = folders.map { "\($0)/rsvg-convert" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let tool else {
      throw CommandFailure(
        .failure,
        "\(path): PNG needs rsvg-convert, which is not installed: apt-get install librsvg2-bin; "
          + "or name a file that ends in .svg")
    }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("planner-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let (source, target) = (
        folder.appendingPathComponent("a.svg"), folder.appendingPathComponent("a.png")
      )
      try Data(svg).write(to: source)
      process.executableURL = URL(filePath: tool)
      process.arguments = ["--zoom", "2", "--output", target.path, source.path]
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      if process.terminationStatus == 0 { return Array(try Data(contentsOf: target)) }
    } catch {
      throw CommandFailure(.failure, "\(path): rsvg-convert can't be run: \(error)")
    }
    throw CommandFailure(
      .failure,
      "\(path): rsvg-convert failed with \(process.terminationStatus); its words are above")
  }
}
