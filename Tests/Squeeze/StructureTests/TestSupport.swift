import Basics
import Compression
import Execution
import Factorization
import Foundation
import ModelFormats
import NeuralNetwork
import Structure
import TensorCore
import TestNetworks
import Testing

enum SharedModels {
    static var folder: String { ProcessInfo.processInfo.environment["PARE_TEST_DATA"] ?? "../shared" }
    static var isThere: Bool { FileManager.default.fileExists(atPath: folder + "/models") }

    static let names = [
        "googlenet", "squeezenet", "mobilenet-025", "resnet20", "resnet56", "resnet8", "dcgan-generator", "char-rnn", "lenet5",
        "mnist-cnn", "mnist-cntk", "super-resolution", "silero-vad",
    ]

    static func open(_ name: String) throws -> Model { try ModelFile.open(path: "\(folder)/models/\(name).onnx") }
}

/// Runs a model on inputs that follow from their place alone; states shrink from the end of nowhere, so they are zero.
func outputs(of model: Model, shapes: [String: Shape] = [:], zero: Set<String> = []) throws -> [[Float]] {
    var all = shapes
    for input in model.graph?.inputs ?? [] where all[input.name] == nil {
        all[input.name] = Shape((input.dimensions ?? []).map { if case .fixed(let extent) = $0 { extent } else { 2 } })
    }
    let program = try Program(model, shapes: all)
    let weights = try Weights(of: program)
    let instance = try Instance(program, weights: weights)
    for (index, port) in program.inputs.enumerated() {
        let bytes = instance.input(index)
        for i in 0..<port.shape.count {
            if port.elementType == .int64 {
                bytes.storeBytes(of: Int64((i * 7 + 3) % 5), toByteOffset: i * 8, as: Int64.self)
            } else {
                let number = zero.contains(port.name) ? 0 : Float((i * 48271 + 7919 * (index + 1)) % 65521) / 32760.5 - 1
                bytes.storeBytes(of: number, toByteOffset: i * 4, as: Float.self)
            }
        }
    }
    try instance.run(weights)
    return program.outputs.enumerated().map { index, port in
        Array(instance.output(index).assumingMemoryBound(to: Float.self).prefix(port.shape.count))
    }
}

/// The largest difference, relative to the largest value.
func difference(_ first: [Float], _ second: [Float]) -> Float {
    guard first.count == second.count else { return .infinity }
    let scale = first.map(abs).max() ?? 1
    return zip(first, second).map { abs($0 - $1) }.max().map { $0 / max(scale, 1e-6) } ?? 0
}

/// Rules that keep a fraction of every layer's filters.
func rules(_ model: Model, keeping fraction: Double, by criterion: FilterCriterion = .l1) -> [Int: FilterRule] {
    Dictionary(uniqueKeysWithValues: model.layers.indices.map { ($0, FilterRule(.fraction(fraction), by: criterion)) })
}

func scores(_ model: Model, _ channels: ChannelAnalysis) -> (ChannelGroup, FilterCriterion) -> [Double] {
    { (try? FilterScores.scores(of: $0, by: $1, model: model, channels: channels)) ?? [] }
}

/// Factors that are random but the same each time for the same layer and ranks.
let randomFactors: @Sendable (Int, TensorSource, KernelLayout, Ranks) -> FactorMatrices = { layer, _, layout, ranks in
    var random = SeededRandom(seed: UInt64(layer * 1000 + ranks.out * 31 + ranks.in))
    func numbers(_ count: Int, _ fan: Int) -> [Float] {
        (0..<count).map { _ in Float(random.normal() / Double(max(1, fan)).squareRoot()) }
    }
    let groups = layout.groups
    let hasInput = layout.isMatrix || ranks.in < layout.in
    let hasOutput = layout.isMatrix || ranks.out < layout.out
    return FactorMatrices(
        ranks: ranks, input: hasInput ? numbers(groups * ranks.in * layout.in, layout.in) : nil,
        core: layout.isMatrix ? nil : numbers(groups * ranks.out * ranks.in * layout.window, ranks.in * layout.window),
        output: hasOutput ? numbers(groups * layout.out * ranks.out, ranks.out) : nil)
}

extension FactorMatrices {
    /// The weights the factors stand for, in the order they are stored.
    func product(_ layout: KernelLayout) -> [Float] {
        let window = layout.window
        // The core or, of a matrix, the identity; sides that are whole are the identity too.
        let left = output == nil ? layout.out : ranks.out
        let right = input == nil ? layout.in : ranks.in
        var weights = [Float](repeating: 0, count: layout.count)
        var partial = [Float](repeating: 0, count: left * layout.in * window)
        for g in 0..<layout.groups {
            for p in 0..<left {
                for t in 0..<layout.in {
                    for d in 0..<window {
                        var sum: Float = 0
                        for q in isDiagonal ? p..<p + 1 : input == nil ? t..<t + 1 : 0..<right {
                            let middle = core.map { $0[((g * left + p) * right + q) * window + d] } ?? 1
                            sum += middle * (input.map { $0[(g * right + q) * layout.in + t] } ?? 1)
                        }
                        partial[(p * layout.in + t) * window + d] = sum
                    }
                }
            }
            for s in 0..<layout.out {
                for t in 0..<layout.in {
                    for d in 0..<window {
                        var sum: Float = 0
                        for p in output == nil ? s..<s + 1 : 0..<left {
                            sum += (output.map { $0[(g * layout.out + s) * left + p] } ?? 1) * partial[(p * layout.in + t) * window + d]
                        }
                        let index =
                            layout.order == .outFirst
                            ? ((g * layout.out + s) * layout.in + t) * window + d
                            : ((g * layout.in + t) * layout.out + s) * window + d
                        weights[index] = sum
                    }
                }
            }
        }
        return weights
    }

    private var isDiagonal: Bool { core == nil }
}
