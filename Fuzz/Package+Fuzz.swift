
// Put behind Package.swift by Fuzz/build: the fuzz targets use modules that the package offers to nobody else.
package.products.append(.executable(name: "fuzz", targets: ["fuzz"]))
package.targets.append(
    .executableTarget(
        name: "fuzz",
        dependencies: [
            "Basics", "TensorCore", "TextFormats", "ArrayFiles", "NeuralNetwork", "ModelFormats", "Compression", "PareFile", "Datasets", "Recipes",
            "TerminalUI", "CZlib",
        ],
        path: "Fuzz/Sources",
        swiftSettings: [.unsafeFlags(["-parse-as-library"])]))
