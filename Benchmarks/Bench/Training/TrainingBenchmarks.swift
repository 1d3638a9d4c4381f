import Basics
import Datasets
import Glibc
import ModelFormats
import NeuralNetwork
import TensorCore
import Training

/// Training steps of batches of 64 against PyTorch, both on two threads.
struct TrainingBenchmarks {
    let peers: PythonPeers
    let folder: String

    static let names = ["train-lenet5", "finetune-resnet20"]
    private static let batch = 64

    func run(_ name: String) throws -> Measurement {
        if name == "train-lenet5" { return try steps(name, CaffeLeNet.model(), "lenet5", sample: [1, 28, 28], count: 60) }
        let path = "\(folder)/resnet20.onnx"
        if access(path, R_OK) != 0 { _ = try peers.run("vision_networks.py", arguments: ["resnet20", path]) }
        return try steps(name, try ModelFile.open(path: path), "resnet20", sample: [3, 32, 32], count: 10)
    }

    private func steps(
        _ name: String, _ model: Model, _ network: String, sample: Shape, count: Int
    ) throws -> Measurement {
        guard let input = model.graph?.inputs.first?.name else { throw BenchmarkFailure("\(network) has no input") }
        let batches = try SampleBatches(LabelledNoise(shape: sample, count: 2048), batchSize: Self.batch)
        var options = TrainerOptions()
        options.rule = .gradientDescent(momentum: 0.9, weightDecay: 0.0005)
        options.epochs = 1000
        let trainer = try Trainer(
            model, batches: batches, shapes: [input: Shape([Self.batch] + sample.dimensions)], options: options)
        // Turn by turn, and compared turn by turn, so that what else the machine does meets both.
        var own: [Double] = []
        var other: [Double] = []
        for _ in 0..<5 {
            own.append(try Times(runs: count, warmUps: 3) { _ in try trainer.advance() }.median)
            let peer = try peers.run("train_pytorch.py", arguments: [network, "\(count)"])
            guard let seconds = peer["seconds"] else { throw BenchmarkFailure("train_pytorch.py gave no result") }
            other.append(seconds)
        }
        let (pare, peer) = (Times(own).median, Times(other).median)
        var measurement = Measurement(
            name: name, pareSeconds: pare,
            bar: "ratio = median of 5 turns' peer_s / pare_s >= 1.0, steps of \(Self.batch) images, two threads")
        measurement.peer = ("pytorch", peer)
        measurement.ratio = Times(zip(own, other).map { $1 / $0 }).median
        measurement.isMet = measurement.ratio.map { $0 >= 1 }
        measurement.details = [
            ("images_per_second", Double(Self.batch) / pare), ("peer_images_per_second", Double(Self.batch) / peer),
        ]
        return measurement
    }

    private struct LabelledNoise: SampleSource {
        let shape: Shape
        let count: Int
        var labels: [Int]? { (0..<count).map { $0 % 10 } }

        func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
            var random = SeededRandom(seed: UInt64(samples.lowerBound))
            for index in buffer.indices { buffer[index] = Float(random.uniform()) }
            return []
        }
    }
}
