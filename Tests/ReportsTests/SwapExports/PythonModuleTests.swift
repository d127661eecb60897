import Foundation
import Plans
import Profiles
import Testing

@testable import Reports

/// The Python modules of exports, as Python reads them: where `python3` is installed.
@Suite struct PythonModuleTests {
  static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// A plan for two buckets, one of which is thinned out.
  static func gradients(_ format: GradientExport.Format) throws -> GradientExport {
    let profile = Profile(
      name: "hostile \"\"\" \\ ' \n name", tensors: [], operators: [],
      gradients: GradientExchange(
        nodes: 2, devicesPerNode: 2, selectionGBPerSecond: 100,
        buckets: [
          GradientBucket(id: "late", bytes: 4000, readyMicroseconds: 9, energy: 1),
          GradientBucket(id: "early", bytes: 8000, readyMicroseconds: 3, energy: 1),
        ]))
    let plan = GradientPlan(
      version: "1.0", profile: .init(name: profile.name), energyBudget: 0.9, strategy: "greedy",
      decisions: [
        GradientPlan.Decision(bucket: "late", algorithm: .dense),
        GradientPlan.Decision(
          bucket: "early", algorithm: .mesh,
          choice: .init(selection: .equal, block: 100, density: 0.01),
          wire: [.index, .index, .bitmap, .dense]),
      ])
    return try GradientExport(plan, profile: profile, as: format)
  }

  @Test("buckets are told in the order in which they are ready")
  func buckets() throws {
    let export = try Self.gradients(.buckets)
    #expect(export.losses == [])
    let file = try #require(
      try JSONSerialization.jsonObject(with: Data(export.bytes)) as? [String: Any])
    let buckets = try #require(file["buckets"] as? [[String: Any]])
    #expect(buckets.map { $0["bucket"] as? String } == ["early", "late"])
    #expect(buckets.map { $0["elements"] as? Int } == [2000, 1000])
    #expect(buckets[0]["algorithm"] as? String == "sparse-mesh")
    #expect(buckets[0]["block"] as? Int == 100 && buckets[0]["density"] as? Double == 0.01)
    let hook = try Self.gradients(.hook)
    #expect(hook.losses.count == 1 && hook.losses[0].hasPrefix("1 bucket by sparse-mesh"))
  }

  @Test(
    "modules are Python", .enabled(if: python != nil, "python3 is not installed"),
    arguments: ["eager", "budget", "gradients"])
  func compile(_ module: String) throws {
    let report = try HookSample.report(swapped: true, again: true)
    let bytes =
      switch module {
      case "eager": try SwapExport(report, as: .pytorchEager).bytes
      case "budget": try SwapExport(report, as: .torchCompile).bytes
      default: try Self.gradients(.hook).bytes
      }
    let program = """
      import ast, sys
      tree = ast.parse(sys.stdin.buffer.read())
      compile(tree, 'module', 'exec')
      plans = [n for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == 'PLAN']
      assert len(plans) == 1
      print(ast.literal_eval(plans[0].value)['profile'] == 'hostile \\"\\"\\" \\\\ \\' \\n name')
      """
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.python))
    process.arguments = ["-I", "-c", program]
    let (input, output) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    input.fileHandleForWriting.write(Data(bytes))
    try input.fileHandleForWriting.close()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(String(decoding: printed, as: UTF8.self) == "True\n")
  }
}
