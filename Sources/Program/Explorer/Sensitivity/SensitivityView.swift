import Basics
import Reports
import Search
import TerminalUI
import Workbench

/// The window of sensitivities: layers down, stages across, and how much of a layer's bytes may go until the loss that is allowed is reached.
struct SensitivityView {
    let workspace: Workspace
    let place: SensitivityPlace

    private static let stageWidth = 8

    func draw(into grid: inout CellGrid, in area: Rect, _ look: Appearance) {
        let ellipsis = look.glyphs.ellipsis.description
        grid.write(heading(look), in: area.row(0), ellipsis: ellipsis)
        let body = area.inset(top: 2, bottom: 2)
        let layers = workspace.sensitivity.layers
        if let words {
            for (index, line) in TextWidth.wrap(words, columns: body.width).prefix(body.height).enumerated() {
                grid.write(Line(line, look[.dim]), in: body.row(index), ellipsis: ellipsis)
            }
        } else {
            let rows = place.rows(layers)
            table(rows.count).draw(into: &grid, in: body, with: look) { row(rows[$0], look) }
        }
        grid.write(hints(look), in: area.row(area.height - 1), ellipsis: ellipsis)
    }

    /// What stands in the table's place.
    private var words: String? {
        switch workspace.sensitivity.knowledge {
        case .known(let layers): layers.isEmpty ? "no layer can be compressed" : nil
        case .comes(let fraction): "looking at what layers can lose: \(NumberText.percent(fraction, digits: 0))"
        case .failed(let reason): reason
        case .nothing: "nothing is known yet"
        }
    }

    private func heading(_ look: Appearance) -> Line {
        let unit = workspace.losses.isOfNumbers ? "of the outputs' variance" : "nats"
        return Line([
            Span("\(place.allowed) \(unit) lost", look[.accent]),
            Span("  what of a layer's bytes may go, by a stage alone", look[.dim]),
        ])
    }

    private func hints(_ look: Appearance) -> Line {
        let hints = [("h l", "loss"), ("s", "sort"), ("Enter", "go to the layer"), ("e", "write"), ("Esc", "leave")]
        return Line(hints.flatMap { [Span("\($0.0) ", look[.key]), Span("\($0.1)  ", look[.dim])] })
    }

    private func table(_ count: Int) -> Table {
        let stages = SearchStage.allCases
        let columns =
            [TableColumn("layer", width: 10, flex: 1, omission: .middle), TableColumn("bytes", width: 9, alignment: .trailing, priority: -1)]
            + stages.map { TableColumn($0.rawValue, width: Self.stageWidth, alignment: .trailing, priority: 1) }
        var table = Table(columns: columns, rowCount: count, selection: place.selected, isFocused: true)
        switch place.order {
        case .network: break
        case .bytes: table.sort = (1, false)
        case .stage(let stage): table.sort = stages.firstIndex(of: stage).map { ($0 + 2, false) }
        }
        return table
    }

    private func row(_ layer: LayerSensitivity, _ look: Appearance) -> TableRow {
        let mark = layer.reason == nil ? "" : " \(look.glyphs.estimated)"
        let cells = SearchStage.allCases.map { stage -> TableCell in
            let limit = layer.limit(stage, losing: place.allowed)
            guard limit.plan != nil else { return .text("-", look[.dim]) }
            let gone = layer.gone(limit)
            // The colour says again what the number says.
            let text = NumberText.percent(gone, digits: 0)
            guard look.hasColors, let color = look.theme.mapColor(gone) else { return .text(text, .inherited) }
            let ink = RGB(0, 0, 0).contrast(with: color) > RGB(255, 255, 255).contrast(with: color) ? RGB(0, 0, 0) : RGB(255, 255, 255)
            let padded = String(repeating: " ", count: max(0, Self.stageWidth - text.count)) + text
            return .line(Line(padded, Style(ink, on: color)))
        }
        return TableRow(
            [.text(workspace.layerNames.reduced[layer.layer] + mark), .text(NumberText.bytes(layer.byteCount), look[.dim])] + cells)
    }
}
