import Collectors
import Foundation
import Profiles
import Testing

/// The Python module, run with the interpreter that the environment variable PLANNER_PYTHON names,
/// which has to know PyTorch.
@Suite(
  "The Python module",
  .enabled(
    if: ProcessInfo.processInfo.environment["PLANNER_PYTHON"] != nil,
    "PLANNER_PYTHON names no Python with PyTorch"))
struct HookTests {
  /// Two small networks, each trained for a step before the one that is recorded.
  static let script = """
    import sys, torch
    from torch import nn
    from planner_profile import planner_profile

    torch.manual_seed(0)
    torch.set_num_threads(1)
    kind, path = sys.argv[1:]
    if kind == "convolutions":
        model = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Dropout(0.1), nn.Linear(512, 10))
        inputs = torch.randn(4, 3, 16, 16)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    else:
        model = nn.Sequential(
            nn.Linear(16, 32), nn.TransformerEncoderLayer(32, 4, 64, batch_first=True))
        inputs = torch.randn(4, 12, 16)
        optimizer = torch.optim.Adam(model.parameters())

    def step():
        loss = model(inputs).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss

    step()
    with planner_profile(path, model=model, device="cpu"):
        step()
    print(sum(p.numel() for p in model.parameters()))
    """

  /// Records a step; answers the profile and the number of the network's parameters.
  private func record(_ kind: String) throws -> (profile: Profile, parameters: Int) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hook-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path
    try Data(HookModule.source).write(to: folder.appending(path: "planner_profile.py"))
    try Data(Self.script.utf8).write(to: folder.appending(path: "step.py"))
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(
      filePath: ProcessInfo.processInfo.environment["PLANNER_PYTHON"] ?? "")
    process.arguments = ["\(path)/step.py", kind, "\(path)/run.json.gz"]
    process.standardOutput = output
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let count = try #require(Int(text.filter(\.isNumber)))
    return (try ProfileFile.load("\(path)/run.json.gz").profile, count)
  }

  @Test(
    "a recorded step is a valid profile with all phases",
    arguments: [("convolutions", 1), ("transformer", 2)])
  func step(kind: String, states: Int) throws {
    let (profile, parameters) = try record(kind)
    #expect(profile.validate().isEmpty)
    #expect(profile.device?.name == "cpu" && profile.device?.hostToDevice != nil)
    #expect(
      Set(profile.operators.map(\.phase)) == [.forward, .backward, .optimizer])
    func bytes(_ kind: Tensor.Kind) -> Int {
      profile.tensors.filter { $0.kind == kind && $0.dtype == "float32" }
        .reduce(0) { $0 + $1.bytes }
    }
    // Adam counts its steps in a tensor for each parameter; normalisations keep 16 statistics.
    #expect(abs(bytes(.parameter) - 4 * parameters) <= 64)
    #expect(abs(bytes(.optimizerState) - 4 * parameters * states) <= 4 * 64)
    #expect(profile.tensors.contains { $0.id == "0.weight" && $0.kind == .parameter })
    #expect(profile.tensors.contains { $0.sparsity != nil })
    #expect(profile.operators.contains { $0.flops ?? 0 > 0 && $0.isRecomputable })
  }

  @Test("what the forward pass makes and the backward pass reads is an activation")
  func activations() throws {
    let (profile, _) = try record("convolutions")
    let convolution = try #require(
      profile.operators.first { $0.id.contains("convolution.default") })
    #expect(convolution.flops == 442_368)  // 2 · 4 images · 8 · 16 · 16 outputs · 27 products
    let backward = try #require(
      profile.operators.first { $0.id.contains("native_batch_norm_backward") })
    #expect(backward.reads.contains(convolution.writes[0]))
    let rectified = try #require(profile.operators.first { $0.id.contains("relu") })
    let density = try #require(
      profile.tensors.first { $0.id == rectified.writes[0] }?.sparsity?.history.first?.density)
    #expect(density > 0.3 && density < 0.7)
  }
}
