// swift-tools-version: 6.0
import Foundation
import PackageDescription

/// `make test` sets PARE_STRICT, so that a warning in Pare's own code fails there and never at a user's.
let settings: [SwiftSetting] = Context.environment["PARE_STRICT"] == nil ? [] : [.unsafeFlags(["-warnings-as-errors"])]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// Debian keeps the serial library of HDF5 apart from those of MPI's by its name, others do not.
let hdf5 = FileManager.default.fileExists(atPath: "/usr/include/hdf5/serial/hdf5.h") ? "hdf5_serial" : "hdf5"

/// Optimizing takes three times as long as compiling: not worth it where nothing is computed.
let unoptimized = settings + [.unsafeFlags(["-Onone"], .when(configuration: .release))]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], computes: Bool = true) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: computes ? settings : unoptimized)
}

/// The folder of each module's wing.
nonisolated(unsafe) var wings: [String: String] = [:]

/// The modules of a wing, which lie in `Sources/NAME`, as their tests do in `Tests/NAME`.
func wing(_ name: String, _ modules: [Target]) -> [Target] {
    for module in modules {
        // A module imports only those listed before it: wings have an order, and so have the modules of each.
        for case .byNameItem(let imported, _) in module.dependencies where wings[imported] == nil {
            fatalError("\(module.name) imports \(imported), which is listed behind it or nowhere")
        }
        wings[module.name] = name
        module.path = "Sources/\(name)/\(module.name)"
    }
    return modules
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], goldens: Bool = false) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies, path: "Tests/\(wings[name] ?? "")/\(name)Tests",
        resources: goldens ? [.copy("Goldens")] : [], swiftSettings: settings)
}

// The order of the wings and of the modules in them is that of the tables in ARCHITECTURE.md; PackageTests holds the two against
// each other. The build is run with `--explicit-target-dependency-import-check error`, so an arrow drawn the wrong way does not compile.

/// C that Swift cannot be, one library a folder.
let shims = wing(
    "Shims",
    [
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),
        .target(name: "CAssets"),
        .target(name: "CImageDecoders", linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png")]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CHDF5", linkerSettings: [.linkedLibrary(hdf5)]),
        .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
        .target(name: "COpenBLAS", linkerSettings: [.linkedLibrary("openblas")]),
        .target(name: "CFeedback", cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "CVectorMath", cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "CThreadSanitizer"),
    ])

/// Files, tensors, text and threads; knows no networks.
let ground = wing(
    "Ground",
    [
        module("Basics", ["CThreadSanitizer"]),
        module("TensorCore", ["Basics"]),
        module("TextFormats", [yams]),
        module("Jobs", ["Basics"]),
    ])

/// What a network and its data are, and how anybody's files are read and written.
let models = wing(
    "Models",
    [
        module("NeuralNetwork", ["TensorCore"]),
        module("ArrayFiles", ["Basics", "TensorCore", "CZlib"]),
        module("ModelFormats", ["CHDF5", "Basics", "TensorCore", "TextFormats", "ArrayFiles", "NeuralNetwork"]),
        module("Datasets", ["Basics", "TensorCore", "TextFormats", "ArrayFiles", "CImageDecoders"]),
        module("Digits", ["Basics", "TensorCore", "Datasets"]),
    ])

/// Runs a network forwards and backwards; never heard of compression.
let engine = wing(
    "Engine",
    [
        module("Execution", ["Basics", "TensorCore", "NeuralNetwork", "COneDNN", "CVectorMath"]),
        module("Training", ["CVectorMath", "Basics", "TensorCore", "NeuralNetwork", "Datasets", "Execution"]),
    ])

/// What can be taken from a network and what is left in bytes; never runs it.
let squeeze = wing(
    "Squeeze",
    [
        module("Compression", ["CFeedback", "Basics", "TensorCore", "NeuralNetwork"]),
        module("Factorization", ["Basics", "TensorCore", "COpenBLAS"]),
        module("Structure", ["Basics", "TensorCore", "NeuralNetwork", "Compression", "Factorization"]),
        module("Composition", ["Basics", "TensorCore", "NeuralNetwork", "Compression", "Factorization", "Structure"]),
        module("Recipes", ["Basics", "TextFormats", "NeuralNetwork", "Compression", yams]),
        module(
            "PareFile",
            ["CZlib", "Basics", "TensorCore", "TextFormats", "NeuralNetwork", "ModelFormats", "Compression", "Structure", "Composition"]),
        module(
            "PyTorchExport",
            ["Basics", "TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Factorization", "Structure", "Composition"]),
    ])

