import Basics
import Compression
import NeuralNetwork
import Reports
import TerminalUI

/// The pane that lists the layers: what each is, what share of the model it has, and what its plan makes of it.
struct LayerTable {
    private let workspace: Workspace
    private let area: Rect
    private let isCovered: Bool
    private let effects: [Quality.LayerEffect?]
    private let largestLayer: Int

    init(_ state: ExplorerState, _ area: Rect) {
        // The pane is only drawn and asked while a model is open.
        workspace = state.workspace!
        self.area = area
        isCovered = state.overlay != nil
        largestLayer = workspace.model.layers.reduce(0) { max($0, $1.shape.count) }
        effects = workspace.plans.indices.map { [workspace] in workspace.effectInForce($0) }
    }

    /// Rows of layers that fit into a pane.
    static func rowCount(in area: Rect, of model: Model) -> Int { max(0, listArea(in: area, of: model).height - 1) }

    /// Where the table lies in a pane; what is left out stands below it.
    private static func listArea(in area: Rect, of model: Model) -> Rect {
        let inner = Frame.inner(of: area)
        return inner.inset(bottom: LeftOutSection(model).height(in: inner.height))
    }

    private var listArea: Rect { Self.listArea(in: area, of: workspace.model) }

    enum Hit {
        case row(Int)
        case mark(Int)
        case heading(SortKey)
    }

    func hit(at point: Point) -> Hit? {
        switch table.hitTest(point, in: listArea) {
        case .row(let row, _):
            point.x < Frame.inner(of: area).x + 2 ? .mark(row) : .row(row)
        case .heading(let column): .heading(columns[column].key)
        case .scrollbar, nil: nil
        }
    }

    func draw(into grid: inout CellGrid, _ look: Appearance) {
        let isFocused = workspace.pane == .layers
        grid.draw(frame(look, isFocused: isFocused), in: area, with: look)
        let (inner, list, table) = (Frame.inner(of: area), listArea, table)
        let section = LeftOutSection(workspace.model)
        if workspace.model.layers.isEmpty { return section.draw(into: &grid, in: inner.inset(left: 2, top: 1), look) }
        let nameWidth = table.geometry(in: list).columns.first { $0.column == 0 }?.width ?? 0
        let names = workspace.layerNames.fitted(to: nameWidth, ellipsis: look.glyphs.ellipsis.description)
        table.draw(into: &grid, in: list, with: look) { row(workspace.rows[$0], names[workspace.rows[$0]], look) }
        if workspace.rows.isEmpty {
            let ellipsis = look.glyphs.ellipsis.description
            grid.write(Line("no layer matches", look[.dim]), in: list.inset(left: 2, top: 1), ellipsis: ellipsis)
        }
        section.draw(into: &grid, in: inner.bottom(inner.height - list.height).inset(left: 2), look)
    }

    private func frame(_ look: Appearance, isFocused: Bool) -> Frame {
        let count = workspace.model.layers.count
        let shown = workspace.rows.count
        var details: [Line] = [Line(shown == count ? "\(count)" : "\(shown) of \(count)", look[.dim])]
        if let recovered = workspace.recovered { details.append(Line(recovered.kind.participle, look[.good])) }
        if !workspace.marked.isEmpty { details.append(Line("\(workspace.marked.count) marked", look[.marked])) }
        if !workspace.order.filter.isEmpty { details.append(Line("/\(workspace.order.filter)", look[.accent])) }
        return Frame(number: 1, title: "Layers", details: details, footer: rest(look), isFocused: isFocused)
    }

    /// What the file holds beside the layers, so that the sizes add up to it; nil while some are not known.
    private func rest(_ look: Appearance) -> Line? {
        let totals = workspace.totalsInForce
        let statuses = workspace.statuses.indices.map { workspace.statusInForce($0) }
        guard totals.unprepared == 0, !statuses.isEmpty, statuses.allSatisfy({ $0.freshness != .stale }) else { return nil }
        let rest = totals.compressedByteCount - statuses.reduce(0) { $0 + $1.figures.account.byteCount }
        guard rest >= 0 else { return nil }
        let sign = totals.isExact ? "" : look.glyphs.estimated.description
        let noun = area.width < 44 ? "graph, names, biases" : "for graph, names and biases"
        return Line("\(sign)\(NumberText.bytes(rest)) \(noun)", look[.dim])
    }

