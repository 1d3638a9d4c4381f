// swift-tools-version: 6.1
import PackageDescription

/// Each module imports only those listed before it; the build is run with
/// `--explicit-target-dependency-import-check error`, so an arrow drawn the wrong way does not compile.
let package = Package(
    name: "pare",
    products: [.executable(name: "pare", targets: ["pare"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.30.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    ],
    targets: [
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),
        .target(name: "CAssets"),
        .target(name: "TensorCore"),
        .target(name: "Digits", dependencies: ["TensorCore"]),
        .target(name: "NeuralNetwork", dependencies: ["TensorCore"]),
        .target(
            name: "ModelFormats",
            dependencies: ["TensorCore", "NeuralNetwork", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        .target(name: "Compression", dependencies: ["TensorCore", "NeuralNetwork"]),
        .target(
            name: "Recipes",
            dependencies: ["TensorCore", "NeuralNetwork", "Compression", .product(name: "Yams", package: "Yams")]),
        .target(name: "Jobs", dependencies: ["TensorCore"]),
        .target(name: "TerminalUI", dependencies: [.product(name: "Yams", package: "Yams")]),
        .target(name: "NcursesBackend", dependencies: ["CNcurses", "TerminalUI"]),
        .target(
            name: "Explorer",
            dependencies: [
                "CAssets", "TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Recipes", "Jobs", "TerminalUI",
            ]),
        .executableTarget(
            name: "pare",
            dependencies: [
                "TensorCore", "Digits", "NeuralNetwork", "ModelFormats", "Compression", "Recipes", "Jobs", "TerminalUI",
                "NcursesBackend", "Explorer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
