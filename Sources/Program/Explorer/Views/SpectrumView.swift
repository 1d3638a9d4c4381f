import Basics
import Compression
import Factorization
import Reports
import TerminalUI

/// The singular spectra of a layer's two sides, with what the ranks keep and where variational Bayes would cut.
struct SpectrumView {
    private let workspace: Workspace
    private let area: Rect
    private let inner: Rect

    init(_ workspace: Workspace, _ area: Rect) {
        self.workspace = workspace
        self.area = area
        inner = Frame.inner(of: area).inset(left: 1, right: 1)
    }

    func draw(into grid: inout CellGrid, _ look: Appearance) {
        let factors = workspace.currentPicture?.factors
        grid.draw(frame(factors, look), in: area, with: look)
        guard let factors else {
            let reason = workspace.undecomposed[workspace.selected]
            let text = reason ?? "\(look.glyphs.spinner(step: 0)) working the spectra out"
            let style = look[reason == nil ? .busy : .warning]
            let middle = inner.row(max(0, inner.height / 2))
            grid.write(Line(text, style), in: middle, alignment: .centre, ellipsis: look.glyphs.ellipsis.description)
            return
        }
        let ranks = workspace.composed?.ranks ?? factors.full
        var sides = [
            Side(
                label: factors.layout.isMatrix ? "rank" : "out", heights: factors.spectrumOut, full: factors.full.out,
                rank: ranks.out, automatic: factors.automatic?.out)
        ]
        if !factors.layout.isMatrix {
            sides.append(
                Side(
                    label: "in", heights: factors.spectrumIn, full: factors.full.in, rank: ranks.in,
                    automatic: factors.automatic?.in))
        }
        let height = max(1, inner.height / sides.count)
        for (index, side) in sides.enumerated() {
            let rest = index == sides.count - 1 ? inner.height - index * height : height
            side.draw(into: &grid, Rect(x: inner.x, y: inner.y + index * height, width: inner.width, height: rest), look)
        }
    }

    private func frame(_ factors: FactorPicture?, _ look: Appearance) -> Frame {
        var details: [Line] = []
        if let layer = workspace.layer {
            details.append(Line(layer.name, look[.dim]))
            details.append(Line((workspace.composed?.layout).map(shape) ?? layer.shape.description, look[.dim]))
        }
        return Frame(
            number: 2, title: factors?.isOnData == true ? "Spectrum on the data" : "Spectrum", details: details,
            trailing: workspace.isPictureFresh ? nil : Line(look.glyphs.spinner(step: 0).description, look[.busy]),
            footer: footer(look), isFocused: workspace.pane == .weights)
    }

    private func shape(_ layout: KernelLayout) -> String {
        let groups = layout.groups > 1 ? "\(layout.groups) groups of " : ""
        // As the weights are stored.
        let sides = layout.order == .inFirst ? "\(layout.in)·\(layout.out)" : "\(layout.out)·\(layout.in)"
        return groups + sides + (layout.window > 1 ? "·\(layout.window)" : "")
    }

    /// What the ranks in force cost.
    private func footer(_ look: Appearance) -> Line? {
        guard let composed = workspace.composed, composed.ranks != nil, let figures = workspace.status?.figures,
            let structure = figures.structure, figures.signalPower > 0
        else { return nil }
        let kept = 1 - structure.squaredError / figures.signalPower
        let sign = structure.hasFinalError ? "" : look.glyphs.estimated.description
        var text = "\(sign)energy \(NumberText.percent(kept))"
        if let factors = workspace.currentPicture?.factors, factors.isOnData {
            text = factors.energyKept.map { "\(NumberText.percent($0)) of the data's energy" } ?? "being fitted to the data"
        }
        if structure.squaredError > 0 {
            text += ", error \(NumberText.decibels(structure.squaredError / figures.signalPower))"
        }
        if let before = workspace.layer?.macs.count, let after = composed.macs.count, before > 0 {
            text += ", MACs \(NumberText.change(from: before, to: after, digits: 0))"
        }
        return Line(text, look[.dim])
    }
}

extension SpectrumView {
    /// One side's spectrum.
    private struct Side {
        var label: String
        var heights: [Float]
        var full: Int
        var rank: Int
        var automatic: NoiseEstimate?

        func draw(into grid: inout CellGrid, _ area: Rect, _ look: Appearance) {
            guard area.height > 0 else { return }
            var title = [Span("\(label) ", look[.accent]), Span("\(rank) of \(full)")]
            if let automatic {
                let noise = NumberText.weight(automatic.noiseVariance.squareRoot())
                title.append(Span("  automatic \(automatic.rank), noise \(noise)", look[.dim]))
            }
            let hasTitle = area.height >= 2
            if hasTitle { grid.write(Line(title), in: area.row(0), ellipsis: look.glyphs.ellipsis.description) }
            let plot = hasTitle ? area.inset(top: 1) : area
            let columns = min(plot.width, heights.count)
            guard columns > 0 else { return }
            let cut = automatic.map { column(of: $0.rank, columns) }
            for column in 0..<columns {
                let isKept = column * full / columns < rank
                let style = look[isKept ? .histogramCompressed : .histogramOriginal]
                var eighths = Int((Double(heights[column]) * Double(plot.height * 8)).rounded())
                if heights[column] > 0 { eighths = max(1, eighths) }
                for row in (0..<plot.height).reversed() {
                    let point = Point(x: plot.x + column, y: plot.y + row)
                    if eighths > 0 {
                        grid.put(look.glyphs.columnEighths[min(8, eighths)], at: point, style: style)
                        eighths -= 8
                    } else if column == cut {
                        grid.put(look.glyphs.thresholdLine, at: point, style: look[.centroid])
                    }
                }
            }
        }

        private func column(of rank: Int, _ columns: Int) -> Int { min(columns - 1, rank * columns / max(1, full)) }
    }
}
