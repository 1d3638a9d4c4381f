import Composition
import Compression
import Glibc
import Importance
import ModelFormats
import NeuralNetwork
import PareFile
import Reconstruction
import Workbench

/// What `pare estimate --json` prints; the keys are part of Pare's interface.
public struct EstimateReport: Encodable, Sendable {
    public struct Bits: Encodable, Sendable {
        var codes: Int
        var gaps: Int
        var codebook: Int
        var tables: Int
        @Nullable var bias: Int?
    }

    public struct LayerReport: Encodable, Sendable {
        var name: String
        var op: String
        var shape: [Int]
        var weights: Int
        var nonzeros: Int
        /// Null where weights were fitted or trained since.
        @Nullable var threshold: Double?
        var fillers: Int
        @Nullable var clusters: Int?
        @Nullable var ranks: [Int]?
        /// Filters before; null where Pare cannot follow them.
        @Nullable var filters: Int?
        /// As many where all stay.
        @Nullable var filters_kept: Int?
        /// Layers with the same number lose the same filters.
        @Nullable var filter_group: Int?
        var layout: String
        var coder: String
        @Nullable var gap_bits: Int?
        var bits: Bits
        var paper_bits: Int
        var bytes: Int
        var squared_error: Double
        /// What its plan is expected to cost in loss by itself, and within which four of five measurements lie; missing where it is not
        /// predicted.
        var loss: Double?
        var loss_interval: [Double]?
        /// Why the layer is stored as it came, whatever the recipe says.
        var refused: String?
        /// Why its shape is not what the recipe asks for.
        var objection: String?
        @Nullable var macs: Int?
        /// The tensors in the layer's place; null where its shape is as it was.
        @Nullable var parts: [PartReport]?
    }

    /// What losses are predicted of.
    public struct LossReport: Encodable, Sendable {
        var unit: String
        var samples: Int
        /// Whether they are random inputs, for want of data.
        var random: Bool
        /// By layer, why the data says nothing of it.
        var reasons: [String: String]

        init(_ losses: PredictedLosses, of model: Model) {
            unit = losses.importance.answer.form == .numbers ? "half_error_per_variance" : "nats"
            (samples, random) = (losses.importance.sampleCount, losses.importance.isRandom)
            reasons = Dictionary(
                losses.importance.reasons.map { (model.layers[$0].name, $1) }, uniquingKeysWith: { first, _ in first })
        }
    }

    public struct PartReport: Encodable, Sendable {
        var factor: String?
        var shape: [Int]
        var nonzeros: Int
        var clusters: Int?
        var bytes: Int?

        init(_ part: PartFigures) {
            factor = part.role?.rawValue
            shape = part.shape.dimensions
            nonzeros = part.nonzeros
            clusters = part.clusters
            bytes = part.account?.byteCount ?? part.weightCount * 4
        }
    }

    /// What of the compressed file is no layer's entry.
    public struct BesideReport: Encodable, Sendable {
        var numbers: Int
        var graph: Int
        var stored: Int
        var header: Int

        init(_ account: ModelAccount) {
            numbers = account.numberByteCount
            graph = account.graphByteCount
            stored = account.storedByteCount
            header = account.headerByteCount
        }
    }

    var original_bytes: Int
    var compressed_bytes: Int
    var beside_layers: BesideReport
    var ratio: Double
    var parameters_before: Int
    var parameters_after: Int
    @Nullable var macs_before: Int?
    @Nullable var macs_after: Int?
    var layers: [LayerReport]
    /// Extents of the inputs that MACs are counted for and nobody gave; missing where there are none.
    var assumed: [String]?
    /// Bytes of the file that `pare compress` wrote; missing where nothing was written.
    var output_bytes: Int?
    /// What the recipe's reconstruction came to; missing where it asks for none, or where no data was named to do it on.
    var reconstruction: ReconstructionReport?
    /// What losses are predicted of; missing where no data was named, and where weights were fitted since.
    var loss: LossReport?
    /// Whether the recipe reconstructs and these figures are of the weights before that; missing where not.
    var before_reconstruction: Bool?

