import ArgumentParser
import Batches
import Foundation
import Profiles

/// Gathers the items of a batch from paths, patterns, folders and manifests.
struct BatchInput {
  /// The items in the order of the input.
  private(set) var items: [BatchItem] = []
  /// What is told of names that had to change.
  private(set) var notes: [String] = []

  /// Options of the command line, which hold for every item.
  private let options: [String: String]
  /// The folder of the plans; nil writes those only whose manifest names a file.
  private let folder: String?
  private let allowsOutside: Bool
  private var names: [String: OutputNames] = [:]
  private var ids: [String: Int] = [:]
  private var checked: [[String: String]: String] = [:]
  private var faults: [String] = []

  /// Reads everything that the paths stand for.
  ///
  /// - Throws: `CommandFailure` with the first ten faults.
  init(
    _ paths: [String], options: [String: String], folder: String?, allowsOutside: Bool
  ) throws {
    self.options = options
    self.folder = folder
    self.allowsOutside = allowsOutside
    var seen: Set<String> = []
    do {
      for path in paths {
        if path == "-" {
          add(try Manifest(try Console.readInput(), name: "<stdin>"), "<stdin>", ".")
        } else if path.hasSuffix(".jsonl") {
          let bytes = try InputFile.read(path)
          add(try Manifest(bytes, name: path), path, Self.folder(of: path))
        } else {
          for file in try ProfileFinder.files(path) where seen.insert(file).inserted {
            addFile(file)
          }
        }
        if items.count > InputLimits.current[.items] {
          throw BatchInputError(
            "\(path): too many items; split them up; \(InputLimits.raise(.items))")
        }
      }
    } catch let error as BatchInputError {
      throw CommandFailure(.badInput, error.description)
    } catch let fault as Fault {
      throw CommandFailure(.badInput, "manifest: \(fault)")
    }
    if !faults.isEmpty {
      let more = faults.count > 10 ? ["and \(faults.count - 10) more"] : []
      throw CommandFailure(.badInput, (faults.prefix(10) + more).joined(separator: "\n"))
    }
    nameOutputs()
  }

  /// The folder that a manifest's paths are relative to.
  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private mutating func addFile(_ path: String) {
    items.append(
      BatchItem(number: items.count + 1, id: identity(path), profile: path, options: options))
  }

  private mutating func add(_ manifest: Manifest, _ name: String, _ base: String) {
    for entry in manifest.entries {
      let place = "\(name):\(entry.line)"
      let isRelative = !entry.profile.hasPrefix("/") && base != "."
      let profile = isRelative ? "\(base)/\(entry.profile)" : entry.profile
      var item = BatchItem(
        number: items.count + 1, id: "", profile: profile,
        options: merged(entry.options, place: place))
      if let id = entry.id {
        if ids[id] != nil {
          faults.append("\(place): id: '\(id)' is also another item's; change one")
        }
        ids[id] = 1
        item.id = id
      } else {
        item.id = identity(profile)
      }
      if let output = entry.output {
        let (path, fault) = take(output, in: folder ?? base)
        item.output = path
        if let fault { faults.append("\(place): \(fault)") }
      }
      items.append(item)
    }
  }

  /// A name that no item has: the profile's path, with a number if it comes again.
  private mutating func identity(_ path: String) -> String {
    ids[path, default: 0] += 1
    guard let count = ids[path], count > 1 else { return path }
    return identity("\(path)#\(count)")
  }

  private mutating func take(_ name: String, in folder: String) -> (String?, String?) {
    var names = names[folder] ?? OutputNames(folder: folder, allowsOutside: allowsOutside)
    let (path, fault) = names.take(name)
    self.names[folder] = names
    return (path, fault)
  }

  /// Names the plans of all other items, in the order of the input.
  private mutating func nameOutputs() {
    guard let folder else { return }
    var names = names[folder] ?? OutputNames(folder: folder, allowsOutside: allowsOutside)
    for index in items.indices where items[index].output == nil {
      items[index].output = names.name(after: items[index].profile)
    }
    notes = names.notes
  }

  /// The options of one item: those of the command line, replaced by its own.
  private mutating func merged(_ own: [String: String?], place: String) -> [String: String] {
    var all = options
    for (name, value) in own {
      guard SolveOptions.names.contains(name) else {
        faults.append(
          "\(place): options: '\(name)' is no option of planner solve; use one of "
            + SolveOptions.names.joined(separator: ", "))
        continue
      }
      all[name] = value
    }
    let fault = checked[all] ?? Self.fault(in: all)
    checked[all] = fault
    if !fault.isEmpty { faults.append("\(place): options: \(fault)") }
    return all
  }

  /// What is wrong with options; empty if nothing is.
  private static func fault(in options: [String: String]) -> String {
    do {
      _ = try SolveOptions(texts: options)
      return ""
    } catch {
      return SolveOptions.message(for: error)
    }
  }
}
