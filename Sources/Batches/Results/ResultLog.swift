import Foundation
import Glibc
package import Profiles

/// A result file that only grows, line by line.
///
/// Each line is written by one call, and one that can't be written whole is taken back, so a reader never
/// meets half a line but the last one of a killed batch. A lock keeps a second batch off.
///
/// A class, because it owns the open file.
package final class ResultLog {
  private let file: Int32
  private let path: String
  private var length: Int
  /// What the file holds already.
  package let before: ResultFile

  /// Opens a file, and drops what an unfinished line left at its end.
  ///
  /// - Parameters:
  ///   - path: The file; it is made if there is none.
  ///   - resumes: Whether it may hold results already.
  ///   - waits: Whether a batch that is writing to it is waited for.
  /// - Throws: `FileError` if it can't be written, holds results unexpectedly, or is in use.
  package init(_ path: String, resumes: Bool, waits: Bool = false) throws(FileError) {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o666)
    if file < 0 { throw Self.error(path, errno) }
    do throws(FileError) {
      var code: Int32 = 0
      repeat {
        code = flock(file, LOCK_EX | (waits ? 0 : LOCK_NB)) == 0 ? 0 : errno
      } while code == EINTR
      if code != 0 && code != EWOULDBLOCK { throw Self.error(path, code) }
      if code == EWOULDBLOCK {
        throw FileError(
          path: path, problem: "another batch is writing to it; wait, or name another file")
      }
      var state = stat()
      // A pipe or a device holds nothing before.
      let isRegular = fstat(file, &state) == 0 && state.st_mode & S_IFMT == S_IFREG
      let bytes = isRegular ? try Self.content(of: file, path: path) : []
      if !bytes.isEmpty && !resumes {
        throw FileError(
          path: path,
          problem: "it holds results already; go on with --resume, or name another file")
      }
      before = ResultFile(bytes)
      length = before.wholeBytes
      if before.hasHalfLine && ftruncate(file, off_t(length)) != 0 { throw Self.error(path, errno) }
    } catch {
      close(file)
      throw error
    }
    self.file = file
    self.path = path
  }

  deinit {
    close(file)
  }

  /// Adds a line.
  package func append(_ line: ResultLine) throws(FileError) {
    let bytes = line.encoded()
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        let code = errno
        ftruncate(file, off_t(length))
        throw Self.error(path, code)
      }
    }
    length += bytes.count
  }

  /// Forces all lines to the disk.
  package func synchronize() throws(FileError) {
    // What is no regular file, such as /dev/null, can't be forced.
    if fsync(file) != 0 && errno != EINVAL && errno != EROFS { throw Self.error(path, errno) }
  }

  private static func content(of file: Int32, path: String) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = read(file, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw error(path, errno)
      }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  private static func error(_ path: String, _ code: Int32) -> FileError {
    FileError(path: path, problem: String(cString: strerror(code)))
  }
}
