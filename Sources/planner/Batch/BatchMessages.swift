import Foundation

// What goes between a batch and its workers: one line of JSON each way for an item.

/// One item for a worker.
struct BatchOrder: Codable {
  var number: Int
  var id: String
  var profile: String
  var options: [String: String]
  var output: String?
  /// What identifies the programs that plan the item; empty if nothing is cached.
  var programs: [String]
}

/// What became of it.
struct BatchReply: Codable {
  /// The line of the result file; nil if there is none, because of `fatal`.
  var line: String?
  /// Whether the plan was there already.
  var isCached = false
  /// What went wrong with the cache, if anything.
  var note: String?
  /// Why no item of this batch can be finished, such as a full disk.
  var fatal: String?
}

/// Lines of JSON.
enum BatchLine {
  /// A message as one line, its end included.
  static func encoded(_ message: some Encodable) throws -> [UInt8] {
    Array(try JSONEncoder().encode(message)) + [UInt8(ascii: "\n")]
  }

  /// The message of a line.
  static func decoded<Message: Decodable>(
    _ type: Message.Type, _ line: [UInt8]
  ) throws -> Message {
    try JSONDecoder().decode(type, from: Data(line))
  }
}
