import Basics
import Compression
import Evaluation
import NeuralNetwork
import Search
import Workbench

/// What `pare search --json` prints; the keys are part of Pare's interface.
public struct SearchReport: Encodable, Sendable {
    public struct LayerReport: Encodable, Sendable {
        var name: String
        var bytes_before: Int
        @Nullable var step: Double?
        @Nullable var lambda: Double?
        @Nullable var sparsity: Double?
        @Nullable var energy: Double?
        @Nullable var clusters: Int?
    }

    var model: String
    var data: String
    var budget: String
    /// As the recipe says how it was found.
    var found: String
    var stages: [String]
    var bytes: Int
    var bytes_before: Int
    var ratio: Double
    @Nullable var macs: Int?
    @Nullable var macs_before: Int?
    @Nullable var predicted_loss: Double?
    @Nullable var measured_loss: Double?
    var samples_predicting: Int
    @Nullable var samples_choosing: Int?
    @Nullable var calibration_share: Double?
    var runs: Int
    var reconstructed: Bool
    var quality: EvaluateReport
    var layers: [LayerReport]

    public init(_ found: FoundRecipe) {
        let model = found.quality.model
        self.model = model.name
        data = found.quality.dataName
        budget = found.budget
        self.found = found.note
        stages = found.stages.map(\.rawValue)
        bytes = found.account.compressedByteCount
        bytes_before = found.account.originalByteCount
        ratio = found.account.ratio
        macs = found.quality.macs.changed.count
        macs_before = found.quality.macs.original.count
        predicted_loss = found.network.predicted
        measured_loss = found.network.measured
        samples_predicting = found.samples.predicting
        samples_choosing = found.samples.choosing?.count
        calibration_share = found.samples.share
        runs = found.runs
        reconstructed = found.reconstruct != nil
        quality = EvaluateReport(found.quality)
        layers = zip(model.layers, found.network.plans).map { layer, plan in
            var own = LayerReport(name: layer.name, bytes_before: model.tensors[layer.weight].tensor.byteCount)
            (own.step, own.lambda) = (plan.share?.step, plan.share?.lambda)
            own.clusters = plan.share.flatMap { $0.clusters > 0 ? $0.clusters : nil }
            if case .sparsity(let sparsity) = plan.prune { own.sparsity = sparsity }
            if case .energy(let energy) = plan.factorize?.ranks { own.energy = energy }
            return own
        }
    }
}

extension TextReport {
    /// What was found, how large it is, and what it was measured to be worth.
    public static func search(_ found: FoundRecipe) -> String {
        let account = found.account
        var lines = [
            "found for \(found.budget): \(NumberText.grouped(account.compressedByteCount)) bytes, \(NumberText.ratio(account.ratio)) smaller than \(found.quality.model.name)"
        ]
        lines[0] += found.reconstruct == nil ? "" : ", reconstructed"
        lines.append(
            "loss of an answer predicted \(found.network.predicted.map(nats) ?? "-"), measured \(found.network.measured.map(nats) ?? "-") in \(found.runs) runs"
        )
        lines += ["", quality(found.quality)]
        return lines.joined(separator: "\n")
    }

    static func nats(_ value: Double) -> String { NumberText.weight(value) }

    /// The points of a front as comma-separated values, a header first.
    public static func front(_ points: [FoundNetwork]) -> String {
        let rows = points.map { point in
            [
                "\(point.byteCount)", "\(point.macs)", point.predicted.map { "\($0)" } ?? "", point.measured.map { "\($0)" } ?? "",
                point.report.map { "\($0.lostShare)" } ?? "", point.report.map { QualityText.name($0.headline.metric) } ?? "",
                point.report.map { "\($0.headline.value)" } ?? "", "\(point.report?.samples ?? 0)",
            ].joined(separator: ",")
        }
        return (["bytes,macs,predicted_loss,measured_loss,lost,measure,value,samples"] + rows).joined(separator: "\n") + "\n"
    }
}

extension TextReport {
    /// Why a budget cannot be met, and what can: `500 bytes cannot be met: …`.
    public static func words(for outOfReach: BudgetOutOfReach, _ price: SearchPrice, named name: String, _ stages: Set<SearchStage>, of model: String)
        -> String
    {
        let cheapest = outOfReach.cheapest
        let least = price == .bytes ? "\(NumberText.grouped(cheapest.byteCount)) bytes" : "\(NumberText.grouped(cheapest.macs)) MACs"
        return "\(name) cannot be met: the least that \(stages.sorted().map(\.rawValue).joined(separator: ", ")) can make of \(model) is \(least)"
    }

    /// Why a time cannot be met, and what can.
    public static func words(for outOfReach: TimeOutOfReach, named name: String, _ stages: Set<SearchStage>, of model: String) -> String {
        let (before, after) = (NumberText.milliseconds(outOfReach.original), NumberText.milliseconds(outOfReach.fastest))
        return
            "\(name) cannot be met: the fastest that \(stages.sorted().map(\.rawValue).joined(separator: ", ")) made of \(model) takes \(after) a sample, \(before) before"
    }
}
