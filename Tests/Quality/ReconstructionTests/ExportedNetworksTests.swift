import Basics
import Composition
import Compression
import Datasets
import Evaluation
import Execution
import Foundation
import Glibc
import ModelFormats
import NeuralNetwork
import Reconstruction
import Structure
import TensorCore
import TestNetworks
import Testing

/// Networks of `Tests/Generators/exports/tiny.py`, each through both of PyTorch's exporters, with a batch of four and with any.
@Suite("Networks as PyTorch's exporters write them")
struct ExportedNetworksTests {
    static let names = ["shuffled", "directions", "attended"]
    static let exports = ["dynamo.fixed", "dynamo.symbolic", "script.fixed", "script.symbolic"]

    private func model(_ name: String, _ export: String) throws -> Model {
        let folder = try #require(Bundle.module.url(forResource: "exports", withExtension: nil, subdirectory: "Goldens"))
        return try ModelFile.open(path: folder.appending(path: "\(name).\(export).onnx").path)
    }

    private func sampleShape(_ model: Model) throws -> Shape {
        let input = try #require(model.graph?.inputs.first?.dimensions)
        return Shape(
            try input.dropFirst().map {
                guard case .fixed(let extent) = $0 else { throw CocoaError(.fileReadCorruptFile) }
                return extent
            })
    }

    private func samples(_ count: Int, _ shape: Shape, seed: UInt64) -> [Float] {
        var random = SeededRandom(seed: seed)
        return (0..<count * shape.count).map { _ in Float(random.normal()) }
    }

    private func outputs(_ model: Model) throws -> [Float] {
        let shape = try sampleShape(model)
        let name = try #require(model.graph?.inputs.first?.name)
        let program = try Program(model, shapes: [name: Shape([4] + shape.dimensions)])
        let weights = try Weights(of: program)
        let instance = try Instance(program, weights: weights)
        let values = instance.input(0).assumingMemoryBound(to: Float.self)
        for (place, value) in samples(4, shape, seed: 4).enumerated() { values[place] = value }
        try instance.run(weights)
        return Array(instance.output(0).assumingMemoryBound(to: Float.self).prefix(program.outputs[0].shape.count))
    }

    @Test("The same groups can be pruned and as many of their filters stay, whichever way a network was exported", arguments: names)
    func groups(_ name: String) throws {
        var seen: [[[Int]]] = []
        for export in Self.exports {
            let model = try model(name, export)
            let composer = Composer(model)
            let plans = model.layers.map { _ in LayerPlan(filters: FilterRule(.fraction(0.75))) }
            let shapes = try composer.compose(plans, patience: .thorough)
            let groups = composer.channels.groups.filter(\.isPrunable).map { group in
                let layer = shapes.layers[group.producers[0]]
                return [layer.filterCount, layer.filtersKept]
            }
            #expect(groups.contains { $0[1] < $0[0] }, "\(export) loses nothing")
            seen.append(groups.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) })
        }
        for (export, groups) in zip(Self.exports, seen) { #expect(groups == seen[3], "\(export)") }
    }

    @Test("What is left is fitted equally well, and what is written says the same", arguments: names)
    func reconstruction(_ name: String) throws {
        var ratios: [Double] = []
        for export in Self.exports {
            let model = try model(name, export)
            let composer = Composer(model)
            let plans = model.layers.map { _ in LayerPlan(filters: FilterRule(.fraction(0.75)), prune: .sparsity(0.2)) }
            let shapes = try composer.compose(plans, patience: .thorough)
            let shape = try sampleShape(model)
            let data = DataSet(
                name: "noise", content: .samples(ArraySource(values: samples(64, shape, seed: 9), shape: shape)))
            let inputs = try CalibrationInputs(model, data: data, samples: 64)
            let made = try Reconstructor(composer, plans: plans, shapes: shapes).run(on: inputs).model
            let (before, after) = (try outputs(model), try outputs(made))
            let noise = zip(before, after).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
            #expect(noise > 0)
            ratios.append(10 * log10(before.reduce(0.0) { $0 + Double($1 * $1) } / noise))
            let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).onnx").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            try ModelFile.write(made, to: path)
            #expect(try outputs(ModelFile.open(path: path)) == after, "\(export)")
        }
        for (export, ratio) in zip(Self.exports, ratios) {
            #expect(abs(ratio - ratios[3]) < 0.1, "\(export): \(ratio) dB, \(ratios[3]) in the last")
        }
    }

    @Test("Each can be trained through: every layer's weights have a gradient, as long in all exports", arguments: names)
    func gradients(_ name: String) throws {
        var lengths: [Double] = []
        for export in Self.exports {
            let model = try model(name, export)
            let shape = try sampleShape(model)
            let input = try #require(model.graph?.inputs.first?.name)
            var options = TrainingOptions()
            options.threads = 1
            options.lossOutputs = [0]
            let layers = Set(model.layers.map(\.weight))
            let instance = try TrainingInstance(
                TrainingProgram(model, shapes: [input: Shape([4] + shape.dimensions)], options: options))
            let values = instance.input(0).bindMemory(to: Float.self)
            for (place, value) in samples(4, shape, seed: 4).enumerated() { values[place] = value }
            try instance.forward()
            for place in instance.outputGradient(0).indices { instance.outputGradient(0)[place] = place % 2 == 0 ? 1 : -0.5 }
            try instance.backward()
            var sum = 0.0
            for (index, parameter) in instance.program.parameters.enumerated() where layers.contains(parameter.tensor) {
                let squares = (instance.gradient(index) ?? .init(start: nil, count: 0)).reduce(0.0) { $0 + Double($1 * $1) }
                #expect(squares > 0, "\(export): \(parameter.name)")
                sum += squares
            }
            lengths.append(sum)
        }
        for (export, length) in zip(Self.exports, lengths) {
            #expect(abs(length - lengths[3]) < 1e-3 * lengths[3], "\(export): \(length), \(lengths[3]) in the last")
        }
    }
}
