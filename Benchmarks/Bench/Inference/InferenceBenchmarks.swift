import Basics
import Compression
import Datasets
import Dispatch
import Evaluation
import Execution
import Glibc
import ModelFormats
import NeuralNetwork
import Synchronization
import TensorCore

/// Running whole networks against ONNX Runtime, and running them again after a change.
struct InferenceBenchmarks {
    let peers: PythonPeers
    let folder: String

    static let names = [
        "infer-googlenet", "infer-resnet18", "infer-vgg16", "incremental-googlenet", "incremental-resnet20",
    ]

    func run(_ name: String) throws -> Measurement {
        switch name {
        case "infer-googlenet": try inference(name, network: "googlenet", batch: 8)
        case "infer-resnet18": try inference(name, network: "resnet18", batch: 8)
        case "infer-vgg16": try inference(name, network: "vgg16", batch: 4)
        // The last inception module has six convolutions; a classifier follows.
        case "incremental-googlenet": try incremental(name, network: "googlenet", fromEnd: 7, samples: 64, bar: 8)
        // The last stage has seven; a classifier follows.
        default: try incremental(name, network: "resnet20", fromEnd: 8, samples: 1024, bar: 2)
        }
    }

    /// The network's file, made once.
    private func path(of network: String) throws -> String {
        let path = "\(folder)/\(network).onnx"
        if access(path, R_OK) != 0 { _ = try peers.run("vision_networks.py", arguments: [network, path]) }
        return path
    }

    // MARK: Against ONNX Runtime

    private func inference(_ name: String, network: String, batch: Int) throws -> Measurement {
        let path = try path(of: network)
        let model = try ModelFile.open(path: path)
        // As an evaluation does: each of the two threads has an instance of its own, and half of the batch.
        let half: Shape = [batch / 2, 3, 224, 224]
        let program = try Program(model, shapes: ["input": half])
        let weights = try Weights(of: program)
        let instances = [try Instance(program, weights: weights), try Instance(program, weights: weights)]
        let input = noise(2 * half.count, seed: 1)
        let (given, result) = ("\(folder)/infer-input.f32", "\(folder)/infer-output.f32")
        try write(input, to: given)
        defer {
            unlink(given)
            unlink(result)
        }
        // Turn by turn, and compared turn by turn, so that what else the machine does meets both.
        var own: [Double] = []
        var other: [Double] = []
        let runs = network == "vgg16" ? 3 : 7
        for _ in 0..<5 {
            let times = try Times(runs: runs, warmUps: 2) { _ in
                let failures = Mutex(0)
                DispatchQueue.concurrentPerform(iterations: 2) { thread in
                    let part = half.count * thread..<half.count * (thread + 1)
                    input[part].withUnsafeBytes { instances[thread].input(0).copyMemory(from: $0) }
                    do { try instances[thread].run(weights) } catch { failures.withLock { $0 += 1 } }
                }
                guard failures.withLock({ $0 }) == 0 else { throw BenchmarkFailure("\(network) could not be run") }
            }
            own.append(times.median)
            let peer = try peers.run("infer_onnxruntime.py", arguments: [path, "\(batch)", "\(runs)", given, result])
            guard let seconds = peer["seconds"] else { throw BenchmarkFailure("infer_onnxruntime.py gave no result") }
            other.append(seconds)
        }
        let (pare, peer) = (Times(own).median, Times(other).median)
        let ratio = Times(zip(own, other).map { $1 / $0 }).median
        let outputs = instances.flatMap { Array($0.output(0).assumingMemoryBound(to: Float.self)) }
        let difference = try largestDifference(outputs, result)
        var measurement = Measurement(
            name: name, pareSeconds: pare, bar: "ratio = median of 5 turns' peer_s / pare_s >= 1.0, batch \(batch), two threads")
        measurement.peer = ("onnxruntime", peer)
        measurement.ratio = ratio
        measurement.isMet = ratio >= 1 && difference < 1e-4
        measurement.details = [("largest_difference", difference)]
        return measurement
    }

    /// The largest difference to what ONNX Runtime computed, relative to the largest output.
    private func largestDifference(_ output: [Float], _ path: String) throws -> Double {
        guard let file = fopen(path, "rb") else { throw BenchmarkFailure("cannot read \(path)") }
        defer { fclose(file) }
        var expected = [Float](repeating: 0, count: output.count)
        guard fread(&expected, 4, expected.count, file) == expected.count else { throw BenchmarkFailure("\(path) is too short") }
        let largest = expected.reduce(0) { max($0, abs($1)) }
        return Double(zip(output, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / max(largest, 1e-30))
    }

    // MARK: After a change

    /// Measures all samples again after a change in one layer: with what is kept of before, and without.
    private func incremental(_ name: String, network: String, fromEnd: Int, samples: Int, bar: Double) throws -> Measurement {
        let model = try ModelFile.open(path: try path(of: network))
        let extent = network == "resnet20" ? 32 : 224
        let data = DataSet(
            name: "noise",
            content: .samples(
                Noise(
                    shape: [3, extent, extent], count: samples, values: noise(3 * extent * extent + samples, seed: 2))))
        let layer = model.layers.count - fromEnd
        func times(cache: Int?) throws -> Times {
            var options = Evaluator.Options()
            options.cacheByteCount = cache
            let evaluator = try Evaluator(model, data: data, options: options)
            func measure(_ round: Int) throws {
                let plan = LayerPlan(prune: .threshold(Double(round) * 1e-4))
                let stored = model.tensors[model.layers[layer].weight].tensor
                let values = Tensor(try stored.floats().map { abs($0) < Float(round) * 1e-4 ? 0 : $0 }, shape: stored.shape)
                try evaluator.measure(
                    Configuration(replaced: [layer: ReplacedWeights(tensor: values, plan: plan)]), focus: layer,
                    cancellation: CancellationToken()
                ) { _ in }
            }
            // The first ones compute the original, and keep what lies before the layer.
            return try Times(runs: 5, warmUps: 2) { try measure($0 + 1) }
        }
        let full = try times(cache: 0).median
        let again = try times(cache: nil).median
        var measurement = Measurement(
            name: name, pareSeconds: again, bar: "ratio = peer_s / pare_s >= \(Int(bar)); the peer is the same without a cache")
        measurement.peer = ("full evaluation", full)
        measurement.ratio = full / again
        measurement.isMet = full / again >= bar
        measurement.details = [("samples", Double(samples))]
        return measurement
    }

    private struct Noise: SampleSource {
        let shape: Shape
        let count: Int
        let values: [Float]
        var labels: [Int]? { nil }

        func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
            for (position, sample) in samples.enumerated() {
                for index in 0..<shape.count { buffer[position * shape.count + index] = values[sample + index] }
            }
            return []
        }
    }

    private func noise(_ count: Int, seed: UInt64) -> [Float] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in Float(random.uniform(-1.7, 1.7)) }
    }

    private func write(_ values: [Float], to path: String) throws {
        guard let file = fopen(path, "wb") else { throw BenchmarkFailure("cannot write \(path)") }
        let written = values.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
        guard fclose(file) == 0, written == values.count * 4 else { throw BenchmarkFailure("cannot write all of \(path)") }
    }
}
