import Basics
import Compression
import Reports
import Search
import TerminalUI

/// The first line: what is open, and what it comes to.
struct HeaderView {
    private let state: ExplorerState

    init(_ state: ExplorerState) { self.state = state }

    func draw(into grid: inout CellGrid, in area: Rect, _ look: Appearance) {
        guard let workspace = state.workspace else { return }
        let row = area.inset(left: 1, right: 1)
        let ellipsis = look.glyphs.ellipsis.description
        let names = names(workspace, look)
        let room = row.width - min(names.columns, max(14, row.width * 28 / 100)) - 2
        let answers = Detail.allCases.lazy.map { answer(workspace, $0, look) }
        let fitting = answers.first { $0.columns <= room } ?? answer(workspace, .least, look)
        grid.write(
            names.fitted(columns: max(0, row.width - fitting.columns - 2), ellipsis: ellipsis), in: row, ellipsis: ellipsis)
        grid.write(fitting, in: row, alignment: .trailing, ellipsis: ellipsis)
    }

    /// How much is said; where room is short, the first that fits.
    private enum Detail: Int, CaseIterable, Comparable {
        case everything, withoutForecast, withoutTiming, withoutSamples, withoutMACs, withoutTarget, withoutOriginal, sizeAndQuality, least

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    private func names(_ workspace: Workspace, _ look: Appearance) -> Line {
        var line = Line([Span("Pare", look[.accent]), Span("  \(workspace.model.name)", look[.title])])
        if let recipe = workspace.recipePath { line.spans.append(Span("  \(fileName(of: recipe))", look[.dim])) }
        if workspace.hasUnsavedChanges {
            line.spans.append(Span(" \(look.glyphs.modified)", look[.warning]))
        }
        if state.size.width >= 140 { line.spans.append(Span("  \(workspace.model.format)", look[.dim])) }
        return line
    }

    /// What is to be reached and what is left to it: `target 100 KB: 12.3 KB to go`.
    private func target(_ workspace: Workspace, named: Bool, _ look: Appearance) -> [Span] {
        guard let target = workspace.target else { return [] }
        let name = named ? "target \(target.text)" : "target"
        if case .loss(let most) = target, let report = workspace.reportInForce, let more = report.samplesLacking(for: most) {
            return [Span("   \(name): ", look[.dim]), Span("the interval is wider, \(NumberText.grouped(more)) more samples", look[.warning])]
        }
        guard let distance = TargetDistance(target, of: workspace) else { return [Span("   \(name)", look[.dim])] }
        let sign = distance.isForetold ? look.glyphs.estimated.description : ""
        return [Span("   \(name): ", look[.dim]), Span("\(sign)\(distance.words)", look[distance.isMet ? .good : .warning])]
    }

    /// Size, ratio, MACs, quality and what is still going on: the part that must fit.
    private func answer(_ workspace: Workspace, _ detail: Detail, _ look: Appearance) -> Line {
        let totals = workspace.totalsInForce
        let sign = totals.isExact ? "" : look.glyphs.estimated.description
        var line = Line([])
        if totals.unprepared > 0 {
            let count = workspace.model.layers.count
            line.spans.append(
                Span("\(look.glyphs.spinner(step: 0)) reading \(count - totals.unprepared)/\(count)   ", look[.busy]))
        } else if let run = workspace.recovery.run, run.isUnderWay {
            let sign = run.state == .paused ? "\(look.glyphs.stale) paused" : "\(look.glyphs.spinner(step: 0)) \(run.kind.gerund)"
            let left = detail < .withoutOriginal ? run.secondsLeft.map { " \(NumberText.clock($0)) left" } ?? "" : ""
            line.spans.append(Span("\(sign) \(NumberText.percent(run.fraction, digits: 0))\(left)   ", look[.busy]))
        } else if let run = workspace.search {
            let sign = run.isHeld ? "\(look.glyphs.stale) held" : "\(look.glyphs.spinner(step: 0)) searching"
            let best = detail < .withoutOriginal ? run.best.map { ", best \(NumberText.bytes($0.byteCount))" } ?? "" : ""
            let words = detail < .withoutMACs ? " \(run.words)" : ""
            line.spans.append(Span("\(sign)\(words) \(NumberText.percent(run.fraction, digits: 0))\(best)   ", look[.busy]))
        } else if let name = state.opening {
            line.spans.append(Span("\(look.glyphs.spinner(step: 0)) opening \(name)   ", look[.busy]))
        }
        if detail < .withoutMACs, state.size.width >= 100, let macs = workspace.model.macs.count {
            // What was assumed of the inputs is told with the figures of quality, or here where there are none.
            let isAssumed = !workspace.model.assumptions.isEmpty
            line.spans.append(Span("MACs ", look[.dim]))
            if isAssumed { line.spans.append(Span(look.glyphs.estimated.description, look[.warning])) }
            if let after = workspace.shapes.model.macs.count, after != macs {
                let fraction = Double(after - macs) / Double(max(1, macs))
                let change = NumberText.change(from: macs, to: after, digits: abs(fraction) < 0.095 ? 1 : 0)
                line.spans += [Span("\(NumberText.count(after)) "), Span("\(change)   ", look[.accent])]
            } else {
                line.spans.append(Span("\(NumberText.count(macs))   "))
            }
            if detail < .withoutTiming, state.size.width >= 120, let timing = workspace.timing, timing.plans == workspace.changedPlans {
                let (before, after) = (NumberText.milliseconds(timing.original), NumberText.milliseconds(timing.changed))
                line.spans.append(Span("\(before) \(look.glyphs.becomes) \(after)   ", look[.dim]))
            }
        }
        if detail < .sizeAndQuality {
            line.spans.append(Span("\(NumberText.bytes(totals.originalByteCount)) \(look.glyphs.becomes) "))
        }
        let compressed = NumberText.bytes(totals.compressedByteCount)
        line.spans.append(Span("\(sign)\(compressed)", totals.isExact ? .inherited : look[.estimated]))
        if detail < .least { line.spans.append(Span("  \(sign)\(NumberText.ratio(totals.ratio))", look[.accent])) }
        if detail < .sizeAndQuality, let pin = workspace.pin {
            let delta = totals.compressedByteCount - pin.byteCount
            line.spans.append(
                Span("  \(look.glyphs.spelled(NumberText.byteDelta(delta)))", delta == 0 ? look[.dim] : look[delta < 0 ? .good : .bad]))
        }
        if detail < .least { line.spans += target(workspace, named: detail < .withoutTarget, look) }
        line.spans += QualityLine(workspace, look).spans(
            original: detail < .withoutOriginal, forecast: detail < .withoutForecast, samples: detail < .withoutSamples, margin: detail < .least)
        return line
    }
}
