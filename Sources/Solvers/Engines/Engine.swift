package import CEngine
package import Optimization

/// A solver library behind two C functions, with everything that does not depend on the library:
/// checks of model, options and answer, limits, gaps, warm starts.
package struct Engine: Sendable {
  /// `engine_solve_function` of `CEngine.h`.
  package typealias SolveFunction =
    @convention(c) @Sendable (
      UnsafePointer<engine_model>?, UnsafePointer<engine_limits>?, UnsafePointer<engine_callbacks>?,
      UnsafeMutablePointer<Double>?, UnsafeMutablePointer<engine_result>?
    ) -> Void
  /// `engine_relax_function` of `CEngine.h`.
  package typealias RelaxFunction =
    @convention(c) @Sendable (
      UnsafePointer<engine_model>?, UnsafePointer<engine_limits>?, UnsafePointer<engine_callbacks>?,
      UnsafeMutablePointer<Double>?, UnsafeMutablePointer<Double>?, UnsafeMutablePointer<Double>?,
      UnsafeMutablePointer<engine_result>?
    ) -> Void

  package let name: String
  /// The library's version; empty if this build lacks the library.
  package let version: String
  package let capabilities: Capabilities
  /// The trait that builds the library into the package.
  let trait: String
  let solveFunction: SolveFunction
  let relaxFunction: RelaxFunction

  package init(
    name: String, version: String, capabilities: Capabilities, trait: String,
    solve: @escaping SolveFunction, relax: @escaping RelaxFunction
  ) {
    self.name = name
    self.version = version
    self.capabilities = capabilities
    self.trait = trait
    solveFunction = solve
    relaxFunction = relax
  }
}
