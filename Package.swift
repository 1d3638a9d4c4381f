// swift-tools-version: 6.0
import Foundation
import PackageDescription

/// `make test` sets PARE_STRICT, so that a warning in Pare's own code fails there and never at a user's.
let settings: [SwiftSetting] = Context.environment["PARE_STRICT"] == nil ? [] : [.unsafeFlags(["-warnings-as-errors"])]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// Debian keeps the serial library of HDF5 apart from those of MPI's by its name, others do not.
let hdf5 = FileManager.default.fileExists(atPath: "/usr/include/hdf5/serial/hdf5.h") ? "hdf5_serial" : "hdf5"

func module(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], goldens: Bool = false) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies,
        resources: goldens ? [.copy("Goldens")] : [], swiftSettings: settings)
}

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
        .target(name: "CImageDecoders", linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png")]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CHDF5", linkerSettings: [.linkedLibrary(hdf5)]),
        .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
        .target(name: "COpenBLAS", linkerSettings: [.linkedLibrary("openblas")]),
        .target(name: "CVectorMath", cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "CThreadSanitizer"),
        module("TensorCore", ["CThreadSanitizer"]),
        module("TextFormats", [yams]),
        module("NeuralNetwork", ["TensorCore"]),
        module("ArrayFiles", ["TensorCore", "CZlib"]),
        module("ModelFormats", ["CHDF5", "TensorCore", "TextFormats", "ArrayFiles", "NeuralNetwork", protobuf], exclude: ["ONNX/Schema/onnx.proto"]),
        module("Compression", ["TensorCore", "NeuralNetwork"]),
        module("Factorization", ["TensorCore", "COpenBLAS"]),
        module("Structure", ["TensorCore", "NeuralNetwork", "Compression", "Factorization"]),
        module("Composition", ["TensorCore", "NeuralNetwork", "Compression", "Factorization", "Structure"]),
        module(
            "PareFile",
            ["CZlib", "TensorCore", "TextFormats", "NeuralNetwork", "ModelFormats", "Compression", "Structure", "Composition"]),
        module(
            "PyTorchExport",
            ["TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Factorization", "Structure", "Composition"]),
        module("Datasets", ["TensorCore", "TextFormats", "ArrayFiles", "CImageDecoders"]),
        module("Digits", ["TensorCore", "Datasets"]),
        module("Execution", ["TensorCore", "NeuralNetwork", "COneDNN", "CVectorMath"]),
        module("Recipes", ["TensorCore", "TextFormats", "NeuralNetwork", "Compression", yams]),
        module("Jobs", ["TensorCore"]),
        module("Training", ["CVectorMath", "TensorCore", "NeuralNetwork", "Datasets", "Execution"]),
        module("Generation", ["COpenBLAS"]),
        module(
            "Evaluation",
            [
                "TensorCore", "NeuralNetwork", "Compression", "Structure", "Composition", "Datasets", "Execution", "Jobs", "Generation",
            ]),
        module(
            "Finetuning",
            ["TensorCore", "NeuralNetwork", "Compression", "Composition", "Datasets", "Execution", "Evaluation", "Training"]),
        module("Networks", ["TensorCore", "NeuralNetwork", "Digits", "Datasets", "Training", "Finetuning"]),
        module(
            "Reconstruction",
            [
                "TensorCore", "NeuralNetwork", "COpenBLAS", "Compression", "Factorization", "Structure", "Composition", "Datasets",
                "Execution", "Recipes", "Evaluation",
            ]),
        module("TerminalUI", [yams]),
        module("NcursesBackend", ["CNcurses", "TerminalUI"]),
        module(
            "Explorer",
            [
                "CAssets", "TensorCore", "Digits", "NeuralNetwork", "ModelFormats", "Compression", "Recipes", "Jobs",
                "TerminalUI", "Datasets", "Evaluation", "Factorization", "Structure", "Composition", "PareFile",
                "Training", "Finetuning", "Reconstruction", "Generation",
            ]),
        .executableTarget(
            name: "pare",
            dependencies: [
                "TensorCore", "Digits", "NeuralNetwork", "ModelFormats", "Compression", "PareFile", "PyTorchExport", "Recipes", "Jobs",
                "Composition", "Datasets", "Evaluation", "Training", "Finetuning", "Networks", "TerminalUI", "NcursesBackend", "Explorer", argumentParser,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "bench",
            dependencies: [
                "TensorCore", "Compression", "NeuralNetwork", "ModelFormats", "Datasets", "Execution", "Evaluation", "Factorization",
                "Composition", "Recipes", "Training", argumentParser,
            ],
            path: "Benchmarks/Bench",
            swiftSettings: settings),
        .executableTarget(
            name: "soak",
            dependencies: ["TensorCore", "Digits", "Compression", "PareFile", "TerminalUI", "Explorer", argumentParser],
            path: "Soak", exclude: ["address.txt", "thread.txt"], swiftSettings: settings),
        // Runs models for check_conformance.py.
        .executableTarget(
            name: "conformance", dependencies: ["TensorCore", "NeuralNetwork", "ModelFormats", "Execution"],
            path: "Benchmarks/Conformance", swiftSettings: settings),
        // Networks that several modules' tests make.
        .target(
            name: "TestNetworks", dependencies: ["TensorCore", "NeuralNetwork", "Datasets"], path: "Tests/TestNetworks",
            swiftSettings: settings),
        tests(of: "CAssets"),
        tests(of: "TensorCore"),
        tests(of: "Digits", ["TensorCore", "Datasets"]),
        tests(of: "NeuralNetwork", ["TensorCore"]),
        tests(of: "Execution", ["TensorCore", "NeuralNetwork", "ModelFormats"], goldens: true),
        tests(of: "Factorization", ["TensorCore", "NeuralNetwork", "ModelFormats"], goldens: true),
        tests(of: "Structure", ["TestNetworks", "TensorCore", "NeuralNetwork", "Compression", "Factorization", "ModelFormats", "Execution"], goldens: true),
        tests(of: "Composition", ["TestNetworks", "TensorCore", "NeuralNetwork", "Compression", "Factorization", "Structure", "ModelFormats", "Execution"]),
        tests(
            of: "PareFile",
            ["TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Factorization", "Structure", "Composition", "Recipes"]),
        tests(
            of: "PyTorchExport",
            ["TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Factorization", "Structure", "Composition"]),
        tests(of: "ModelFormats", ["TensorCore", "NeuralNetwork"], goldens: true),
        tests(of: "Compression", ["TensorCore", "NeuralNetwork"], goldens: true),
        tests(of: "TextFormats"),
        tests(of: "ArrayFiles", ["TensorCore"], goldens: true),
        tests(of: "Datasets", ["TensorCore", "TextFormats", "ArrayFiles"], goldens: true),
        tests(of: "Generation", goldens: true),
        tests(of: "Evaluation", ["TestNetworks", "Generation", "TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Datasets"], goldens: true),
        tests(of: "Recipes", ["TensorCore", "NeuralNetwork", "Compression"]),
        tests(of: "Jobs", ["TensorCore"]),
        tests(of: "Training", ["TestNetworks", "TensorCore", "NeuralNetwork", "ModelFormats", "Datasets", "Execution"], goldens: true),
        tests(
            of: "Finetuning",
            ["TestNetworks", "TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Composition", "PareFile", "Datasets", "Training"]),
        tests(
            of: "Networks", ["TensorCore", "NeuralNetwork", "ModelFormats", "Datasets", "Execution", "Training", "Finetuning"]),
        tests(
            of: "Reconstruction",
            [
                "TestNetworks", "TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Factorization", "Structure", "Composition", "Datasets",
                "Execution", "Evaluation",
            ],
            goldens: true),
        tests(of: "TerminalUI"),
        tests(of: "NcursesBackend", ["TerminalUI"]),
        tests(
            of: "Explorer",
            ["TestNetworks", "TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Recipes", "Jobs", "TerminalUI"]),
    ],
    swiftLanguageModes: [.v6]
)
