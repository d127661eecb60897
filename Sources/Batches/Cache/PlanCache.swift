import Foundation
import GRDB
package import Profiles

/// Plans that were made before, by the digest of all that they depend on.
///
/// One SQLite file with a write-ahead log: several batches may use it at once. Each entry carries the digest
/// of its content; one that doesn't match is removed and planned again.
package struct PlanCache: Sendable {
  /// What is kept of an answer.
  package struct Entry: Sendable, Hashable {
    /// The answer's line without what differs from item to item.
    package var answer: ResultLine
    /// The plan's file; empty if there is no plan.
    package var plan: [UInt8]

    /// Creates an entry.
    package init(answer: ResultLine, plan: [UInt8]) {
      self.answer = answer
      self.plan = plan
    }
  }

  /// How full the cache is.
  package struct Statistics: Sendable, Hashable {
    /// The number of entries.
    package var entries: Int
    /// The bytes of their content.
    package var bytes: Int
    /// The bytes of the file on the disk.
    package var fileBytes: Int
    /// When the entry that was not used for longest was used, in seconds since 1970.
    package var oldestUse: Int?
  }

  /// The name of the file in its folder.
  package static let fileName = "plans.sqlite"
  /// An entry's last use is noted again after so many seconds, so that reading rarely writes.
  private static let noteInterval = 86_400

  /// The file.
  package let path: String
  private let database: DatabaseQueue

  /// Opens a cache; folder and file are made if they are absent.
  ///
  /// A file that is no database is put aside under another name, and an empty one takes its place.
  ///
  /// - Throws: `FileError` if there can be none.
  package init(folder: String) throws(FileError) {
    path = folder + "/" + Self.fileName
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      do {
        database = try Self.open(path)
      } catch let error as DatabaseError
        where [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode)
      {
        try Self.putAside(path)
        database = try Self.open(path)
      }
    } catch {
      throw FileError(path: path, problem: "\(Self.words(error))")
    }
  }

  /// Opens the file, several times if others are making it: changing the journal's mode doesn't wait for them.
  private static func open(_ path: String) throws -> DatabaseQueue {
    var attempts = 0
    while true {
      do {
        return try openOnce(path)
      } catch let error as DatabaseError
        where error.resultCode == .SQLITE_BUSY && attempts < Self.mostAttempts
      {
        attempts += 1
        Thread.sleep(forTimeInterval: 0.05)
      }
    }
  }

  private static let mostAttempts = 200

  private static func openOnce(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    }
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.write { database in
      try database.execute(
        sql: """
          CREATE TABLE IF NOT EXISTS plan (
            key TEXT PRIMARY KEY NOT NULL, answer BLOB NOT NULL, plan BLOB NOT NULL,
            checksum TEXT NOT NULL, bytes INTEGER NOT NULL, used INTEGER NOT NULL)
          """)
    }
    return queue
  }

  /// Renames a damaged file and its companions.
  private static func putAside(_ path: String) throws {
    for ending in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + ending) {
      let aside = path + ".damaged" + ending
      try? FileManager.default.removeItem(atPath: aside)
      try FileManager.default.moveItem(atPath: path + ending, toPath: aside)
    }
  }

  private static func words(_ error: any Error) -> String {
    (error as? DatabaseError)?.message ?? error.localizedDescription
  }

  // MARK: - Entries

  /// Returns the entry of a key; nil if there is none, or only a damaged one, which is removed.
  package func entry(_ key: String, now: Int) throws -> Entry? {
    let row = try database.read { database in
      try Row.fetchOne(
        database, sql: "SELECT answer, plan, checksum, used FROM plan WHERE key = ?",
        arguments: [key])
    }
    guard let row else { return nil }
    let (answer, plan): ([UInt8], [UInt8]) = (bytes(row["answer"]), bytes(row["plan"]))
    let checksum: String? = row["checksum"]
    guard checksum == Self.checksum(key, answer, plan), let line = ResultLine(answer) else {
      try database.write { database in
        try database.execute(sql: "DELETE FROM plan WHERE key = ?", arguments: [key])
      }
      return nil
    }
    let used: Int = row["used"] ?? 0
    if now - used > Self.noteInterval {
      try database.write { database in
        try database.execute(
          sql: "UPDATE plan SET used = ? WHERE key = ?", arguments: [now, key])
      }
    }
    return Entry(answer: line, plan: plan)
  }

  /// Keeps an entry.
  package func keep(_ entry: Entry, as key: String, now: Int) throws {
    let answer = entry.answer.encoded()
    try database.write { database in
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO plan (key, answer, plan, checksum, bytes, used)
          VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          key, Data(answer), Data(entry.plan), Self.checksum(key, answer, entry.plan),
          answer.count + entry.plan.count, now,
        ])
    }
  }

  private func bytes(_ value: DatabaseValue) -> [UInt8] {
    // Somebody may have stored text in the place of bytes.
    Data.fromDatabaseValue(value).map(Array.init) ?? []
  }

  private static func checksum(_ key: String, _ answer: [UInt8], _ plan: [UInt8]) -> String {
    SHA256.hexadecimal(of: Array(key.utf8) + Array("\(answer.count) ".utf8) + answer + plan)
  }

  // MARK: - Upkeep

  /// How full the cache is.
  package func statistics() throws -> Statistics {
    let row = try database.read { database in
      try Row.fetchOne(
        database, sql: "SELECT COUNT(*) AS n, TOTAL(bytes) AS b, MIN(used) AS u FROM plan")
    }
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? Int
    let bytes: Double = row?["b"] ?? 0
    return Statistics(
      entries: row?["n"] ?? 0, bytes: Int(bytes), fileBytes: size ?? 0, oldestUse: row?["u"])
  }

  /// Removes entries: those last used before a time, then the longest unused ones beyond a size.
  ///
  /// - Parameters:
  ///   - time: Seconds since 1970; nil for none.
  ///   - bytes: What the content of the rest may take; nil for no limit.
  /// - Returns: How many were removed.
  package func prune(usedBefore time: Int?, beyond bytes: Int?) throws -> Int {
    let removed = try database.write { database in
      var removed = 0
      if let time {
        try database.execute(sql: "DELETE FROM plan WHERE used < ?", arguments: [time])
        removed += database.changesCount
      }
      if let bytes {
        try database.execute(
          sql: """
            DELETE FROM plan WHERE key IN (
              SELECT key FROM (
                SELECT key, SUM(bytes) OVER (ORDER BY used DESC, key) AS total FROM plan)
              WHERE total > ?)
            """, arguments: [bytes])
        removed += database.changesCount
      }
      return removed
    }
    try database.vacuum()
    try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    return removed
  }

  /// Removes all entries, and tells how many there were.
  package func clear() throws -> Int {
    let count = try statistics().entries
    _ = try database.write { try $0.execute(sql: "DELETE FROM plan") }
    try database.vacuum()
    try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    return count
  }
}