    /// The report of an estimate that was written as a `.pare` file.
    public init(_ estimate: Estimate, of network: RecipeNetwork, written writer: PareWriter) {
        self.init(estimate, of: network)
        output_bytes = writer.fileByteCount
    }

    /// The report of a model that was written to a file.
    public init(_ compressed: CompressedModel, of network: RecipeNetwork, output: String) {
        self.init(compressed.estimate, of: network)
        guard output.lowercased().hasSuffix(".onnx"), let account = ONNXWriter(compressed.model)?.account(path: output) else {
            var status = stat()
            output_bytes = stat(output, &status) == 0 ? Int(status.st_size) : nil
            return
        }
        output_bytes = account.fileByteCount
        // What is stored twice is written once.
        parameters_after -= compressed.model.parameterCount - account.parameterCount
    }

    /// The same report, which says that it is of weights that the recipe goes on to reconstruct.
    public var beforeReconstruction: EstimateReport {
        var report = self
        report.before_reconstruction = true
        return report
    }

    /// The same report, with what layers' plans are expected to cost in loss.
    public func with(_ losses: PredictedLosses, of model: Model) -> EstimateReport {
        var report = self
        report.loss = LossReport(losses, of: model)
        for (index, predicted) in losses.layers.enumerated() {
            guard let predicted else { continue }
            report.layers[index].loss = predicted.value
            report.layers[index].loss_interval = [predicted.interval.lowerBound, predicted.interval.upperBound]
        }
        return report
    }

    /// The report of what a recipe made of a model, compared with that, layer by layer of it.
    public init(_ estimate: Estimate, of network: RecipeNetwork) {
        let told = EstimatedLayers(estimate, of: network)
        let model = told.model
        original_bytes = estimate.account.originalByteCount
        compressed_bytes = estimate.account.compressedByteCount
        beside_layers = BesideReport(estimate.account)
        ratio = Double(original_bytes) / Double(max(1, compressed_bytes))
        parameters_before = model.parameterCount
        let zeros = told.layers.reduce(0) { $0 + $1.figures.weightsLeft - $1.figures.nonzeros }
        parameters_after = estimate.shapes.model.parameterCount - zeros
        macs_before = model.macs.count
        // Pruned and shared weights are still multiplied; only smaller tensors save MACs.
        macs_after = estimate.shapes.model.macs.count
        assumed = model.assumptions.isEmpty ? nil : model.assumptions
        reconstruction = network.reconstruction.map(ReconstructionReport.init)
        layers = zip(model.layers, told.layers).map { layer, estimated in
            let figures = estimated.figures
            let composed = estimated.composed
            let account = figures.account
            return LayerReport(
                name: layer.name, op: layer.operation, shape: layer.shape.dimensions, weights: figures.weightCount,
                nonzeros: figures.nonzeros, threshold: told.haveLearned ? nil : figures.threshold, fillers: account.fillers,
                clusters: figures.codebook?.centroids.count,
                ranks: composed.reportedRanks,
                filters: estimated.asked.filters, filters_kept: estimated.asked.filtersKept,
                filter_group: estimated.asked.filterGroup, layout: account.layout.rawValue,
                coder: account.coder.rawValue, gap_bits: account.gapBits,
                bits: Bits(
                    codes: account.codes, gaps: account.gaps, codebook: account.codebook, tables: account.tables,
                    bias: layer.bias.map { model.tensors[$0].tensor.byteCount * 8 }),
                paper_bits: account.paperBits, bytes: account.byteCount, squared_error: figures.squaredError,
                refused: estimated.refusal, objection: estimated.objection, macs: composed.macs.count,
                parts: figures.structure.map { $0.parts.map(PartReport.init) })
        }
    }
}

extension AskedLayer {
    /// Filters before and after; nil where they are not followed.
    fileprivate var filters: Int? { filterGroup == nil ? nil : composed.filterCount }
    fileprivate var filtersKept: Int? { filterGroup == nil ? nil : composed.filtersKept }
}

extension ComposedLayer {
    /// The ranks of its factors: one of a matrix, of a kernel stack out and in; nil where it is whole.
    fileprivate var reportedRanks: [Int]? { ranks.map { layout?.isMatrix == true ? [$0.out] : [$0.out, $0.in] } }
}
