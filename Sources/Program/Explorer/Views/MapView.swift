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
        guard let picture, let density = picture.map else {
            let text = workspace.status?.isReady == true ? "measuring the rows and columns" : ""
            grid.write(
                Line(text, look[.dim]), in: map.row(max(0, map.height / 2)), alignment: .centre,
                ellipsis: look.glyphs.ellipsis.description)
            return
        }
        grid.draw(heatMap(density, picture, look), in: map, with: look)
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
        var trailing: Line?
        if let density = picture?.map, density.exactness == .estimated {
            trailing = Line("\(look.glyphs.estimated)", look[.estimated])
        }
        return Frame(
            number: 3, title: "Map", details: details, trailing: trailing, footer: picture?.map.map { footer($0, look) },
            isFocused: workspace.pane == .map)
    }

    private func footer(_ density: DensityMap, _ look: Appearance) -> Line {
        if density.deadRows == 0, density.deadColumns == 0 { return Line("no row or column is dead", look[.dim]) }
        func words(_ count: Int, _ noun: String) -> String { "\(NumberText.grouped(count)) \(noun)\(count == 1 ? "" : "s")" }
        return Line(
            "\(words(density.deadRows, "row")) and \(words(density.deadColumns, "column")) dead", look[.mapDead])
    }

    private func heatMap(_ density: DensityMap, _ picture: Picture, _ look: Appearance) -> HeatMap {
        let pixels = HeatMap.pixelSize(in: map)
        let (down, across) = (density.viewport.cellsDown, density.viewport.cellsAcross)
        // Few weights are drawn larger; once each has room for its digits, they are written on it.
        let scale = Size(width: max(1, pixels.width / max(1, across)), height: max(1, pixels.height / max(1, down)))
        let isReadable = scale.width >= 7 && scale.height >= 2 && picture.values.count == down * across
        // A row is dead where nothing of it is left, and that is only seen where all of it is in view.
        let seesRows = density.viewport.columns.count == workspace.subject?.matrix.columns
        let seesColumns = density.viewport.rows.count == workspace.subject?.matrix.rows
        return HeatMap(
            rows: down, columns: across, values: density.cells.map(Double.init),
            rowDensities: density.rowDensities.map(Double.init), columnDensities: density.columnDensities.map(Double.init),
            deadRows: seesRows ? density.rowDensities.map { $0 == 0 ? 1 : 0 } : [],
            deadColumns: seesColumns ? density.columnDensities.map { $0 == 0 ? 1 : 0 } : [], scale: scale,
            texts: isReadable ? picture.values.map { NumberText.weight(Double($0)) } : [])
    }
}
