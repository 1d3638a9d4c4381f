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

    /// The ratio of the outputs' power to that of their errors in dB, a mean over samples and outputs, each at most 40; infinity where all are
    /// equal, −∞ where a network gives no numbers.
    ///
    /// Each sample counts alike, for of a few one with a large error would decide alone; what is nearly right already counts little.
    ///
    /// - Throws: `Cancelled`, or where the network cannot be run.
    func signalToNoise(of model: Model, cancellation: CancellationToken) throws -> Double {
        let found = try Self.run(model, outputs, inputs, cancellation)
        var decibels: [Double] = []
        var isEqual = true
        for (found, wanted) in zip(found, wanted) {
            for (run, pair) in zip(inputs.runs, zip(found, wanted)) {
                guard pair.0.shape == pair.1.shape, pair.1.elementType == .float32 else { continue }
                let (values, targets) = (pair.0.floats(), pair.1.floats())
                for places in samples(run, pair.1.shape) {
                    var (power, error) = (0.0, 0.0)
                    for index in places where targets[index].isFinite {
                        let difference = Double(values[index]) - Double(targets[index])
                        power += Double(targets[index]) * Double(targets[index])
                        error += difference * difference
                    }
                    guard power > 0 else { continue }
                    isEqual = isEqual && error == 0
                    decibels.append(error.isFinite ? -10 * log10(error / power + Self.least) : -.infinity)
                }
            }
        }
        return isEqual ? .infinity : decibels.reduce(0, +) / Double(decibels.count)
    }

    /// The part of a sample's power below which errors hardly count.
    private static let least = 1e-4

    /// The elements of each sample of an output, those of a run together where it does not count samples; the last batch is filled up with
    /// zeros, which belong to none.
    private func samples(_ run: CalibrationInputs.Run, _ shape: Shape) -> [Range<Int>] {
        guard shape.rank > 0, shape[0] == inputs.batch else { return [0..<shape.count] }
        let size = shape.count / inputs.batch
        return run.samples.map { $0 * size..<($0 + 1) * size }
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
