import ArgumentParser
import Plans
import Profiles

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema (2020-12) of a file format.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case profile
    case plan
  }

  @Argument(help: "profile or plan")
  var format: Format

  func run() throws {
    switch format {
    case .profile: try Console.write(ProfileSchema.text)
    case .plan: try Console.write(PlanSchema.text)
    }
  }
}
