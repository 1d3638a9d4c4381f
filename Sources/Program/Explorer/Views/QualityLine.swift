import Basics
import Evaluation
import Importance
import Reports
import TerminalUI

/// The header's figure of quality: `top-1 98.9 → 98.6 ±0.3 ◐ 4,096/10,000`.
struct QualityLine {
    private let workspace: Workspace
    private let look: Appearance

    init(_ workspace: Workspace, _ look: Appearance) {
        self.workspace = workspace
        self.look = look
    }

    /// What is expected, `predicted ~79.9 % (78.8…80.7)`, with the unit and the interval where there is room.
    private func foretold(_ forecast: Forecast, interval: Bool, named: Bool) -> [Span] {
        let metric = forecast.metric
        let name = named ? " \(QualityText.name(metric))" : ""
        var spans = [
            Span("predicted\(name) ", look[.dim]), Span("\(look.glyphs.estimated)\(QualityText.value(forecast.value, metric))", look[.estimated]),
        ]
        if interval {
            let ends = [forecast.interval.lowerBound, forecast.interval.upperBound].map { QualityText.value($0, metric) }
            spans.append(Span("\(QualityText.unit(metric)) (\(ends.joined(separator: look.glyphs.ellipsis.description)))", look[.dim]))
        }
        return spans
    }

    /// The figure with as much beside it as is asked for; nothing where quality was never asked for. Until a configuration is measured, what is
    /// expected of it stands in its place; then it may stand beside it.
    func spans(original: Bool, forecast: Bool, samples: Bool, margin: Bool) -> [Span] {
        let quality = workspace.quality
        let isMeasuring = quality.isMeasuring(workspace.changedPlans)
        let busy = look.glyphs.spinner(step: 0).description
        guard let (measured, isStale) = workspace.shownQuality else {
            if isMeasuring { return [Span("   quality ", look[.dim]), Span(busy, look[.busy])] }
            return quality.reason == nil ? [] : [Span("   quality \(look.glyphs.dash)", look[.dim])]
        }
        if isStale, let expected = workspace.forecast {
            let isOther = expected.metric != measured.report.headline.metric
            var spans = [Span("   \(look.glyphs.stale)", look[.stale])]
            if !isOther { spans.append(Span("\(QualityText.name(expected.metric)) ", look[.dim])) }
            if original, !isOther, let before = measured.report.headline.original {
                spans.append(Span("\(QualityText.value(before, expected.metric)) \(look.glyphs.becomes) "))
            }
            spans += foretold(expected, interval: margin, named: isOther)
            return isMeasuring ? spans + [Span(" \(busy)", look[.busy])] : spans
        }
        let recovered = workspace.recovered
        let report = recovered?.report ?? measured.report
        let figure = report.headline
        let metric = figure.metric
        let style = isStale ? look[.stale] : Style.inherited
        var spans = [
            Span("   \(isStale ? look.glyphs.stale.description : "")", look[.stale]),
            Span("\(QualityText.name(metric)) ", isStale ? look[.stale] : look[.dim]),
        ]
        let value = QualityText.value(figure.value, metric) + (metric.isDecibels && figure.value.isFinite ? " dB" : "")
        // Of a network without changes there is but one figure.
        let isChanged = !measured.plans.isEmpty
        // A distance between two sets of samples falls with their number: only those of equal numbers go side by side.
        let areSameSamples = report.samples == measured.report.samples
        let isComparable = areSameSamples || !metric.dependsOnSampleCount
        let oneShot = recovered?.report == nil || !isComparable ? nil : measured.report.headline
        if original, isChanged, let before = figure.original {
            spans.append(Span("\(QualityText.value(before, metric)) \(look.glyphs.becomes) ", style))
        }
        if original, isChanged, let oneShot, !isStale {
            // It was measured before it was known which samples others would learn from.
            if !areSameSamples { spans.append(Span(look.glyphs.estimated.description, look[.dim])) }
            spans.append(Span("\(QualityText.value(oneShot.value, metric)) \(look.glyphs.becomes) ", style))
        }
        spans.append(Span(value, isStale ? look[.stale] : look[.accent]))
        if margin, isChanged, let margin = QualityText.margin(figure) {
            spans.append(Span(" \(look.glyphs.spelled(margin))", isStale ? look[.stale] : look[.dim]))
        }
        if forecast, isChanged, !isStale, let expected = workspace.forecast {
            spans.append(Span("  "))
            spans += foretold(expected, interval: false, named: expected.metric != metric)
        }
        if let similarity = report.others.first(where: { $0.metric == .structuralSimilarity }), isChanged {
            spans.append(Span("  SSIM ", isStale ? look[.stale] : look[.dim]))
            spans.append(Span(QualityText.value(similarity.value, .structuralSimilarity), style))
        }
        if let recovered { spans.append(Span(recovered.report == nil ? " \(busy)" : " \(recovered.kind.participle)", look[.good])) }
        if workspace.rejectedRecovery != nil { spans.append(Span(" not reconstructed", look[.warning])) }
        if isMeasuring { spans.append(Span(" \(busy)", look[.busy])) }
        if let assumed = report.assumed.first {
            let others = report.assumed.count > 1 ? " \(look.glyphs.ellipsis)" : ""
            spans.append(Span(samples ? "  assumed \(assumed)\(others)" : " \(look.glyphs.estimated)", look[.warning]))
        }
        if samples { spans.append(Span(progress(report, isMeasuring: isMeasuring), look[.dim])) }
        return spans
    }

    private func progress(_ report: QualityReport, isMeasuring: Bool) -> String {
        let seen = NumberText.grouped(report.samples)
        let skipped = report.skipped == 0 ? "" : ", \(NumberText.grouped(report.skipped)) skipped"
        return report.isComplete ? " (\(seen)\(skipped))" : " (\(seen)/\(NumberText.grouped(report.total))\(skipped))"
    }
}
