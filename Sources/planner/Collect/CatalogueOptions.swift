import ArgumentParser
import Collectors
import Foundation

/// Which devices there are.
struct CatalogueOptions: ParsableArguments {
  @Option(help: "A file with more devices, in the form of the built-in catalogue.")
  var catalogue: String?

  /// Returns the built-in catalogue with the user's own entries.
  func load() throws -> DeviceCatalogue {
    let own = catalogue.map { ($0 as NSString).lastPathComponent }
    let bytes = try catalogue.map(Inputs.bytes)
    return try CollectOutput.asInput { () throws(CollectorError) in
      var made = try DeviceCatalogue.builtIn()
      if let own, let bytes { try made.add(bytes, file: own) }
      return made
    }
  }
}
