import Basics
import Compression
import Reports
import TerminalUI

/// The layer as a matrix: how much is left in each part, and which rows and columns died.
struct MapView {
    private let workspace: Workspace
    private let area: Rect
    private let map: Rect

    init(_ state: ExplorerState, _ area: Rect) {
        workspace = state.workspace!
        self.area = area
        map = Frame.inner(of: area).inset(left: 1)
    }

    func draw(into grid: inout CellGrid, _ look: Appearance) {
        if workspace.drawsFactors { return EnergyView(workspace, area).draw(into: &grid, look) }
        let picture = workspace.currentPicture
        grid.draw(frame(picture, look), in: area, with: look)
        guard let picture, let density = picture.recovered?.comparison?.map ?? picture.map else {
            let text = workspace.status?.isReady == true ? "measuring the rows and columns" : ""
            grid.write(
                Line(text, look[.dim]), in: map.row(max(0, map.height / 2)), alignment: .centre,
                ellipsis: look.glyphs.ellipsis.description)
            return
        }
        grid.draw(movesMap(picture, look) ?? heatMap(density, picture, look), in: map, with: look)
        if !workspace.isPictureFresh { grid.restyle(map, look[.stale]) }
    }

    private func frame(_ picture: Picture?, _ look: Appearance) -> Frame {
        var details: [Line] = []
        if let matrix = workspace.subject?.matrix {
            details.append(
                Line("\(NumberText.grouped(matrix.rows)) \(look.glyphs.times) \(NumberText.grouped(matrix.columns))", look[.dim]))
            let region = workspace.region
            if region != MapRegion(all: matrix) {
                let rows = "\(region.rows.lowerBound)–\(max(region.rows.lowerBound, region.rows.upperBound - 1))"
                let columns = "\(region.columns.lowerBound)–\(max(region.columns.lowerBound, region.columns.upperBound - 1))"
                details.append(Line("rows \(rows), columns \(columns)", look[.accent]))
            }
        }
        if let comparison = picture?.recovered?.comparison {
            details.append(Line(showsMoves(comparison) ? "moved" : "left", look[.accent]))
        }
        let shown = picture?.recovered?.comparison?.map ?? picture?.map
        var trailing: Line?
        if let density = shown, density.exactness == .estimated {
            trailing = Line("\(look.glyphs.estimated)", look[.estimated])
        }
        return Frame(
            number: 3, title: "Map", details: details, trailing: trailing,
            footer: picture.flatMap { words(ofMoves: $0, look) } ?? shown.map { footer($0, look) }, isFocused: workspace.pane == .map)
    }

    /// Whether the map shows how far recovery moved values.
    private func showsMoves(_ comparison: RecoveredPicture.Comparison) -> Bool { workspace.showsMoves && comparison.changes != nil }

    /// How many values recovery moved, and how far; or what is left, and the key that tells the other.
    private func words(ofMoves picture: Picture, _ look: Appearance) -> Line? {
        guard let comparison = picture.recovered?.comparison else { return nil }
        let key = Command.moves.keys[0]
        guard showsMoves(comparison) else {
            guard let map = comparison.map else { return nil }
            return Line(footer(map, look).spans + [Span("  \(key): moved", look[.dim])])
        }
        let unit = unit(of: picture)
        let distance = unit > 0 ? NumberText.fixed(comparison.distance / unit, 2) : look.glyphs.dash.description
        return Line([
            Span("\(NumberText.percent(comparison.moved)) moved by \(distance) rms", look[.mapDead]), Span("  \(key): left", look[.dim]),
        ])
    }

    /// The root of the mean square of the tensor's weights: as far as what is drawn in full was moved, or farther.
    private func unit(of picture: Picture) -> Double {
        guard let figures = picture.subjectFigures, figures.weightCount > 0 else { return 0 }
        return (figures.signalPower / Double(figures.weightCount)).squareRoot()
    }

    /// How far recovery moved the values in each cell; nil where what is left is to be shown, or nothing was recovered.
    private func movesMap(_ picture: Picture, _ look: Appearance) -> HeatMap? {
        guard let comparison = picture.recovered?.comparison, showsMoves(comparison), let changes = comparison.changes,
            case let unit = unit(of: picture), unit > 0
        else { return nil }
        func part(_ distances: [Float]) -> [Double] { distances.map { min(1, Double($0) / unit) } }
        let (scale, texts) = grain(changes.viewport, comparison.values)
        return HeatMap(
            rows: changes.viewport.cellsDown, columns: changes.viewport.cellsAcross, values: part(changes.cells),
            rowDensities: part(changes.rows), columnDensities: part(changes.columns), scale: scale, texts: texts)
    }

    /// Pixels that a cell takes, and the values written on them: few weights are drawn larger; once each has room for its digits, they
    /// are written on it.
    private func grain(_ viewport: MapViewport, _ values: [Float]) -> (scale: Size, texts: [String]) {
        let pixels = HeatMap.pixelSize(in: map)
        let (down, across) = (viewport.cellsDown, viewport.cellsAcross)
        let scale = Size(width: max(1, pixels.width / max(1, across)), height: max(1, pixels.height / max(1, down)))
        let isReadable = scale.width >= 7 && scale.height >= 2 && values.count == down * across
        return (scale, isReadable ? values.map { NumberText.weight(Double($0)) } : [])
    }

    private func footer(_ density: DensityMap, _ look: Appearance) -> Line {
        if density.deadRows == 0, density.deadColumns == 0 { return Line("no row or column is dead", look[.dim]) }
        func words(_ count: Int, _ noun: String) -> String { "\(NumberText.grouped(count)) \(noun)\(count == 1 ? "" : "s")" }
        return Line(
            "\(words(density.deadRows, "row")) and \(words(density.deadColumns, "column")) dead", look[.mapDead])
    }

    private func heatMap(_ density: DensityMap, _ picture: Picture, _ look: Appearance) -> HeatMap {
        let (scale, texts) = grain(density.viewport, picture.recovered?.comparison?.values ?? picture.values)
        // A row is dead where nothing of it is left, and that is only seen where all of it is in view.
        let seesRows = density.viewport.columns.count == workspace.subject?.matrix.columns
        let seesColumns = density.viewport.rows.count == workspace.subject?.matrix.rows
        return HeatMap(
            rows: density.viewport.cellsDown, columns: density.viewport.cellsAcross, values: density.cells.map(Double.init),
            rowDensities: density.rowDensities.map(Double.init), columnDensities: density.columnDensities.map(Double.init),
            deadRows: seesRows ? density.rowDensities.map { $0 == 0 ? 1 : 0 } : [],
            deadColumns: seesColumns ? density.columnDensities.map { $0 == 0 ? 1 : 0 } : [], scale: scale,
            texts: texts)
    }
}
