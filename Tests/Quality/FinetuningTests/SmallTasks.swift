import Basics
import Composition
import Compression
import Datasets
import Glibc
import NeuralNetwork
import PareFile
import TestNetworks
import Training

@testable import Finetuning

/// A network and data that train within a moment.
enum SmallTasks {
    static func classifier(seed: UInt64 = 7) -> Model { Bars.classifier(seed: seed) }

    /// The same, after some training.
    static func trained() throws -> Model { try tune(LayerPlan(prune: .sparsity(0.1))).tuned.model }

    static func data(_ bars: Bars = Bars(), for model: Model = classifier()) throws -> FinetuningData {
        var cut = FinetuningData.Cut()
        cut.batchSize = 32
        cut.heldOutShare = 0.25
        return try FinetuningData(DataSet(name: "bars", content: .samples(bars)), test: nil, for: model, cut: cut)
    }

    static func options(epochs: Int = 4, centroids: Int = 3) -> FinetuningOptions {
        var options = FinetuningOptions()
        options.rate = 0.01
        options.centroidRate = 0.002
        options.epochs = epochs
        options.centroidEpochs = centroids
        options.threads = 1
        options.seed = 3
        return options
    }

    static func tune(
        _ plan: LayerPlan, _ options: FinetuningOptions = options(), bars: Bars = Bars(), model: Model = classifier(),
        cancellation: CancellationToken = CancellationToken(), progress: (FinetuningProgress) -> Void = { _ in }
    ) throws -> FinetuningResult {
        try Finetuner(Composer(model), plans: model.layers.map { _ in plan }, data: try data(bars, for: model), options: options)
            .run(cancellation: cancellation, progress: progress)
    }
}

extension FinetunedModel {
    /// The tensors' bytes, one after the other.
    var bytes: [[UInt8]] { get throws { try model.tensors.map { try $0.tensor.read().storage.withUnsafeBytes { Array($0) } } } }

    func weights(_ name: String) throws -> [Float] { try model.tensors.first { $0.name == name }?.tensor.floats() ?? [] }

    /// Writes the compressed file and reads its tensors, by name; `byteCount` is the account's.
    func stored() throws -> (tensors: [String: [Float]], byteCount: Int, accounted: Int) {
        let shapes = try Composer(source).compose(plans, patience: .thorough)
        let figures = try shapes.placedLayers.map { try $0.exactFigures(plans[$0.number]) }
        let writer = try PareWriter(
            .init(
                shapes: shapes, plans: plans,
                accounts: shapes.accounts(figures, plans: plans) { _ in false }, recipe: "global: {}\n"))
        let file = TemporaryFile()
        try writer.write(to: file.path)
        let reader = try PareReader(path: file.path)
        try reader.verify()
        let read = try reader.model()
        return (
            try Dictionary(uniqueKeysWithValues: read.tensors.map { ($0.name, try $0.tensor.floats()) }), reader.fileByteCount,
            writer.fileByteCount
        )
    }
}

/// A path that nothing lies at, removed with the value.
final class TemporaryFile {
    let path = "/tmp/pare-tests-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).bin"

    deinit {
        unlink(path)
        unlink(path + ".centroids")
        for round in 1...3 { unlink("\(path).round\(round)") }
    }
}
