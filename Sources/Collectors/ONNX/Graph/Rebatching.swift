/// How a graph that was exported for one batch size becomes a graph for another.
///
/// The first dimension of every input that is dynamic, or equal to the file's own batch, takes the
/// new batch. Shapes that the graph computes from its inputs follow by themselves. A shape that is
/// *written down* in the file (`Reshape` to `[1, -1]`, `Resize` to `[1, 3, 56, 56]`) is changed only
/// where a value that depends on an input is reshaped and the first entry is the file's batch:
/// - without `-1`, if the written shape doesn't hold as many elements as the operand does, and does
///   with the new batch in front;
/// - with `-1`, if the new batch in front divides the elements.
///
/// A graph with a dynamic batch holds no batch in its constants, so nothing is changed there. In
/// the end the collector compares the shapes at the file's batch with those at the new one: a value
/// whose elements neither stay nor grow with the batch is an error.
struct Rebatching: Hashable, Sendable {
  /// The batch that the file was exported for; nil if it is dynamic.
  let fileBatch: Int?
  /// The batch of the iteration.
  let batch: Int

  /// Whether shapes written in the file may have to change.
  var changesShapes: Bool { fileBatch != nil && fileBatch != batch }

  /// Returns the extents of a written shape for the new batch, where only the first may change.
  ///
  /// For shapes in which every extent stands for itself, such as the sizes of `Resize`.
  func rebatched(_ shape: [Int], follows operand: Value, isWritten: Bool) -> [Int] {
    guard changesShapes, isWritten, operand.dependsOnInput, let first = shape.first,
      first == fileBatch, operand.shape.first == batch
    else { return shape }
    return [batch] + shape.dropFirst()
  }

  /// Returns the shape that `Reshape` gives, with `0` already replaced and at most one `-1`; nil if
  /// the elements don't fit.
  func reshaped(_ shape: [Int], of operand: Value, isWritten: Bool) -> [Int]? {
    let plain = Rebatching.resolve(shape, count: operand.count)
    guard changesShapes, isWritten, operand.dependsOnInput, let first = shape.first,
      first == fileBatch
    else { return plain }
    let changed = Rebatching.resolve([batch] + shape.dropFirst(), count: operand.count)
    return shape.contains(-1) ? changed ?? plain : plain ?? changed
  }

  /// Returns a shape with `-1` replaced by what is left of `count`; nil if nothing fits.
  static func resolve(_ shape: [Int], count: Int) -> [Int]? {
    guard let open = shape.firstIndex(of: -1) else {
      return Value.count(of: shape) == count ? shape : nil
    }
    var others = shape
    others.remove(at: open)
    guard let known = Value.count(of: others) else { return nil }
    guard known > 0, count % known == 0 else { return nil }
    var result = shape
    result[open] = count / known
    return result
  }
}
