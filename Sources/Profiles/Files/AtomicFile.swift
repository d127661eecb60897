import Glibc

/// Why a file could not be written.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file's path, as it was given.
  public let path: String
  /// What went wrong.
  public let problem: String

  /// Creates an error.
  public init(path: String, problem: String) {
    self.path = path
    self.problem = problem
  }

  /// The error on one line.
  public var description: String { "\(path): can't be written (\(problem))" }
}

/// Writes files that are never seen half written.
public enum AtomicFile {
  /// Writes a file under a temporary name in the same folder, forces it to the disk, and renames it.
  ///
  /// An existing file keeps its permissions, and a link stays a link. What is not a regular file, such as
  /// a pipe, is written directly. Where the file system can do that, a file has no name before it is whole, so
  /// that a process that is ended leaves nothing behind.
  ///
  /// - Parameters:
  ///   - bytes: The file's content.
  ///   - path: Where it goes.
  ///   - synchronize: Whether the file is forced to the disk, so that it survives a power failure.
  /// - Throws: `FileError` if it can't be written; the old file is left then.
  public static func write(
    _ bytes: [UInt8], to path: String, synchronize: Bool = true
  ) throws(FileError) {
    if path.isEmpty || path.utf8.contains(0) { throw error(path, ENOENT) }
    var existing = stat()
    let exists = stat(path, &existing) == 0
    if exists && existing.st_mode & S_IFMT != S_IFREG {
      let file = open(path, O_WRONLY | O_CLOEXEC)
      if file < 0 { throw error(path, errno) }
      try finish(file, writing: bytes, path: path)
      return
    }
    let target = exists ? resolved(path) : path
    let mode = exists ? existing.st_mode & 0o7777 : nil
    if try writeUnnamed(bytes, to: target, path: path, mode: mode, synchronize: synchronize) {
      return
    }
    let (file, temporary) = try create(beside: target, path: path)
    do throws(FileError) {
      if let mode, fchmod(file, mode) != 0 {
        let code = errno
        close(file)
        throw error(path, code)
      }
      try finish(file, writing: bytes, path: path, synchronize: synchronize)
      if rename(temporary, target) != 0 { throw error(path, errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    if synchronize { synchronizeFolder(of: target) }
  }

  /// Writes a file that gets its name when it is whole.
  ///
  /// - Returns: False if the file system can't do that.
  private static func writeUnnamed(
    _ bytes: [UInt8], to target: String, path: String, mode: mode_t?, synchronize: Bool
  ) throws(FileError) -> Bool {
    // O_TMPFILE, which Swift doesn't import: __O_TMPFILE and O_DIRECTORY.
    let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY
    let file = open(folder(of: target), unnamed | O_WRONLY | O_CLOEXEC, 0o666)
    if file < 0 { return false }
    // Keeps the file while its first descriptor is closed, which may tell of a fault.
    let kept = fcntl(file, F_DUPFD_CLOEXEC, 0)
    defer { if kept >= 0 { close(kept) } }
    if let mode, fchmod(file, mode) != 0 {
      close(file)
      return false
    }
    try finish(file, writing: bytes, path: path, synchronize: synchronize)
    guard kept >= 0, link(kept, as: target) else { return false }
    if synchronize { synchronizeFolder(of: target) }
    return true
  }

  /// Gives a file without a name one, in the place of whatever has it.
  private static func link(_ file: Int32, as target: String) -> Bool {
    func link(as name: String) -> Bool {
      linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
    }
    if link(as: target) { return true }
    for attempt in 0..<100 where errno == EEXIST {
      let name = temporaryName(beside: target, attempt)
      guard link(as: name) else { continue }
      if rename(name, target) == 0 { return true }
      unlink(name)
      return false
    }
    return false
  }

  /// A name for a file that is not yet in its place.
  private static func temporaryName(beside target: String, _ attempt: Int) -> String {
    folder(of: target) + ".planner-\(getpid())-\(attempt).partial"
  }

  /// Creates a file with a name that nothing else has, with the permissions of a new file.
  private static func create(
    beside target: String, path: String
  ) throws(FileError) -> (file: Int32, name: String) {
    for attempt in 0..<100 {
      let name = temporaryName(beside: target, attempt)
      let file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if file >= 0 { return (file, name) }
      if errno != EEXIST { throw error(path, errno) }
    }
    throw error(path, EEXIST)
  }

  /// Writes everything and closes the file.
  private static func finish(
    _ file: Int32, writing bytes: [UInt8], path: String, synchronize: Bool = false
  ) throws(FileError) {
    var code: Int32 = 0
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
        let count = Glibc.write(file, start, rest.count)
        if count >= 0 {
          rest = rest.dropFirst(count)
        } else if errno != EINTR {
          code = errno
          return
        }
      }
    }
    if code == 0 && synchronize && fsync(file) != 0 { code = errno }
    if close(file) != 0 && code == 0 { code = errno }
    if code != 0 { throw error(path, code) }
  }

  /// Makes the new name survive a power failure. Some file systems can't, which is no fault of the
  /// file.
  private static func synchronizeFolder(of path: String) {
    let file = open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if file < 0 { return }
    _ = fsync(file)
    close(file)
  }

  /// The folder of a file, with a slash at the end.
  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
  }

  /// The path without links.
  private static func resolved(_ path: String) -> String {
    guard let name = realpath(path, nil) else { return path }
    defer { free(name) }
    return String(cString: name)
  }

  private static func error(_ path: String, _ code: Int32) -> FileError {
    FileError(path: path, problem: String(cString: strerror(code)))
  }
}
