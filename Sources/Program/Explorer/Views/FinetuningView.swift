import Basics
import Reports
import TerminalUI

/// The window of fine-tuning: how it is to be done, and its curves while it goes on.
struct FinetuningView {
    private let workspace: Workspace
    private let field: FinetuningSettings.Field
    /// The run whose curves are drawn.
    private let run: RecoveryRun?

    init?(_ state: ExplorerState, _ field: FinetuningSettings.Field) {
        guard let workspace = state.workspace else { return nil }
        self.workspace = workspace
        self.field = field
        run = workspace.recovery.run.flatMap { $0.kind == .finetuning ? $0 : nil }
    }

    private var isUnderWay: Bool { run?.isUnderWay == true }

    func draw(into grid: inout CellGrid, in area: Rect, _ look: Appearance) {
        let ellipsis = look.glyphs.ellipsis.description
        for field in FinetuningSettings.Field.allCases {
            drawField(field, into: &grid, area.row(field.rawValue), look)
        }
        let rows = FinetuningSettings.Field.allCases.count
        let keys = area.row(area.height - 1)
        grid.write(keyLine(look), in: keys, ellipsis: ellipsis)
        guard let run else {
            let words = start
            for (row, text) in words.enumerated() where rows + 1 + row < area.height - 1 {
                grid.write(Line(text, look[.dim]), in: area.row(rows + 1 + row), ellipsis: ellipsis)
            }
            return
        }
        drawStatus(run, into: &grid, area.row(rows + 1), look)
        let figures = area.row(rows + 2)
        grid.write(lossLine(run, look), in: figures, ellipsis: ellipsis)
        grid.write(heldOutLine(run, look), in: figures, alignment: .trailing, ellipsis: ellipsis)
        let plot = Rect(x: area.x, y: area.y + rows + 3, width: area.width, height: area.height - rows - 5)
        if plot.height > 1 { drawCurves(run, into: &grid, plot, look) }
    }

    // MARK: Settings

    private func drawField(_ field: FinetuningSettings.Field, into grid: inout CellGrid, _ row: Rect, _ look: Appearance) {
        let isChosen = field == self.field
        if isChosen {
            grid.fill(row, style: look[.selection])
            grid.put(look.glyphs.cursor, at: row.origin, style: look[.accent])
        }
        let (label, value) = words(field)
        let style = isUnderWay ? look[.disabled] : Style.inherited
        grid.write(Line(label, isUnderWay ? look[.disabled] : look[.dim]), in: row.inset(left: 2))
        grid.write(Line(value, style), in: row.inset(left: 18, right: 1), ellipsis: look.glyphs.ellipsis.description)
    }

    private func words(_ field: FinetuningSettings.Field) -> (label: String, value: String) {
        switch field {
        case .epochs:
            let shares = workspace.plans.contains { $0.share != nil }
            return ("epochs", "\(settings.epochs)\(shares ? ", and \(settings.centroidEpochs) of shared values" : "")")
        case .rate: return ("learning rate", "\(settings.rate)")
        case .gradual: return ("sparsities", settings.isGradual ? "grow over the first half" : "are there at once")
        case .distillation:
            if isUnlabelled { return ("targets", "the original's outputs") }
            return ("targets", settings.distills ? "labels, and the original's outputs" : "labels, where there are some")
        case .data: return ("trained on", settings.data.map(fileName(of:)) ?? customaryData)
        }
    }

    /// Whether there is nothing to learn but what the original answers, as far as is known before data is opened.
    private var isUnlabelled: Bool {
        workspace.makesImages || settings.data == nil && [nil, .random].contains(workspace.quality.data)
    }

    private var settings: FinetuningSettings { workspace.recovery.settings }

    private var customaryData: String {
        if workspace.makesImages { return "random latents" }
        return switch workspace.quality.data {
        case .demoDigits: "other drawn digits"
        case .file(let path): "80 % of \(fileName(of: path)), in drawn order"
        case .random, nil: "random inputs"
        }
    }

    private var start: [String] {
        let begun = workspace.recovery.start(of: workspace.plans)
        return [
            begun == nil ? "Trains what the configuration leaves of the network." : "Trains the reconstructed network.",
            "Pruned weights stay zero, shared ones move together,",
            "and the best by held-out data is kept.",
        ]
    }

