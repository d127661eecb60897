import Foundation
import Glibc

/// Decides where each plan goes.
package struct OutputNames {
  /// The folder of the plans, without a slash at the end.
  package let folder: String
  /// Whether a manifest may name files elsewhere.
  package let allowsOutside: Bool
  /// What is told of names that had to change.
  package private(set) var notes: [String] = []
  private var taken: Set<String> = []
  private let root: String

  /// Creates a naming.
  package init(folder: String, allowsOutside: Bool) {
    let trimmed = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    self.folder = trimmed.isEmpty ? "." : trimmed
    self.allowsOutside = allowsOutside
    root = Self.resolved(self.folder)
  }

  /// Takes the file that a manifest names, unless it lies outside of the folder.
  ///
  /// - Returns: The path; nil, with a reason, if it is refused.
  package mutating func take(_ name: String) -> (path: String?, fault: String?) {
    let path = name.hasPrefix("/") ? name : folder + "/" + name
    let plain = Self.standardized(path)
    if !allowsOutside {
      let inside = Self.resolved(plain)
      guard inside.hasPrefix(root == "/" ? root : root + "/") else {
        return (
          nil,
          "output: '\(name)' is outside of the folder \(folder); name a file in it, or give "
            + "--allow-outside"
        )
      }
    }
    guard taken.insert(Self.resolved(plain)).inserted else {
      return (nil, "output: '\(name)' is also another item's; name another file")
    }
    return (plain, nil)
  }

  /// Names the plan of a profile after it; a name that is taken gets the next free number.
  package mutating func name(after profile: String) -> String {
    let stem = Self.stem(of: profile)
    var path = "\(folder)/\(stem).plan.json"
    var number = 1
    while !taken.insert(Self.resolved(path)).inserted {
      number += 1
      path = "\(folder)/\(stem)-\(number).plan.json"
    }
    if number > 1 {
      notes.append("\(profile): its plan is called \(path), as \(stem).plan.json is another's")
    }
    return path
  }

  /// The name of a file without folder, `.gz`, `.json` and `.profile`.
  private static func stem(of path: String) -> String {
    var name = path.split(separator: "/").last.map(String.init) ?? path
    for ending in [".gz", ".json", ".profile"] where name.hasSuffix(ending) && name != ending {
      name.removeLast(ending.count)
    }
    return name
  }

  /// The path with `.` and `..` worked out by name.
  private static func standardized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else if part != ".." || !path.hasPrefix("/") {
        parts.append(part)
      }
    }
    let joined = parts.joined(separator: "/")
    return path.hasPrefix("/") ? "/" + joined : joined.isEmpty ? "." : joined
  }

  /// The path without links, as far as it exists, from the root on.
  private static func resolved(_ path: String) -> String {
    var rest: [Substring] = []
    var known = standardized(path)
    while true {
      if let name = realpath(known, nil) {
        defer { free(name) }
        let found = String(cString: name)
        if rest.isEmpty { return found }
        return (found == "/" ? "" : found) + "/" + rest.joined(separator: "/")
      }
      // The working folder itself is gone.
      if known == "." { return path }
      guard let slash = known.lastIndex(of: "/") else {
        rest.insert(known[...], at: 0)
        known = "."
        continue
      }
      rest.insert(known[known.index(after: slash)...], at: 0)
      known = slash == known.startIndex ? "/" : String(known[..<slash])
    }
  }
}
