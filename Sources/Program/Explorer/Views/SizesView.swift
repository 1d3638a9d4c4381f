import Basics
import Compression
import Reports
import TerminalUI

/// The waterfall: what is left of the layer, and of the model, after each stage.
struct SizesView {
    private let workspace: Workspace
    private let area: Rect

    init(_ state: ExplorerState, _ area: Rect) {
        workspace = state.workspace!
        self.area = area
    }

    func draw(into grid: inout CellGrid, _ look: Appearance) {
        guard let status = workspace.status else {
            grid.draw(Frame(title: "Sizes"), in: area, with: look)
            return
        }
        let figures = status.figures
        var details = workspace.layer.map { [Line($0.name, look[.dim])] } ?? []
        if let recovered = workspace.recovered { details.append(Line(recovered.kind.participle, look[.good])) }
        grid.draw(Frame(title: "Sizes", details: details), in: area, with: look)
        let inner = Frame.inner(of: area)
        let stages = figures.stages
        let sign = status.sign(look.glyphs)
        let textStyle: Style =
            switch status.freshness {
            case .exact: .inherited
            case .estimated, .guessed: look[.estimated]
            case .stale: look[.stale]
            }
        func bar(_ label: String, _ bits: Int, _ role: Role) -> BarChart.Bar {
            BarChart.Bar(
                label, fraction: Double(bits) / Double(max(1, stages.original)),
                value: (role == .barOriginal ? "" : sign) + NumberText.bytes(bits: bits), style: look[role],
                textStyle: role == .barOriginal ? .inherited : textStyle)
        }
        // Where room is short, stages that changed nothing are left out, the earlier ones first.
        var bars = [
            (stages.original, bar("original", stages.original, .barOriginal)),
            (stages.filtered, bar("filters", stages.filtered, .barPruned)),
            (stages.factorized, bar("factors", stages.factorized, .barPruned)),
            (stages.pruned, bar("pruned", stages.pruned, .barPruned)),
            (stages.shared, bar("shared", stages.shared, .barShared)), (stages.coded, bar("coded", stages.coded, .barCoded)),
        ]
        let room = max(4, min(bars.count, inner.height))
        for _ in room..<max(room, bars.count) {
            let idle = (1..<bars.count - 1).first { bars[$0].0 == bars[$0 - 1].0 } ?? 1
            bars.remove(at: idle)
        }
        grid.draw(BarChart(bars.map(\.1)), in: inner.inset(left: 1, right: 1).top(bars.count), with: look)
        if inner.height > bars.count {
            drawAccount(into: &grid, inner.inset(left: 1, top: bars.count, right: 1), figures, look)
        }
    }

    /// Where the coded bits are, and what the papers would count.
    private func drawAccount(into grid: inout CellGrid, _ area: Rect, _ figures: LayerFigures, _ look: Appearance) {
        let account = figures.account
        let ellipsis = look.glyphs.ellipsis.description
        let parts = [("codes", account.codes), ("gaps", account.gaps), ("codebook", account.codebook), ("tables", account.tables)]
        let words = parts.filter { $0.1 > 0 }.map { "\($0) \(NumberText.bytes(bits: $1).filter { $0 != " " })" }
        grid.write(Line(words.joined(separator: "  "), look[.dim]), in: area.row(0), ellipsis: ellipsis)
        var row = 1
        if let coders = figures.coders, area.height > row {
            grid.write(Line(comparison(coders, of: figures, look), look[.dim]), in: area.row(row), ellipsis: ellipsis)
            row += 1
        }
        if area.height > row {
            let paper = Double(figures.stages.original) / Double(max(1, account.paperBits))
            let text = "as the papers count: \(NumberText.bytes(bits: account.paperBits))  \(NumberText.ratio(paper))"
            grid.write(Line(text, look[.dim]), in: area.row(row), ellipsis: ellipsis)
        }
    }

    /// The zero-order entropy, Huffman and the arithmetic coders side by side, in bits a weight of the codes.
    private func comparison(_ coders: CoderComparison, of figures: LayerFigures, _ look: Appearance) -> String {
        let count = Double(max(1, figures.weightsLeft))
        func bits(_ value: Int?) -> String {
            value.map { NumberText.fixed(Double($0) / count, 2) } ?? look.glyphs.ellipsis.description
        }
        return "entropy \(NumberText.fixed(coders.entropy / count, 2)) huffman \(bits(coders.huffman)) "
            + "range \(bits(coders.range)) context \(bits(coders.context)) b/w"
    }
}
