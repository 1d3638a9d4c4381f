import Evaluation
import Reports

/// What the explorer's header shows, as numbers: `pare screenshot -o x.json` prints it.
public struct ScreenReport: Encodable, Sendable {
    @Nullable var model: String?
    /// Of the file that would be written now; whether every layer's part of it is exact.
    @Nullable var compressed_bytes: Int?
    @Nullable var is_exact: Bool?
    /// `reconstruction` or `finetuning`, where what came of it stands in the place of the configuration.
    @Nullable var recovered: String?
    /// Why nothing came of the last run, where that is so.
    @Nullable var recovery_failure: String?
    /// What is measured, as `pare evaluate` names it.
    @Nullable var metric: String?
    @Nullable var value: Double?
    @Nullable var original: Double?
    @Nullable var samples: Int?

    public init(_ state: ExplorerState) {
        let workspace = state.workspace
        let network = workspace?.recovered
        let report = network?.report ?? workspace.flatMap { $0.quality.report(of: $0.changedPlans) }
        model = workspace?.model.name
        var totals = workspace?.totals
        if let network { totals?.take(network) }
        compressed_bytes = totals?.compressedByteCount
        is_exact = totals?.isExact
        recovered = network?.kind.rawValue
        if case .failed(let reason)? = workspace?.recovery.run?.state, !reason.isEmpty { recovery_failure = reason }
        metric = report?.headline.metric.rawValue
        value = report.flatMap { $0.headline.value.isFinite ? $0.headline.value : nil }
        original = report?.headline.original
        samples = report?.samples
    }
}
