import Foundation
import Glibc
import Profiles

/// Finds the profiles that paths, patterns and folders stand for.
package enum ProfileFinder {
  /// How many bytes of a file are looked at first for what it is.
  private static let headBytes = 1 << 12
  private static let mark = Array("planner.profile/".utf8)

  /// Returns the files that a path of the command line stands for, sorted by their bytes.
  ///
  /// A folder stands for the profiles in it and in its folders: files in JSON, or its gzip, that name
  /// the schema. A pattern with `*`, `?` or `[` stands for what it matches, if no file is called so.
  package static func files(_ path: String) throws(BatchInputError) -> [String] {
    var state = stat()
    if stat(path, &state) == 0 {
      guard state.st_mode & S_IFMT == S_IFDIR else { return [path] }
      let found = profiles(in: path)
      if found.isEmpty {
        throw BatchInputError(
          "\(path): no profile in this folder (files in .json or .json.gz with the schema planner.profile); "
            + "name another one")
      }
      return found
    }
    guard path.contains(where: { "*?[".contains($0) }) else {
      throw BatchInputError("\(path): there is no such file or folder; check the name")
    }
    let found = matches(of: path)
    if found.isEmpty { throw BatchInputError("\(path): nothing matches this pattern; check it") }
    return found.flatMap { name in
      var state = stat()
      let isFolder = stat(name, &state) == 0 && state.st_mode & S_IFMT == S_IFDIR
      return isFolder ? profiles(in: name) : [name]
    }
  }

  /// The names that match a pattern, as a shell expands it.
  private static func matches(of pattern: String) -> [String] {
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(pattern, GLOB_NOSORT, nil, &result) == 0 else { return [] }
    let names = (0..<Int(result.gl_pathc)).compactMap { index in
      result.gl_pathv[index].map { String(cString: $0) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The profiles in a folder and its folders. Links to folders are not followed, so none goes round.
  private static func profiles(in folder: String) -> [String] {
    var found: [String] = []
    var open = [folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder]
    while let next = open.popLast() {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: next)) ?? []
      for name in names where !name.hasPrefix(".") {
        let path = next == "/" ? "/" + name : next + "/" + name
        var state = stat()
        guard lstat(path, &state) == 0 else { continue }
        switch state.st_mode & S_IFMT {
        case S_IFDIR: open.append(path)
        case S_IFREG, S_IFLNK:
          let isNamed = name.hasSuffix(".json") || name.hasSuffix(".json.gz")
          if isNamed && isProfile(path) { found.append(path) }
        default: break
        }
      }
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether a file names the schema of profiles: at its beginning, where planner writes it, or anywhere.
  private static func isProfile(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? file.close() }
    let head = Array((try? file.read(upToCount: headBytes)) ?? Data())
    if !Gzip.isCompressed(head) && head.contains(mark) { return true }
    guard let content = try? InputFile.read(path) else { return false }
    return content.contains(mark)
  }
}