    private func keyLine(_ look: Appearance) -> Line {
        func keys(_ pairs: [(String, String)]) -> Line {
            Line(pairs.flatMap { [Span($0.0, look[.key]), Span(" \($0.1)   ", look[.dim])] })
        }
        guard isUnderWay else {
            let after = workspace.recovered?.kind == .finetuning ? [("w", "write it"), ("x", "discard")] : []
            return keys([("Enter", run == nil ? "start" : "again")] + after + [("h l", "change"), ("d", "data"), ("Esc", "close")])
        }
        return keys([
            ("Space", run?.state == .paused ? "go on" : "pause"), ("c", "stop, keep the best"), ("Esc", "hide"),
        ])
    }

    // MARK: Curves

    private func drawStatus(_ run: RecoveryRun, into grid: inout CellGrid, _ row: Rect, _ look: Appearance) {
        let (text, role): (String, Role) =
            switch run.state {
            case .running: ("\(look.glyphs.spinner(step: 0)) \(run.detail.isEmpty ? "getting ready" : run.detail)", .busy)
            case .paused: ("\(look.glyphs.stale) paused: \(run.detail)", .warning)
            case .stopping: ("\(look.glyphs.spinner(step: 0)) stopping, the best is kept", .busy)
            case .finished: ("\(look.glyphs.good) \(run.note ?? "done")", .good)
            case .failed(let reason): ("\(look.glyphs.bad) \(reason)", .bad)
            }
        let left = run.isUnderWay ? run.secondsLeft.map { "  \(NumberText.clock($0)) left" } ?? "" : ""
        let figure = run.isUnderWay ? "\(NumberText.percent(run.fraction, digits: 0))\(left)" : ""
        grid.write(Line(text, look[role]), in: row.inset(right: figure.count + 1), ellipsis: look.glyphs.ellipsis.description)
        grid.write(Line(figure, look[.dim]), in: row, alignment: .trailing)
    }

    private func lossLine(_ run: RecoveryRun, _ look: Appearance) -> Line {
        guard let loss = run.losses.last else { return Line("") }
        return Line([Span(look.glyphs.isASCII ? ". " : "⠒ ", look[.barShared]), Span("loss ", look[.dim]), Span(NumberText.fixed(loss.value, 4))])
    }

    private func heldOutLine(_ run: RecoveryRun, _ look: Appearance) -> Line {
        guard let last = run.heldOut.last else {
            return run.original.map { Line("original \(run.measure.text($0))", look[.dim]) } ?? Line("")
        }
        var spans = [Span(look.glyphs.isASCII ? "o " : "⠒ ", look[.accent])]
        if let original = run.original { spans.append(Span("\(run.measure.text(original)) \(look.glyphs.becomes) ", look[.dim])) }
        if let oneShot = run.oneShot { spans.append(Span("\(run.measure.text(oneShot)) \(look.glyphs.becomes) ", look[.dim])) }
        spans.append(Span(run.measure.text(last.value), look[.accent]))
        if let best = run.best, best.value != last.value { spans.append(Span(", best \(run.measure.text(best.value))", look[.good])) }
        return Line(spans)
    }

    private func drawCurves(_ run: RecoveryRun, into grid: inout CellGrid, _ plot: Rect, _ look: Appearance) {
        if let most = run.losses.map(\.value).max(), most > 0 {
            let points = run.losses.map { (place: $0.place, value: $0.value) }
            LineChart([.init(points, role: .barShared, sign: ".")], range: 0...most).draw(into: &grid, in: plot, with: look)
        }
        let values = run.heldOut.map(\.value) + (run.original.map { [$0] } ?? [])
        guard !run.heldOut.isEmpty, var least = values.min(), var most = values.max() else { return }
        let margin = max((most - least) * 0.1, abs(most) * 1e-3, 1e-6)
        (least, most) = (least - margin, most + margin)
        var curves: [LineChart.Curve] = []
        if let original = run.original {
            // A dotted line at what the original does.
            let dots = (0..<max(1, plot.width / 2)).map { (place: Double($0 * 2) / Double(max(1, plot.width - 1)), value: original) }
            curves.append(.init(dots, role: .axis, sign: "-", isJoined: false))
        }
        let points = run.heldOut.map { (place: $0.place, value: $0.value) }
        curves.append(.init(points, role: .accent, sign: "o"))
        LineChart(curves, range: least...most).draw(into: &grid, in: plot, with: look)
    }
}