    private var table: Table {
        let order = workspace.order
        // The order of the model itself is no column's.
        let sortColumn = order.key == .order ? nil : columns.firstIndex { $0.key == order.key }
        let ascending = [.name, .operation].contains(order.key) != order.isReversed
        return Table(
            columns: columns.map(\.column), rowCount: workspace.rows.count,
            sort: sortColumn.map { ($0, ascending) }, selection: workspace.rows.firstIndex(of: workspace.selected),
            offset: workspace.firstRow, isFocused: workspace.pane == .layers && !isCovered)
    }

    /// What became of the layers' shapes, once anything did; beside it whom the filters on screen go together with.
    private var shapeColumns: [(key: SortKey, column: TableColumn)] {
        guard showsShapes else { return [] }
        let withRanks = workspace.shapes.layers.contains { $0.ranks != nil }
        return [(.filters, TableColumn("filters", width: 7, alignment: .trailing, priority: 12))]
            + (withRanks ? [(.ranks, TableColumn("ranks", width: 7, alignment: .trailing, priority: 9))] : [])
    }

    private var showsShapes: Bool { !workspace.shapes.keepsShapes || workspace.control.slider.scene != .weights }

    /// The cells of `shapeColumns`.
    private func shape(_ index: Int, _ look: Appearance, when isShown: Bool) -> [TableCell] {
        guard isShown else { return [] }
        let composed = workspace.shapes.layers[index]
        let dash = look.glyphs.dash.description
        let isPruned = composed.filtersKept < composed.filterCount
        let filters = isPruned ? "\(composed.filtersKept)/\(composed.filterCount)" : dash
        let style: Style = isPruned ? .inherited : look[.dim]
        var cells: [TableCell] = [.line(Line([Span(relation(index, look), look[.accent]), Span(filters, style)]))]
        if shapeColumns.count > 1 {
            cells.append(.text(composed.rankText ?? dash, composed.ranks == nil ? look[.dim] : .inherited))
        }
        return cells
    }

    /// How a layer stands to the filters of the one on screen: with them, fed by them, or never pruned.
    private func relation(_ index: Int, _ look: Appearance) -> String {
        guard workspace.control.slider.scene == .shape else { return "" }
        if workspace.channels.obstacle(ofLayer: index) != nil { return "\(look.glyphs.bad) " }
        guard let group = workspace.channels.group(ofLayer: workspace.selected), index != workspace.selected else { return "" }
        if group.producers.contains(index) { return "= " }
        return group.consumers.contains(index) ? "\(look.glyphs.arrowRight) " : ""
    }

    /// What each plan does to the network's quality by itself, once that was measured of any.
    private var effectColumn: [(key: SortKey, column: TableColumn)] {
        guard effects.contains(where: { $0 != nil }) else { return [] }
        return [(.effect, TableColumn("effect", width: 6, alignment: .trailing, priority: 13))]
    }

    /// What each layer multiplies and accumulates for a sample, where that is known.
    private var macsColumn: [(key: SortKey, column: TableColumn)] {
        guard workspace.model.macs.count != nil else { return [] }
        return [(.macs, TableColumn("MACs", width: 5, alignment: .trailing, priority: 10))]
    }

    private var columns: [(key: SortKey, column: TableColumn)] {
        // On a narrow pane a name that is cut says more than a name alone: what a layer takes, multiplies and costs fits beside it at 80 columns.
        let nameWidth = max(11, min(15, area.width / 3))
        return [
            (.name, TableColumn("layer", width: nameWidth, flex: 6, maxWidth: 40, priority: 14, omission: .middle)),
            (.operation, TableColumn("op", width: 6, flex: 1, maxWidth: 13, priority: 1)),
            (.order, TableColumn("shape", width: 11, flex: 2, maxWidth: 15, priority: 2)),
            (.weights, TableColumn("share", width: 5, flex: 1, maxWidth: 12, priority: 3)),
        ] + shapeColumns + [
            (.sparsity, TableColumn("sparse", width: 6, alignment: .trailing, priority: 8)),
            (.clusters, TableColumn("k", width: 4, alignment: .trailing, priority: 7)),
            (.bitsPerWeight, TableColumn("b/w", width: 4, alignment: .trailing, priority: 5)),
            (.size, TableColumn("size", width: 7, alignment: .trailing, priority: 11)),
            (.ratio, TableColumn("ratio", width: 5, alignment: .trailing, priority: 6)),
        ] + macsColumn + effectColumn
    }

