import Batches
import Foundation
import Optimization
import Plans

/// What identifies the programs whose answers a cache keeps: planner, and the solver with its library.
///
/// Besides the versions, size and date of the executables, so that a new build never takes an old answer.
struct ProgramIdentities {
  private let planner: String
  private let engines: [EngineChoice: String]

  /// Asks the solvers that the items use for their versions.
  ///
  /// - Parameter cacheFolder: Nil if there is no cache: nobody is asked then.
  init(cacheFolder: String?, items: [BatchItem]) throws {
    planner = "planner \(PlannerVersion.current) \(Self.stamp(Engines.program))"
    var found: [EngineChoice: String] = [:]
    if cacheFolder != nil {
      for choice in Set(items.map(Self.engine)) {
        // Where it is missing, the items tell.
        guard let solver = try? Engines.solver(choice) else { continue }
        let stamp = Self.stamp("\(Engines.folder)/planner-\(solver.name)")
        found[choice] = "\(solver.name) \(solver.version) \(stamp)"
      }
    }
    engines = found
  }

  /// The identities of planner and of an item's solver; empty without a cache.
  func identities(for item: BatchItem) -> [String] {
    engines[Self.engine(of: item)].map { [planner, $0] } ?? []
  }

  private static func engine(of item: BatchItem) -> EngineChoice {
    item.options["engine"].flatMap(EngineChoice.init(rawValue:)) ?? .auto
  }

  private static func stamp(_ path: String) -> String {
    let facts = try? FileManager.default.attributesOfItem(atPath: path)
    let size = facts?[.size] as? Int ?? 0
    let date = (facts?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    return "\(size) \(date)"
  }
}

/// Where caches lie.
enum CacheFolder {
  /// The folder by the XDG Base Directory Specification; nil for a user without a home.
  static var standard: String? {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
      return folder + "/planner"
    }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return home + "/.cache/planner"
  }
}
