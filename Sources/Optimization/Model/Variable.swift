/// A column of a `Model`.
///
/// A variable is only meaningful in the model that made it.
public struct Variable: Hashable, Sendable {
  /// The column's position in its model, from 0.
  public let index: Int

  package init(index: Int) {
    self.index = index
  }
}

/// The values that a variable may take between its bounds.
public enum VariableKind: String, Hashable, Sendable {
  /// Any real number.
  case continuous
  /// Whole numbers only.
  case integer
}
