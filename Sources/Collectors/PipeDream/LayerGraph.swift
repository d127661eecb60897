/// The layers of a network as PipeDream's profiler measured them, in execution order.
struct LayerGraph {
  /// One layer.
  struct Layer {
    /// The layer's name in the file, such as `node12`.
    var name: String
    /// The module with its settings, such as `Conv2d(3, 64, kernel_size=(3, 3))`.
    var description: String
    /// The measured time of the forward pass; 0 where the profiler measured none.
    var forwardMilliseconds: Double
    /// The measured time of the backward pass; 0 where the profiler measured none.
    var backwardMilliseconds: Double
    /// The bytes of each output.
    var outputBytes: [Int]
    /// The bytes of the parameters.
    var parameterBytes: Int
    /// The layers whose outputs this one takes, as positions in `layers`, in the file's order.
    var inputs: [Int] = []

    /// The module without its settings, such as `Conv2d`.
    var type: String { String(description.prefix { $0 != "(" }) }
    /// What stands between the module's first parenthesis and its end.
    var settings: Substring { description.drop { $0 != "(" }.dropFirst().dropLast() }
  }

  /// The layers, each after all that it takes from.
  var layers: [Layer]
}
