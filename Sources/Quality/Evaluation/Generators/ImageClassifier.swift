import Execution
import ImageMetrics
import NeuralNetwork

/// A classifier that images are shown to: their classes, and the features from which it tells them.
final class ImageClassifier: Sendable {
    let name: String
    /// The value whose numbers are the features.
    let featureName: String
    let dimension: Int
    let shape: ImageShape
    private let network: Network
    private let weights: Weights
    /// One a thread.
    private let instances: [Instance]
    private let input: Int

    /// `features` names a value of the graph; nil takes what the last dense layer reads.
    ///
    /// - Throws: where the model is no classifier of images, or cannot be run.
    init(_ model: Model, features: String?, threads: Int) throws(EvaluationError) {
        name = model.name
        guard let graph = model.graph, let scores = graph.outputs.first else {
            throw EvaluationError("\(model.name) holds no graph, so it cannot tell images apart")
        }
        guard let feature = features ?? Self.lastDenseInput(graph) else {
            throw EvaluationError("\(model.name) has no dense layer whose input could be its features")
        }
        var looking = model
        looking.graph?.outputs = [scores, ValueInfo(name: feature, elementType: .float32, dimensions: nil)]
        let network = try Network(looking, plan: try InputPlan(looking), batchLimit: .max)
        guard let input = network.dataInput, network.program.outputs.count == 2,
            let shape = Self.shape(network.program.inputs[input].shape.dimensions)
        else { throw EvaluationError("\(model.name) does not take images") }
        let sizes = network.program.outputs.map { $0.shape.count / max(1, network.batch) }
        guard sizes[0] >= 2, sizes[1] >= 1, network.program.outputs.allSatisfy({ $0.elementType == .float32 }) else {
            throw EvaluationError("\(feature) of \(model.name) holds no features")
        }
        self.network = network
        self.input = input
        self.shape = shape
        featureName = feature
        dimension = sizes[1]
        do throws(ExecutionError) {
            let weights = try Weights(of: network.program)
            self.weights = weights
            var instances: [Instance] = []
            for _ in 0..<threads { instances.append(try Instance(network.program, weights: weights)) }
            self.instances = instances
        } catch {
            throw EvaluationError(error.message)
        }
    }

    /// What the last product with stored weights reads.
    private static func lastDenseInput(_ graph: Graph) -> String? {
        let dense = graph.nodes.last { node in
            ["Gemm", "MatMul"].contains(node.operation) && node.inputs.count >= 2 && graph.initializers[node.inputs[1]] != nil
        }
        return dense?.inputs.first
    }

    /// The image that an input is, its first axis left out; a flat one is square and grey.
    private static func shape(_ dimensions: [Int]) -> ImageShape? {
        switch dimensions.count {
        case 4 where [1, 3].contains(dimensions[1]): return ImageShape(channels: dimensions[1], height: dimensions[2], width: dimensions[3])
        case 3: return ImageShape(channels: 1, height: dimensions[1], width: dimensions[2])
        case 2:
            let side = Int(Double(dimensions[1]).squareRoot().rounded())
            return side * side == dimensions[1] ? ImageShape(channels: 1, height: side, width: side) : nil
        default: return nil
        }
    }

    /// What the classifier says of images, which `scaler` brings to its shape.
    func look(at images: [Float], scaler: ImageScaler, worker: Int) throws(EvaluationError) -> ImageFacts {
        let instance = instances[worker]
        let size = scaler.source.count
        let count = images.count / size
        var facts = ImageFacts(features: [], predictions: [])
        facts.features.reserveCapacity(count * dimension)
        for start in stride(from: 0, to: count, by: network.batch) {
            let rows = min(network.batch, count - start)
            network.clearStates(of: instance)
            network.fillRest(instance, seed: 0)
            let places = instance.input(input).assumingMemoryBound(to: Float.self)
            images.withUnsafeBufferPointer { images in
                // Bounds: the input holds `batch` images of the classifier's shape, `images` holds `count` of the source's.
                for row in 0..<rows {
                    scaler.scale(
                        UnsafeBufferPointer(rebasing: images[(start + row) * size..<(start + row + 1) * size]),
                        into: UnsafeMutableBufferPointer(rebasing: places[row * shape.count..<(row + 1) * shape.count]))
                }
            }
            for place in rows * shape.count..<places.count { places[place] = 0 }
            do throws(ExecutionError) { try instance.run(weights) } catch { throw EvaluationError(error.message) }
            let scores = instance.output(0).assumingMemoryBound(to: Float.self)
            let classCount = scores.count / network.batch
            facts.predictions += SampleOutcome.predictions(
                UnsafeBufferPointer(rebasing: scores[..<(rows * classCount)]), classCount: classCount)
            let features = instance.output(1).assumingMemoryBound(to: Float.self)
            for row in 0..<rows {
                // A rectifier would make numbers of what is none.
                let isImage = images[(start + row) * size..<(start + row + 1) * size].allSatisfy(\.isFinite)
                facts.features += features[row * dimension..<(row + 1) * dimension].map { isImage ? $0 : .nan }
            }
        }
        return facts
    }
}

/// What a classifier says of some images.
struct ImageFacts: Sendable {
    /// (images, dimension), row by row.
    var features: [Float]
    var predictions: [Int32]
}
