import ArgumentParser
import Composition
import Compression
import Execution
import Foundation
import ModelFormats
import NeuralNetwork
import Recipes
import TensorCore

/// Runs a model under a recipe on inputs that follow from a formula, so that another program can be asked the same.
///
/// Input i holds ((n · 48271 + 7919 · (i + 1)) mod 65521) / 32760.5 − 1 at its n-th place, or (7n + 3 + i) mod 60 where it takes
/// symbols. Open dimensions count as 2, a second one as 7.
struct OutputsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outputs", abstract: "Write what a model under a recipe computes: float32, one output after the other.")

    @Argument var model: String
    @Option(name: .shortAndLong) var recipe: String?
    @Option(name: .shortAndLong) var output: String

    func run() throws {
        let opened = try ModelFile.open(path: model)
        let plans =
            try recipe.map { try RecipeFile.read($0).plans(for: opened) }
            ?? Array(repeating: LayerPlan(), count: opened.layers.count)
        let shapes = try Composer(opened).compose(plans, patience: .thorough)
        guard let graph = shapes.model.graph else { throw BenchmarkFailure("\(model) has no graph") }
        var extents: [String: Int] = [:]
        for (index, symbol) in graph.symbols.enumerated() { extents[symbol] = symbol == "T" || index > 0 && symbol != "B" ? 7 : 2 }
        var inputs: [String: Shape] = [:]
        for input in graph.inputs {
            inputs[input.name] = Shape(
                (input.dimensions ?? []).map { dimension in
                    switch dimension {
                    case .fixed(let extent): extent
                    case .symbol(let name): extents[name] ?? 2
                    case .unspecified: 2
                    }
                })
        }
        let program = try Program(shapes.model, shapes: inputs)
        let weights = try Weights(of: program)
        let instance = try Instance(program, weights: weights)
        for (index, port) in program.inputs.enumerated() { fill(instance.input(index), port, index) }
        try instance.run(weights)
        var bytes: [UInt8] = []
        for index in program.outputs.indices where program.outputs[index].elementType == .float32 {
            bytes += Array(instance.output(index))
        }
        try Data(bytes).write(to: URL(fileURLWithPath: output))
        print(shapes.model.macs.count ?? 0, shapes.model.parameterCount)
    }

    private func fill(_ bytes: UnsafeMutableRawBufferPointer, _ port: Program.Port, _ input: Int) {
        for place in 0..<port.shape.count {
            switch port.elementType {
            case .float32:
                let number = Float(Double((place * 48_271 + 7_919 * (input + 1)) % 65_521) / 32_760.5 - 1)
                bytes.storeBytes(of: number, toByteOffset: place * 4, as: Float.self)
            case .int64: bytes.storeBytes(of: Int64((place * 7 + 3 + input) % 60), toByteOffset: place * 8, as: Int64.self)
            default: break
            }
        }
    }
}