/// What it costs in answers and how they are won back: where the engine meets what was taken.
let quality = wing(
    "Quality",
    [
        module("ImageMetrics", ["COpenBLAS"]),
        module(
            "Evaluation",
            [
                "Basics", "TensorCore", "NeuralNetwork", "Compression", "Structure", "Composition", "Datasets", "Execution", "Jobs",
                "ImageMetrics",
            ]),
        module(
            "Finetuning",
            [
                "Basics", "TensorCore", "NeuralNetwork", "Compression", "Composition", "Datasets", "Execution", "Evaluation", "Training",
            ]),
        module("Networks", ["Basics", "TensorCore", "NeuralNetwork", "Digits", "Datasets", "Training", "Finetuning"], computes: false),
        module(
            "Importance",
            [
                "Basics", "TensorCore", "NeuralNetwork", "COpenBLAS", "Compression", "Factorization", "Structure", "Composition", "Datasets",
                "Execution", "Training", "Evaluation",
            ]),
        module(
            "Reconstruction",
            [
                "Basics", "TensorCore", "NeuralNetwork", "COpenBLAS", "Compression", "Structure", "Composition", "Datasets",
                "Execution", "Recipes", "Evaluation", "Importance",
            ]),
        module(
            "Search",
            [
                "Basics", "NeuralNetwork", "Compression", "Structure", "Composition", "PareFile", "Recipes", "Evaluation", "Importance",
            ]),
    ])

/// A screen of cells; knows nothing of networks.
let terminal = wing(
    "Terminal",
    [
        module("TerminalUI", [yams]),
        module("NcursesBackend", ["CNcurses", "TerminalUI"]),
    ])

/// What a person does with all that.
let program = wing(
    "Program",
    [
        module(
            "Workbench",
            [
                "CAssets", "Basics", "TensorCore", "NeuralNetwork", "ModelFormats", "Datasets", "Digits", "Compression", "Structure", "Composition",
                "Recipes", "PareFile", "Evaluation", "Finetuning", "Importance", "Reconstruction", "Search",
            ]),
        module(
            "Reports",
            [
                "Basics", "NeuralNetwork", "ModelFormats", "Compression", "Composition", "Recipes", "PareFile", "Evaluation", "Importance",
                "Reconstruction", "Search", "Workbench",
            ], computes: false),
        module(
            "Explorer",
            [
                "Basics", "TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Recipes", "Jobs",
                "TerminalUI", "Datasets", "Evaluation", "Factorization", "Structure", "Composition", "PareFile",
                "Finetuning", "Importance", "Reconstruction", "ImageMetrics", "Search", "Workbench", "Reports",
            ]),
        .executableTarget(
            name: "pare",
            dependencies: [
                "Basics", "TensorCore", "Digits", "NeuralNetwork", "ModelFormats", "Compression", "PareFile", "PyTorchExport", "Recipes", "Jobs",
                "Composition", "Datasets", "Evaluation", "Training", "Finetuning", "Networks", "Search", "TerminalUI", "NcursesBackend", "Workbench",
                "Reports", "Explorer", argumentParser,
            ],
            swiftSettings: unoptimized),
    ])

/// What measures and checks the program, and is no part of it.
let tools: [Target] = [
    .executableTarget(
        name: "bench",
        dependencies: [
            "Basics", "TensorCore", "Compression", "NeuralNetwork", "ModelFormats", "Datasets", "Execution", "Evaluation", "Factorization",
            "Composition", "Recipes", "Training", "Importance", "Workbench", argumentParser,
        ],
        path: "Benchmarks/Bench",
        swiftSettings: settings),
    .executableTarget(
        name: "soak",
        dependencies: ["Basics", "TensorCore", "Digits", "Compression", "PareFile", "TerminalUI", "Workbench", "Explorer", argumentParser],
        path: "Soak", exclude: ["address.txt", "thread.txt"], swiftSettings: settings),
    // Runs models for check_conformance.py.
    .executableTarget(
        name: "conformance", dependencies: ["TensorCore", "NeuralNetwork", "ModelFormats", "Execution"],
        path: "Benchmarks/Conformance", swiftSettings: settings),
]

