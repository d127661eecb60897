import ArgumentParser
import Foundation

/// Finds the project's files from the running executable.
enum ProjectFolder {
  /// The folder of the running executable, which holds the workers too.
  static var executables: String {
    let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: path.isEmpty ? CommandLine.arguments[0] : path)
      .deletingLastPathComponent().path
  }

  /// The folder of the networks' profiles, looked for upwards from the executable.
  static func networks() throws -> String {
    var folder = URL(filePath: executables)
    while folder.path != "/" {
      let networks = folder.appending(path: "Models/Networks").path
      if FileManager.default.fileExists(atPath: networks) { return networks }
      folder.deleteLastPathComponent()
    }
    throw ValidationError("Models/Networks isn't above the executable; give --networks")
  }
}
