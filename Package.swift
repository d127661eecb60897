// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target: language mode 6 with the upcoming features the project uses.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// The libraries behind CBC, in link order.
let cbcLibraries = ["CbcSolver", "Cbc", "OsiClp", "Clp", "Osi", "CoinUtils"]

/// One planning problem: a folder in `Sources/Problems` that never sees a solver or another problem.
func problem(_ name: String) -> Target {
  .target(
    name: name,
    dependencies: ["Optimization", "Plans", "Profiles"],
    path: "Sources/Problems/\(name)",
    swiftSettings: strict)
}

/// One suite of tests, in `Tests/<subject>Tests`.
func tests(_ subject: String, _ resources: [Resource], uses targets: [String]) -> Target {
  .testTarget(
    name: "\(subject)Tests",
    dependencies: (targets + ["TestSupport"]).map { .target(name: $0) },
    resources: resources, swiftSettings: strict)
}

let package = Package(
  name: "planner",
  products: [
    .library(
      name: "Planning",
      targets: [
        "Allocation", "Chunks", "Codecs", "Collectors", "ExpertPlacement", "Gradients", "Layouts",
        "Optimization", "Plans", "Profiles", "Sharding", "Simulation", "Swap", "TokenDispatch",
        "TwoStage",
      ]),
    // For tests of plans: nothing of the solver side.
    .library(name: "PlanTesting", targets: ["PlanTesting", "Plans", "Profiles", "Simulation"]),
    .library(name: "CBC", targets: ["CBC"]),
    .library(name: "GLPK", targets: ["GLPK"]),
    .executable(name: "planner", targets: ["planner"]),
    .executable(name: "planner-cbc", targets: ["planner-cbc"]),
    .executable(name: "planner-glpk", targets: ["planner-glpk"]),
    .executable(name: "planner-bench", targets: ["planner-bench"]),
  ],
  traits: [
    .trait(name: "WithCBC", description: "The CBC back-end (EPL)"),
    .trait(name: "WithGLPK", description: "The GLPK back-end (GPL-3.0-or-later)"),
    .default(enabledTraits: ["WithCBC", "WithGLPK"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // Optimization: models and searches, without any solver.
    .target(name: "Optimization", swiftSettings: strict),

    // Solvers: one C target and one Swift target per library, a worker executable for each.
    .target(name: "CEngine"),
    .target(
      name: "Engines", dependencies: ["CEngine", "Optimization"], path: "Sources/Solvers/Engines",
      swiftSettings: strict),
    .target(
      name: "CGLPK", dependencies: ["CEngine"],
      cSettings: [.define("WITH_GLPK", .when(traits: ["WithGLPK"]))],
      linkerSettings: [.linkedLibrary("glpk", .when(traits: ["WithGLPK"]))]),
    .target(
      name: "CCbc", dependencies: ["CEngine"],
      cxxSettings: [.define("WITH_CBC", .when(traits: ["WithCBC"]))],
      linkerSettings: cbcLibraries.map { .linkedLibrary($0, .when(traits: ["WithCBC"])) }),
    .target(
      name: "CBC", dependencies: ["CCbc", "Engines", "Optimization"], path: "Sources/Solvers/CBC",
      swiftSettings: strict),
    .target(
      name: "GLPK", dependencies: ["CEngine", "CGLPK", "Engines", "Optimization"],
      path: "Sources/Solvers/GLPK", swiftSettings: strict),
    .target(
      name: "Workers", dependencies: ["CEngine", "Optimization"], path: "Sources/Solvers/Workers",
      swiftSettings: strict),
    .executableTarget(
      name: "planner-cbc", dependencies: ["CBC", "Optimization", "Workers"], swiftSettings: strict),
    .executableTarget(
      name: "planner-glpk", dependencies: ["GLPK", "Optimization", "Workers"],
      swiftSettings: strict),

    // Codecs: kernels in C, one C target per library, and their Swift front.
    .target(name: "CKernels"),
    .target(name: "CLZ4", linkerSettings: [.linkedLibrary("lz4")]),
    .target(name: "CZstd", linkerSettings: [.linkedLibrary("zstd")]),
    .target(name: "Codecs", dependencies: ["CKernels", "CLZ4", "CZstd"], swiftSettings: strict),

    // Profiles, plans, and what lies between them.
    .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
    .target(name: "Profiles", dependencies: ["CZlib"], swiftSettings: strict),
    .target(
      name: "Collectors",
      dependencies: [
        "Codecs", "Profiles", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Chakra/Format/chakra.proto", "ONNX/Format/onnx.proto"],
      resources: [
        .embedInCode("Catalogue/devices.json"), .embedInCode("Compression/codecs.json"),
        .embedInCode("Hook/planner_profile.py"),
      ], swiftSettings: strict),
    .target(name: "Plans", dependencies: ["Profiles"], swiftSettings: strict),
    problem("Allocation"),
    problem("Chunks"),
    problem("ExpertPlacement"),
    problem("Layouts"),
    problem("Gradients"),
    problem("Sharding"),
    problem("Swap"),
    // Not `Dispatch`, which is a module of Swift's.
    problem("TokenDispatch"),
    problem("TwoStage"),
    .target(name: "Simulation", dependencies: ["Plans", "Profiles"], swiftSettings: strict),
    .target(
      name: "PlanTesting", dependencies: ["Plans", "Profiles", "Simulation"], swiftSettings: strict),
    .target(
      name: "Reports",
      dependencies: [
        "PlanTesting", "Plans", "Profiles", "Simulation",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [
        .embedInCode("HTML/Files/page.mustache"), .embedInCode("HTML/Files/report.css"),
        .embedInCode("HTML/Files/report.js"), .embedInCode("HTML/Files/table.mustache"),
        .embedInCode("Gradients/Python/planner_gradients.py"),
        .embedInCode("SwapExports/Python/planner_budget.py"),
        .embedInCode("SwapExports/Python/planner_eager.py"),
      ], swiftSettings: strict),

    // Batches: what is to be planned, what came of it, and what was planned before.
    .target(
      name: "Batches",
      dependencies: ["Profiles", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),

    .executableTarget(
      name: "planner",
      dependencies: [
        "Allocation", "Batches", "Chunks", "Collectors", "ExpertPlacement", "Gradients", "Layouts",
        "Optimization", "PlanTesting", "Plans", "Profiles", "Reports", "Sharding", "Simulation",
        "Swap", "TokenDispatch", "TwoStage", "Workers",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "planner-bench",
      dependencies: [
        "Allocation", "CBC", "Codecs", "Collectors", "ExpertPlacement", "Gradients", "Layouts",
        "Optimization", "Plans", "Profiles", "Simulation", "Swap", "TokenDispatch", "TwoStage",
        "Workers",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.embedInCode("Peers/peers.py")], swiftSettings: strict),

    // Tests.
    .target(
      name: "TestSupport", dependencies: ["Optimization", "Plans", "Profiles"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    tests("Optimization", [], uses: ["CBC", "GLPK", "Optimization"]),
    tests("SolverConformance", [], uses: ["CBC", "GLPK", "Optimization", "Workers"]),
    tests("Profiles", [], uses: ["Profiles"]),
    tests("Codecs", [], uses: ["Codecs"]),
    tests("Collectors", [], uses: ["Codecs", "Collectors", "Layouts", "Plans", "Profiles"]),
    tests("Plans", [], uses: ["Plans", "Profiles"]),
    tests(
      "Swap", [], uses: ["CBC", "GLPK", "Optimization", "Plans", "Profiles", "Simulation", "Swap"]),
    tests(
      "Allocation", [],
      uses: ["Allocation", "GLPK", "Optimization", "Plans", "Simulation"]),
    tests(
      "Chunks", [],
      uses: [
        "CBC", "Chunks", "Collectors", "GLPK", "Optimization", "Plans", "Profiles", "Reports",
        "Simulation",
      ]),
    tests(
      "Dispatch", [],
      uses: [
        "CBC", "GLPK", "Optimization", "Plans", "Profiles", "Reports", "Simulation",
        "TokenDispatch",
      ]),
    tests(
      "ExpertPlacement", [],
      uses: [
        "CBC", "Collectors", "ExpertPlacement", "GLPK", "Optimization", "Plans", "Profiles",
        "Reports", "Simulation",
      ]),
    tests(
      "Layouts", [],
      uses: [
        "GLPK", "Layouts", "Optimization", "Plans", "Profiles", "Reports", "Simulation",
      ]),
    tests(
      "Gradients", [],
      uses: [
        "CBC", "Codecs", "Collectors", "GLPK", "Gradients", "Optimization", "Plans", "Profiles",
        "Reports", "Simulation",
      ]),
    tests(
      "Sharding", [],
      uses: [
        "CBC", "Collectors", "GLPK", "Optimization", "Plans", "Profiles", "Reports", "Sharding",
        "Simulation",
      ]),
    tests(
      "TwoStage", [],
      uses: [
        "CBC", "Collectors", "GLPK", "Layouts", "Optimization", "Plans", "Profiles", "Reports",
        "Simulation", "TwoStage",
      ]),
    tests("Simulation", [], uses: ["Plans", "Profiles", "Simulation"]),
    tests("PlanTesting", [], uses: ["PlanTesting", "Plans", "Profiles", "Simulation"]),
    tests("Reports", [], uses: ["Collectors", "Plans", "Profiles", "Reports", "Simulation"]),
    tests("Batches", [], uses: ["Batches", "Profiles"]),
    tests("PlannerCommand", [], uses: ["Plans", "Profiles"]),
    .testTarget(
      name: "HostileTests",
      dependencies: [
        "Profiles", "TestSupport", "planner",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Corpus", "Seeds", "make-seeds"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11,
  cxxLanguageStandard: .cxx17
)
