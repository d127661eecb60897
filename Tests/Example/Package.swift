// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "plan-tests",
  dependencies: [
    // In a project of your own: the folder of your checkout of planner.
    .package(name: "planner", path: "../..")
  ],
  targets: [
    .testTarget(
      name: "PlanTests",
      dependencies: [.product(name: "PlanTesting", package: "planner")],
      exclude: ["Fixtures"])
  ]
)
