import Basics
import Evaluation
import Reports
import TerminalUI

/// The Samples screen: what the original makes beside what the configuration makes, and how far they are apart.
struct SamplesView {
    private let workspace: Workspace
    private let area: Rect
    private let report: QualityReport?
    private let isReportStale: Bool

    init(_ state: ExplorerState, _ area: Rect) {
        workspace = state.workspace!
        self.area = area
        // What was recovered is what is seen, once it is measured.
        report = workspace.recovered?.report ?? workspace.shownQuality?.0.report
        isReportStale = workspace.shownQuality?.isStale ?? false
    }

    func draw(into grid: inout CellGrid, _ look: Appearance) {
        let inner = Frame.inner(of: area).inset(left: 1, right: 1)
        switch workspace.samples.sheet?.content {
        case .images(let form, let original, let changed)?:
            let sheet = ImageSheetView(form: form, original: original, changed: changed, in: inner.inset(top: 1))
            drawFrame(into: &grid, [Line("the same \(sheet.count) latents", look[.dim])], isStale: workspace.areSamplesStale, look)
            drawHeadings(into: &grid, inner, look)
            sheet.draw(into: &grid, isStale: workspace.areSamplesStale, look)
        case .text(let original, let changed)?:
            let sheet = TextSheetView(original: original, changed: changed, in: inner.inset(top: 1))
            drawFrame(into: &grid, [Line("text from the same seed", look[.dim])], isStale: workspace.areSamplesStale, look)
            drawHeadings(into: &grid, inner, look)
            sheet.draw(into: &grid, isStale: workspace.areSamplesStale, look)
        case SampleSheet.none?:
            if let classes = report?.classes {
                let title = classes.isLabelled ? "classes" : "classes as the original tells them"
                drawFrame(into: &grid, [Line(title, look[.dim])], isStale: isReportStale, look)
                ClassSheetView(classes, isStale: isReportStale).draw(into: &grid, in: inner, look)
            } else {
                drawFrame(into: &grid, [], isStale: isReportStale, look)
                say(nothing, into: &grid, inner, look)
            }
        case nil:
            drawFrame(into: &grid, [], isStale: false, look)
            say(waiting, into: &grid, inner, look)
        }
    }

    private func drawFrame(into grid: inout CellGrid, _ details: [Line], isStale: Bool, _ look: Appearance) {
        var trailing: Line?
        if isStale { trailing = Line("\(look.glyphs.stale) \(look.glyphs.spinner(step: 0))", look[.stale]) }
        let frame = Frame(
            title: "Samples", details: details, trailing: trailing, footer: figures(look), isFocused: workspace.pane == .weights)
        grid.draw(frame, in: area, with: look)
    }

    /// What stands over the two halves.
    private func drawHeadings(into grid: inout CellGrid, _ inner: Rect, _ look: Appearance) {
        let halves = SheetHalves(inner)
        let ellipsis = look.glyphs.ellipsis.description
        grid.write(Line("original", look[.heading]), in: halves.left, ellipsis: ellipsis)
        var totals = workspace.totals
        if let recovered = workspace.recovered { totals.take(recovered) }
        var line = Line("compressed", look[.heading])
        if workspace.changedPlans.isEmpty {
            line = Line("the same: no layer is changed", look[.dim])
        } else {
            let sign = totals.isExact ? "" : look.glyphs.estimated.description
            line.spans.append(Span("  \(sign)\(NumberText.ratio(totals.ratio))", look[totals.isExact ? .accent : .estimated]))
            if let recovered = workspace.recovered { line.spans.append(Span("  \(recovered.kind.participle)", look[.good])) }
        }
        grid.write(line, in: halves.right, ellipsis: ellipsis)
    }

    /// The figures that belong to what is seen.
    private func figures(_ look: Appearance) -> Line? {
        guard let report else { return nil }
        let shown: [Metric] = [
            .frechetDistanceToReal, .frechetDistance, .structuralSimilarity, .peakSignal, .classifierAgreement, .bitsPerCharacter, .topOne,
            .agreement, .signalToNoise,
        ]
        let figures = [report.headline] + report.others
        // A generator's signal-to-noise ratio says nothing that the others do not.
        let isGenerator = figures.contains { $0.metric == .frechetDistance }
        var line = Line([])
        for metric in shown where !(isGenerator && metric == .signalToNoise) {
            guard let figure = figures.first(where: { $0.metric == metric }) else { continue }
            let name = metric == .classifierAgreement ? "agreement" : QualityText.name(metric)
            line.spans.append(Span("\(line.spans.isEmpty ? "" : "  ")\(name) ", look[isReportStale ? .stale : .dim]))
            var text = figure.original.map { "\(QualityText.value($0, metric)) \(look.glyphs.becomes) " } ?? ""
            text += QualityText.value(figure.value, metric) + (figure.value.isFinite ? QualityText.unit(metric) : "")
            line.spans.append(Span(text, isReportStale ? look[.stale] : look[.text]))
            if metric == report.headline.metric, let margin = QualityText.margin(figure) {
                line.spans.append(Span(" \(margin)", look[isReportStale ? .stale : .dim]))
            }
        }
        return line
    }

    /// Why there are no samples of such a network.
    private var nothing: String {
        let outputs = report.map { $0.outputs.map { "\($0.name) \(decibels($0.signalToNoise))" }.joined(separator: ", ") } ?? ""
        let what =
            Sampler.takesSymbols(workspace.model)
            ? "Text is written by models of characters once their text and vocabulary are chosen: d."
            : "Images are shown of generators, text of models of characters, classes of classifiers; this network's outputs are numbers."
        return what + (outputs.isEmpty ? "" : " Their signal-to-noise ratio against the original's: \(outputs).")
    }

    private func decibels(_ value: Double) -> String { QualityText.value(value, .signalToNoise) + (value.isFinite ? " dB" : "") }

    private var waiting: String {
        if let failure = workspace.samples.failure { return "no samples: \(failure)" }
        if let reason = workspace.quality.reason { return "no samples: \(reason)" }
        return "the first samples are being made"
    }

    private func say(_ text: String, into grid: inout CellGrid, _ inner: Rect, _ look: Appearance) {
        for (index, line) in TextWidth.wrap(text, columns: inner.width).prefix(inner.height).enumerated() {
            grid.write(Line(line, look[.dim]), in: inner.row(index), ellipsis: look.glyphs.ellipsis.description)
        }
    }
}

/// The two halves of a sheet, with a gap between them.
struct SheetHalves {
    let left: Rect
    let right: Rect

    init(_ area: Rect) {
        let gap = area.width >= 40 ? 2 : 1
        let width = max(0, (area.width - gap) / 2)
        left = Rect(x: area.x, y: area.y, width: width, height: area.height)
        right = Rect(x: area.endX - width, y: area.y, width: width, height: area.height)
    }
}
