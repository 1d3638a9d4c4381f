import Basics
import Compression
import Glibc
import Reports
import TerminalUI

/// The histogram of the layer's weights, with what is dropped and the centroids.
struct WeightsView {
    private let workspace: Workspace
    private let area: Rect
    private let chart: Rect

    init(_ state: ExplorerState, _ area: Rect) {
        workspace = state.workspace!
        self.area = area
        chart = Frame.inner(of: area).inset(left: 1, right: 1)
    }

    func draw(into grid: inout CellGrid, _ look: Appearance) {
        if workspace.drawsFactors { return SpectrumView(workspace, area).draw(into: &grid, look) }
        let picture = workspace.currentPicture
        grid.draw(frame(picture, look), in: area, with: look)
        guard let picture, let histogram = picture.histogram, let figures = picture.subjectFigures else {
            drawMissing(into: &grid, look)
            return
        }
        grid.draw(chart(histogram, figures, picture.recovered, look), in: chart, with: look)
        if !workspace.isPictureFresh { grid.restyle(chart, look[.stale]) }
    }

    private func frame(_ picture: Picture?, _ look: Appearance) -> Frame {
        var details: [Line] = []
        if let layer = workspace.layer {
            details.append(Line(layer.name, look[.dim]))
            if let subject = workspace.subject, let role = subject.part.role {
                details.append(Line("\(role.rawValue) \(subject.position + 1)/\(subject.composed.parts.count)", look[.accent]))
            }
            details.append(Line(NumberText.grouped(workspace.subject?.part.shape.count ?? layer.shape.count), look[.dim]))
        }
        details.append(Line(workspace.isLog ? "log" : "linear", look[.dim]))
        if workspace.range != nil { details.append(Line("zoomed", look[.accent])) }
        return Frame(
            number: 2, title: "Weights", details: details,
            trailing: picture != nil && !workspace.isPictureFresh ? Line(look.glyphs.spinner(step: 0).description, look[.busy]) : nil,
            footer: picture?.recovered.map { legend($0, look) } ?? picture?.subjectFigures.map { footer($0, look) }, isFocused: workspace.pane == .weights)
    }

    /// What is drawn of a network that was recovered, in words beside the ink.
    private func legend(_ recovered: RecoveredPicture, _ look: Appearance) -> Line {
        let bar = look.hasColors ? look.glyphs.full : look.glyphs.columnEighths[8]
        let participle = workspace.recovered?.kind.participle ?? ""
        var spans = recovered.held.isEmpty ? [] : [Span("\(bar) \(participle) ", look[.histogramCompressed])]
        spans.append(Span("\(look.glyphs.horizontalLine) without ", look[.histogramOutline]))
        spans.append(Span("\(look.hasColors ? look.glyphs.full : look.glyphs.shades[2]) original", look[.histogramOriginal]))
        return Line(spans)
    }

    private func footer(_ figures: LayerFigures, _ look: Appearance) -> Line {
        var parts: [String] = []
        if figures.threshold > 0 {
            let dropped = figures.weightCount - figures.nonzeros
            parts.append("\(NumberText.grouped(dropped)) dropped")
        }
        if let codebook = figures.codebook { parts.append("k \(codebook.centroids.count)") }
        if figures.squaredError > 0, figures.signalPower > 0 {
            parts.append("rms error \(NumberText.weight(figures.rootMeanSquareError))")
            parts.append(NumberText.decibels(figures.signalPower / figures.squaredError))
        }
        return Line(parts.joined(separator: ", "), look[.dim])
    }

    private func drawMissing(into grid: inout CellGrid, _ look: Appearance) {
        let text: String
        switch workspace.status?.preparation {
        case .running(let fraction): text = "reading the weights, \(NumberText.percent(fraction, digits: 0))"
        case .refused(let reason): text = reason
        case .waiting: text = "waiting to be read"
        case .ready: text = workspace.composed?.ranks == nil ? "drawing" : "refining the factors"
        case nil: text = "no layer"
        }
        let middle = chart.row(max(0, chart.height / 2))
        grid.write(Line(text, look[.dim]), in: middle, alignment: .centre, ellipsis: look.glyphs.ellipsis.description)
    }

    private func chart(
        _ histogram: Histogram, _ figures: LayerFigures, _ recovered: RecoveredPicture?, _ look: Appearance
    ) -> HistogramChart {
        let isChanged = figures.threshold > 0 || figures.codebook != nil
        // The shared values are spikes, far higher than anything around them: only a log scale shows both.
        let own = !isChanged ? [] : workspace.isLog ? histogram.shared ?? histogram.survivors : histogram.survivors
        let (compressed, outline) = recovered.map { ($0.held, $0.plain) } ?? (own, [])
        let showsAll = workspace.isLog || recovered != nil
        let top = max(histogram.original.max() ?? 0, showsAll ? max(compressed.max() ?? 0, outline.max() ?? 0) : 0)
        let threshold = figures.threshold
        return HistogramChart(
            original: heights(histogram.original, top), compressed: heights(compressed, top), outline: heights(outline, top),
            domain: histogram.range,
            dropped: threshold > 0 ? -threshold...threshold : nil,
            centroids: (recovered?.figures ?? figures).codebook.map { $0.centroids.map(Double.init) } ?? [],
            labels: labels(histogram.range, threshold: threshold), ink: look.glyphs.isASCII ? .blocks : .braille)
    }

    private func heights(_ counts: [Double], _ top: Double) -> [Double] {
        guard top > 0 else { return counts.map { _ in 0 } }
        return workspace.isLog ? counts.map { log(1 + $0) / log(1 + top) } : counts.map { $0 / top }
    }

    private func labels(_ range: ClosedRange<Double>, threshold: Double) -> [HistogramChart.Label] {
        var labels = [
            HistogramChart.Label(range.lowerBound, NumberText.weight(range.lowerBound)),
            HistogramChart.Label(range.upperBound, NumberText.weight(range.upperBound)),
        ]
        if threshold > 0 {
            for edge in [-threshold, threshold] where range.contains(edge) {
                labels.append(HistogramChart.Label(edge, NumberText.weight(edge)))
            }
        }
        if range.contains(0) { labels.append(HistogramChart.Label(0, "0")) }
        return labels
    }
}
