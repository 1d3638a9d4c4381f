import Basics
import Evaluation
import Glibc
import Importance
import NeuralNetwork
import TensorCore

/// How near a network's outputs come to the original's on a few inputs.
struct OutputComparison {
    private let inputs: CalibrationInputs
    /// Outputs that are answers, and what the original gives for each, by run.
    private let outputs: [String]
    private let wanted: [[Tensor]]

    /// Runs the original.
    ///
    /// - Throws: `Cancelled`, or where the network cannot be run.
    init(_ original: Model, on inputs: CalibrationInputs, cancellation: CancellationToken) throws {
        self.inputs = inputs
        let made = Set(original.graph?.nodes.flatMap(\.outputs) ?? [])
        outputs = (original.graph?.outputs ?? []).map(\.name).filter { made.contains($0) && !inputs.carriedOutputs.contains($0) }
        wanted = try Self.run(original, outputs, inputs, cancellation)
    }

    /// The ratio of the outputs' power to that of their errors in dB, a mean over outputs; infinity where all are equal, −∞ where a
    /// network gives no numbers.
    ///
    /// - Throws: `Cancelled`, or where the network cannot be run.
    func signalToNoise(of model: Model, cancellation: CancellationToken) throws -> Double {
        let found = try Self.run(model, outputs, inputs, cancellation)
        var ratios: [Double] = []
        for (found, wanted) in zip(found, wanted) {
            var (power, error) = (0.0, 0.0)
            for (run, pair) in zip(inputs.runs, zip(found, wanted)) {
                guard pair.0.shape == pair.1.shape, pair.1.elementType == .float32 else { continue }
                let (values, targets) = (pair.0.floats(), pair.1.floats())
                for index in places(run, pair.1.shape) where targets[index].isFinite {
                    let difference = Double(values[index]) - Double(targets[index])
                    power += Double(targets[index]) * Double(targets[index])
                    error += difference * difference
                }
            }
            if power > 0 { ratios.append(error / power) }
        }
        let ratio = ratios.reduce(0, +) / Double(max(1, ratios.count))
        return ratio.isFinite ? -10 * log10(ratio) : -.infinity
    }

    /// Elements of an output that belong to samples: the last batch is filled up with zeros.
    private func places(_ run: CalibrationInputs.Run, _ shape: Shape) -> [Int] {
        guard shape.rank > 0, shape[0] == inputs.batch, run.samples.count < inputs.batch else { return Array(0..<shape.count) }
        let size = shape.count / inputs.batch
        return run.samples.flatMap { $0 * size..<($0 + 1) * size }
    }

    /// The values of each output, by run.
    private static func run(
        _ model: Model, _ outputs: [String], _ inputs: CalibrationInputs, _ cancellation: CancellationToken
    ) throws -> [[Tensor]] {
        guard let graph = model.graph else { throw ReconstructionError.noGraph(model: model.name) }
        let network = StagedNetwork(graph, wants: outputs.map { [$0] }, inputs: inputs, memoryLimit: Team.memoryLimit)
        return try outputs.enumerated().map { stage, output in
            try network.advance(to: stage, model, wanting: output, cancellation: cancellation)
        }
    }
}