let testTargets: [Target] = [
    // Networks that several modules' tests make.
    .target(
        name: "TestNetworks", dependencies: ["TensorCore", "NeuralNetwork", "Datasets"], path: "Tests/TestNetworks",
        swiftSettings: settings),
    // The manifest and the tables of operators against the documents and the sources.
    .testTarget(
        name: "PackageTests", dependencies: ["NeuralNetwork", "Execution", "Structure"], path: "Tests/PackageTests",
        swiftSettings: settings),
    tests(of: "CAssets"),
    tests(of: "Basics"),
    tests(of: "TensorCore", ["Basics"]),
    tests(of: "Digits"),
    tests(of: "NeuralNetwork", ["TensorCore"]),
    tests(of: "Execution", ["Basics", "TensorCore", "NeuralNetwork", "ModelFormats"], goldens: true),
    tests(of: "Factorization", ["Basics", "TensorCore", "NeuralNetwork", "ModelFormats"], goldens: true),
    tests(
        of: "Structure",
        [
            "TestNetworks", "Basics", "TensorCore", "NeuralNetwork", "Compression", "Factorization", "ModelFormats", "Execution",
        ], goldens: true),
    tests(of: "Composition", ["TestNetworks", "TensorCore", "NeuralNetwork", "Compression", "Factorization"]),
    tests(
        of: "PareFile", ["Basics", "TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Structure", "Composition", "Recipes"],
        goldens: true),
    tests(of: "PyTorchExport", ["TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Composition"]),
    tests(of: "ModelFormats", ["Basics", "TensorCore", "NeuralNetwork", "ArrayFiles"], goldens: true),
    tests(of: "Compression", ["Basics", "TensorCore", "NeuralNetwork"], goldens: true),
    tests(of: "TextFormats"),
    tests(of: "ArrayFiles", ["Basics", "TensorCore"], goldens: true),
    tests(of: "Datasets", ["Basics", "TensorCore", "ArrayFiles"], goldens: true),
    tests(of: "ImageMetrics", goldens: true),
    tests(
        of: "Evaluation",
        [
            "TestNetworks", "ImageMetrics", "Basics", "TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Datasets", "Execution",
        ], goldens: true),
    tests(of: "Recipes", ["Basics", "TensorCore", "NeuralNetwork", "Compression"]),
    tests(of: "Jobs", ["Basics"]),
    tests(
        of: "Training",
        [
            "TestNetworks", "Basics", "TensorCore", "NeuralNetwork", "ModelFormats", "Datasets", "Execution",
        ], goldens: true),
    tests(
        of: "Finetuning",
        [
            "TestNetworks", "Basics", "TensorCore", "NeuralNetwork", "Compression", "Composition", "PareFile", "Datasets", "Training",
        ]),
    tests(of: "Networks", ["Basics", "TensorCore", "NeuralNetwork", "ModelFormats", "Datasets", "Execution", "Training", "Finetuning"]),
    tests(
        of: "Importance",
        [
            "TestNetworks", "Basics", "TensorCore", "NeuralNetwork", "Compression", "Factorization", "Composition", "Datasets", "Evaluation",
        ], goldens: true),
    tests(
        of: "Reconstruction",
        [
            "TestNetworks", "Basics", "TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Factorization", "Structure", "Composition", "Datasets",
            "Execution", "Evaluation", "Importance",
        ], goldens: true),
    tests(
        of: "Search",
        [
            "TestNetworks", "Basics", "TensorCore", "NeuralNetwork", "Compression", "Composition", "PareFile", "Recipes", "Datasets", "Evaluation",
            "Importance",
        ]),
    // Runs the program, which `make test` builds before.
    tests(of: "pare"),
    tests(of: "TerminalUI"),
    tests(of: "NcursesBackend", ["TerminalUI"]),
    tests(
        of: "Explorer",
        [
            "TestNetworks", "Basics", "TensorCore", "NeuralNetwork", "ModelFormats", "Compression", "Recipes", "Jobs", "TerminalUI", "Workbench", "Reports",
            "Datasets", "Digits", "Evaluation", "Factorization", "ImageMetrics", "Importance", "PareFile", "Reconstruction",
            "Composition", "Search",
        ]),
]

let package = Package(
    name: "pare",
    products: [.executable(name: "pare", targets: ["pare"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    ],
    targets: shims + ground + models + engine + squeeze + quality + terminal + program + tools + testTargets,
    swiftLanguageModes: [.v6]
)