    private func row(_ index: Int, _ title: String, _ look: Appearance) -> TableRow {
        let layer = workspace.model.layers[index]
        let status = workspace.statusInForce(index)
        let figures = status.figures
        let share = Double(layer.shape.count) / Double(max(1, largestLayer))
        let style = figureStyle(status, look)
        let sign = status.sign(look.glyphs)
        let plan = workspace.plans[index]
        // A grid has a level at zero, so that its methods prune as well.
        let makesZeros = plan.prune != nil || plan.share?.method.isOnGrid == true
        let isChanged = !plan.isIdentity || !workspace.shapes.layers[index].isUntouched
        let clusters = figures.codebook.map { String($0.centroids.count) } ?? plan.share.map { String($0.clusters) }
        return TableRow(
            [
                name(title, isRefused: status.isRefused, look),
                .text(layer.operation, look[.dim]),
                .text(layer.shape.description, look[.dim]),
                .bar(share, look[.barOriginal]),
            ] + shape(index, look, when: showsShapes) + [
                .text(makesZeros ? percent(figures.sparsity) : look.glyphs.dash.description, style),
                .text(clusters ?? look.glyphs.dash.description, style),
                .text(isChanged ? NumberText.fixed(figures.bitsPerWeight, figures.bitsPerWeight < 9.95 ? 2 : 1) : look.glyphs.dash.description, style),
                .text(sign + NumberText.bytes(figures.account.byteCount).filter { $0 != " " }, style),
                .text(isChanged ? NumberText.ratio(figures.weightRatio) : look.glyphs.dash.description, style),
            ] + (macsColumn.isEmpty ? [] : [macs(index, look)]) + (effectColumn.isEmpty ? [] : [effect(index, look)]),
            isMarked: workspace.marked.contains(index))
    }

    private func macs(_ layer: Int, _ look: Appearance) -> TableCell {
        guard let count = workspace.shapes.layers[layer].macs.count else { return .text(look.glyphs.dash.description, look[.dim]) }
        let isFewer = count != workspace.model.layers[layer].macs.count
        return .text(NumberText.count(count).filter { $0 != " " }, isFewer ? .inherited : look[.dim])
    }

    private func effect(_ layer: Int, _ look: Appearance) -> TableCell {
        guard let effect = effects[layer] else { return .text(look.glyphs.dash.description, look[.dim]) }
        return .text(effect.figure.loss, effect.figure.isLoss ? look[.bad] : .inherited)
    }

    private func percent(_ fraction: Double) -> String {
        fraction >= 0.9995 && fraction < 1 ? ">99.9%" : NumberText.fixed(fraction * 100, 1) + "%"
    }

    /// The name, with the words of the filter brought out where there is one.
    private func name(_ name: String, isRefused: Bool, _ look: Appearance) -> TableCell {
        let base = isRefused ? look[.warning] : Style.inherited
        let words = workspace.order.filter.lowercased().split(separator: " ")
        if words.isEmpty { return .text(name, base) }
        let lowered = Array(name.lowercased())
        let letters = Array(name)
        guard lowered.count == letters.count else { return .text(name, base) }
        var matched = Array(repeating: false, count: letters.count)
        for word in words {
            let word = Array(word)
            guard word.count <= lowered.count else { continue }
            for start in 0...(lowered.count - word.count) where lowered[start..<start + word.count].elementsEqual(word) {
                for index in start..<start + word.count { matched[index] = true }
            }
        }
        var spans: [Span] = []
        for (letter, isMatched) in zip(letters, matched) {
            let style = isMatched ? look[.match] : base
            if spans.last?.style == style { spans[spans.count - 1].text.append(letter) } else { spans.append(Span(String(letter), style)) }
        }
        return .line(Line(spans))
    }

    private func figureStyle(_ status: LayerStatus, _ look: Appearance) -> Style {
        switch status.freshness {
        case .exact: .inherited
        case .estimated, .guessed: look[.estimated]
        case .stale: look[.stale]
        }
    }
}

extension LayerStatus {
    /// What stands before a figure that is not exact, so that colour alone never tells.
    func sign(_ glyphs: GlyphSet) -> String {
        switch freshness {
        case .exact: ""
        case .estimated, .guessed: glyphs.estimated.description
        case .stale: glyphs.spinner(step: 0).description
        }
    }
}
