import Basics
import Recipes
import Reconstruction

/// What a reconstruction did, as JSON says it.
public struct ReconstructionReport: Encodable, Sendable {
    public struct LayerReport: Encodable, Sendable {
        var name: String
        var error_before: Double?
        var error_after: Double?
        var reason: String?
    }

    /// Whether the network holds what was fitted; where it came out worse it does not.
    var used: Bool
    /// What was fitted: samples (windows of a text) of this data, the first in the order drawn by the seed.
    var data: String
    var samples: Int
    var of: Int
    var seed: UInt64
    /// What it was judged by: further samples, and the SQNR of the outputs without and with it, infinity where they are equal; null where there
    /// were none.
    var judged_by: Int
    @Nullable var sqnr_db_without: Double?
    @Nullable var sqnr_db_with: Double?
    var seconds: Double
    var layers: [LayerReport]

    public init(_ reconstruction: RecipeReconstruction) {
        let (made, verdict) = (reconstruction.made, reconstruction.verdict)
        used = reconstruction.isUsed
        data = reconstruction.samples.record.data
        samples = made.sampleCount
        of = reconstruction.samples.record.of
        seed = reconstruction.samples.record.seed
        judged_by = verdict?.samples ?? 0
        sqnr_db_without = verdict?.before
        sqnr_db_with = verdict?.after
        seconds = made.seconds
        layers = made.layers.map {
            LayerReport(name: $0.name, error_before: $0.errorBefore, error_after: $0.errorAfter, reason: $0.reason)
        }
    }
}

extension RecipeReconstruction {
    /// Why what was fitted is not used, in words; nil where it is.
    public var rejection: String? {
        guard let verdict, verdict.isWorse else { return nil }
        func decibels(_ value: Double) -> String { QualityText.value(value, .signalToNoise) + (value.isFinite ? " dB" : "") }
        return "worse than without: \(decibels(verdict.after)) against \(decibels(verdict.before)) on \(NumberText.grouped(verdict.samples)) other samples"
    }

    /// What was fitted: `256 of 2,000 samples of cifar10-test.yaml`.
    public var basis: String {
        let record = samples.record
        guard record.sha256 != nil else { return "\(NumberText.grouped(made.sampleCount)) \(record.data)" }
        return "\(NumberText.grouped(made.sampleCount)) of \(NumberText.grouped(record.of)) samples of \(record.data)"
    }
}

extension TextReport {
    /// What the reconstruction did, a line a layer.
    public static func reconstruction(_ reconstruction: RecipeReconstruction) -> String {
        let made = reconstruction.made
        var lines: [String] = []
        if let rejection = reconstruction.rejection {
            lines.append("not reconstructed: fitted to \(reconstruction.basis) it is \(rejection)")
        } else {
            lines.append("reconstructed on \(reconstruction.basis) in \(NumberText.milliseconds(made.seconds))")
        }
        if reconstruction.verdict == nil {
            lines.append("not judged: there are no samples beside those that were fitted")
        } else if let verdict = reconstruction.verdict, !verdict.isWorse {
            lines.append(
                "judged by \(NumberText.grouped(verdict.samples)) others: outputs at \(QualityText.value(verdict.after, .signalToNoise)) dB, "
                    + "\(QualityText.value(verdict.before, .signalToNoise)) dB without")
        }
        var table = TextTable(["layer", "output error", "after"], rightAligned: [1, 2])
        for layer in made.layers {
            func text(_ error: Double?) -> String { error.map { NumberText.percent($0) } ?? "-" }
            table.add([layer.name, text(layer.errorBefore), layer.reason ?? text(layer.errorAfter)])
        }
        return (lines + [""] + table.lines).joined(separator: "\n")
    }
}
