import Basics
import Compression
import Factorization
import NeuralNetwork
import TensorCore
import Testing

@testable import Structure

@Suite("Graphs that make no sense")
struct HostilityTests {
    /// Changes some of a graph's numbers, names and operators.
    private func disturb(_ model: Model, _ random: inout SeededRandom) -> Model {
        var model = model
        guard var graph = model.graph else { return model }
        let numbers = [0, 1, -1, 2, 3, 7, 64, -64, 1 << 20, 1 << 40, .max, .min]
        let values = graph.nodes.flatMap(\.outputs) + graph.initializers.keys.sorted() + graph.inputs.map(\.name) + [""]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let index = Int.random(in: graph.nodes.indices, using: &random)
            func pick<Element>(_ list: [Element]) -> Element? { list.randomElement(using: &random) }
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                guard let name = pick(graph.nodes[index].attributes.keys.sorted()) else { continue }
                switch graph.nodes[index].attributes[name] {
                case .integer: graph.nodes[index].attributes[name] = .integer(pick(numbers) ?? 0)
                case .integers(let old): graph.nodes[index].attributes[name] = .integers(old.map { _ in pick(numbers) ?? 0 })
                default: graph.nodes[index].attributes[name] = nil
                }
            case 1:
                guard let input = pick(Array(graph.nodes[index].inputs.indices)) else { continue }
                graph.nodes[index].inputs[input] = pick(values) ?? ""
            case 2: graph.nodes[index].operation = pick(graph.nodes.map(\.operation)) ?? "Relu"
            case 3: graph.nodes[index].inputs.removeLast(min(1, graph.nodes[index].inputs.count))
            case 4:
                guard let tensor = pick(Array(model.tensors.indices)) else { continue }
                let old = model.tensors[tensor].tensor
                if old.elementType == .int64 {
                    let changed = (0..<old.count).map { _ in pick(numbers) ?? 0 }
                    model.tensors[tensor].tensor = TensorSource(Tensor(integers: changed, like: old))
                } else {
                    let shapes: [Shape] = [[], [0], [1 << 40, 0], [old.count], [1, old.count, 1]]
                    let shape = pick(shapes) ?? []
                    model.tensors[tensor].tensor = TensorSource(Tensor([Float](repeating: 1, count: shape.count), shape: shape))
                }
            default:
                // A declaration stands in where a shape cannot be inferred.
                guard let name = pick(values) else { continue }
                let dimensions = (0..<Int.random(in: 0...5, using: &random)).map { _ in Int.random(in: 0...9, using: &random) }
                graph.valueInfos[name] = ValueInfo(
                    name: name, elementType: .float32, dimensions: dimensions.map { .fixed($0) })
            }
        }
        let analysis = GraphAnalysis(graph, tensors: model.tensors)
        model.layers = graph.layers(tensors: &model.tensors, analysis: analysis)
        model.graph = graph
        return model
    }

    @Test("They are analysed and rewritten all the same, without a crash", arguments: 0..<60)
    func disturbed(_ seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) &* 31 &+ 5)
        for round in 0..<12 {
            let number = UInt64(seed * 12 + round)
            let sound =
                round % 4 == 3
                ? RandomNetwork(sequencesWithSeed: number).model : RandomNetwork(imagesWithSeed: number, operators: 12).model
            let model = disturb(sound, &random)
            let channels = ChannelAnalysis(model)
            let kept = channels.kept(for: rules(model, keeping: 0.5)) { group, _ in group.channels.map { _ in random.uniform() } }
            let restructuring = Restructuring(model, channels)
            var factors: [Int: Ranks] = [:]
            for layer in model.layers.indices where restructuring.factorObstacle(ofLayer: layer) == nil { factors[layer] = Ranks(2) }
            let result = restructuring.apply(kept: kept, factors: factors, source: randomFactors)
            for tensor in result.model.tensors { #expect(try tensor.tensor.read().storage.withUnsafeBytes(\.count) == tensor.tensor.byteCount) }
        }
    }
}
